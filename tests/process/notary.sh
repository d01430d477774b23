#!/usr/bin/env bash
# Two daemons of two legal entities: both are needed for a pseudonym, neither for a signal, and neither sees a phone.
. "$(dirname "$0")/common.sh"
notary=$SEINHUIS_BUILD/broker/seinhuis-notary
linker=$desks/linker/koppelpunt
second=""
trap '[ -z "$second" ] || kill -9 "$second" 2>/dev/null || true; cleanup' EXIT

start_notary() {
  : >"$home/notary.ready"
  "$notary" --config "$1/notary.yaml" >"$home/notary.ready" 2>>"$home/notary.log" &
  second=$!
  for _ in $(seq 200); do
    grep -q '^ready tcp://' "$home/notary.ready" && return 0
    sleep 0.05
  done
  fail "the notary did not become ready: $(cat "$home/notary.log")"
}
stop_notary() {
  kill "$second"
  wait "$second" || fail "the notary ended with an error: $(tail -3 "$home/notary.log")"
  second=""
}
# The pseudonyms of phones that the linker has, one a line.
phones_at_linker() {
  "$seinhuis" inbox --profile "$linker" --json >"$home/inbox" || fail "the linker's inbox: $(cat "$home/inbox")"
  node -e 'for (const d of JSON.parse(require("fs").readFileSync(process.argv[1])).deliveries) {
    const seen = d.fields["verdachte.telefoon"]["pseudonym@carrousel-2026"];
    console.log(seen.pseudonyms ? seen.pseudonyms[0] : "unavailable");
  }' "$home/inbox" | sort
}
report() {
  sed -E 's/"(verdachte.telefoon)": "[^"]*"/"\1": "+31 6 87019342"/' "$examples/$2.json" >"$home/signal.json"
  "$seinhuis" send --profile "$desks/$1" --signal "$home/signal.json" --json >"$home/sent" 2>"$home/err" || fail "$1: $(cat "$home/sent" "$home/err")"
}

"$seinhuis" sandbox create "$sandbox" --with-notary --policies "$SEINHUIS_SOURCE/policies/nl-mensenhandel" --date 2026-11-23 >/dev/null
"$notary" --config "$sandbox/notary/notary.yaml" --check >"$home/out" || fail "--check"
grep -q "^ok, " "$home/out" || fail "--check says $(cat "$home/out")"
start_broker env
start_notary "$sandbox/notary"

report nla/toezicht A11-nla
report hotelketen/meldpunt A11-hotel
[ "$(phones_at_linker | wc -l)" = 2 ] && [ "$(phones_at_linker | uniq | wc -l)" = 1 ] || fail "not one pseudonym: $(phones_at_linker)"
pseudonym=$(phones_at_linker | head -1)
take_image "$second" carrousel-2026
for secret in 87019342 '87019342' "$pseudonym" 'Hotel De Kade'; do
  ! grep -qa "$secret" "$image" || fail "$secret is in the notary's memory"
  ! grep -rqa "$secret" "$sandbox/notary" "$home/notary.log" || fail "$secret is in the notary's store or log"
done

stop_notary
report nla/toezicht A11-nla
grep -q '"unavailable"' "$home/sent" || fail "nothing is said of the notary: $(cat "$home/sent")"
phones_at_linker | grep -q unavailable || fail "not unavailable"
start_notary "$sandbox/notary"
"$seinhuis" sync --profile "$desks/nla/toezicht" >/dev/null || fail "sync"
[ "$(phones_at_linker | grep -c "$pseudonym")" = 3 ] || fail "no supplement: $(phones_at_linker)"

# It takes the network's newer metadata from the broker.
"$seinhuis" sandbox advance "$sandbox" 1d >/dev/null
for _ in $(seq 100); do
  cmp -s "$sandbox/metadata/timestamp" "$sandbox/notary/metadata/timestamp" && break
  sleep 0.1
done
cmp -s "$sandbox/metadata/timestamp" "$sandbox/notary/metadata/timestamp" || fail "the notary has old metadata"
stop_notary

# Another's key, and seeds that others can read.
mv "$sandbox/notary/identity.key" "$home/key"
head -c 32 /dev/urandom >"$sandbox/notary/identity.key" && chmod 600 "$sandbox/notary/identity.key"
"$notary" --config "$sandbox/notary/notary.yaml" --check 2>"$home/err" && fail "with another key"
grep -q "not the notary's" "$home/err" || fail "says: $(cat "$home/err")"
mv "$home/key" "$sandbox/notary/identity.key"
chmod 644 "$sandbox/notary/evaluator/carrousel-2026-1.seed"
"$notary" --config "$sandbox/notary/notary.yaml" --check 2>"$home/err" && fail "with readable seeds"
grep -q 'seed' "$home/err" || fail "says: $(cat "$home/err")"

# Two machines: the notary's request, and a network that takes it.
net=$home/net
"$seinhuis" network create "$net" --name proef --endpoint tcp://127.0.0.1:7100 >/dev/null
"$seinhuis" notary enrol "$home/second" --endpoint tcp://127.0.0.1:7200 --policies "$SEINHUIS_SOURCE/policies/nl-mensenhandel" >"$home/request.json"
"$seinhuis" network sign "$net" --notary "$home/request.json" >/dev/null || fail "sign"
"$seinhuis" network publish "$net" --policies "$SEINHUIS_SOURCE/policies/nl-mensenhandel" >/dev/null || fail "publish"
cp -r "$net/metadata" "$home/second/metadata"
"$notary" --config "$home/second/notary.yaml" --check >/dev/null || fail "the notary of the network"
sed 's/"generation": 1/"generation": 7/' "$home/request.json" >"$home/forged.json"
"$seinhuis" network sign "$net" --notary "$home/forged.json" 2>"$home/err" >/dev/null && fail "keys of another generation are taken"
grep -q 'does not prove' "$home/err" || fail "says: $(cat "$home/err")"
