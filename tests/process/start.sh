#!/usr/bin/env bash
# The broker refuses to start where it could not be trusted, and says what to mend.
. "$(dirname "$0")/common.sh"
make_sandbox
config=$sandbox/broker.yaml
refuses() { # WHAT TEXT
  local said
  if said=$("$seinhuisd" --config "$config" --check 2>&1); then fail "$1: started"; fi
  echo "$said" | grep -qF "$2" || fail "$1: said '$said'"
  echo "ok: $1"
}
"$seinhuisd" --config "$config" --check | grep -q "^ok, " || fail "a good broker does not pass --check"
chmod 644 "$sandbox/broker/log.key"
refuses "keys that others can read" "can be read by others"
chmod 600 "$sandbox/broker/log.key"
chmod 640 "$sandbox/broker/evaluator/carrousel-2026-1.seed"
refuses "a seed of pseudonyms that others can read" "carrousel-2026-1.seed"
chmod 600 "$sandbox/broker/evaluator/carrousel-2026-1.seed"
cp "$sandbox/metadata/sandbox-clock" "$home/clock"
echo 2026-11-22T12:00:00Z >"$sandbox/metadata/sandbox-clock"
refuses "a clock behind the newest timestamp" "is behind the newest timestamp"
echo 2027-02-01T12:00:00Z >"$sandbox/metadata/sandbox-clock"
refuses "expired metadata" "timestamp: expired"
cp "$home/clock" "$sandbox/metadata/sandbox-clock"
cp "$sandbox/metadata/1.policy" "$home/policy"
printf 'x' | dd of="$sandbox/metadata/1.policy" bs=1 seek=5000 conv=notrunc status=none
refuses "altered metadata" "1.policy:"
cp "$home/policy" "$sandbox/metadata/1.policy"
cp "$sandbox/broker/broker.yaml" "$home/broker.yaml"
echo "stoore: x" >>"$sandbox/broker/broker.yaml"
refuses "a misspelt word" "did you mean 'store'?"
cp "$home/broker.yaml" "$sandbox/broker/broker.yaml"
head -c 32 /dev/urandom >"$sandbox/broker/log.key"
refuses "another log key than the directory's" "is not the one in the directory"
