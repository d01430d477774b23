#!/usr/bin/env bash
# A desk sends what its own system has gathered: 120 signals with 240 identifiers, interrupted in the middle.
. "$(dirname "$0")/common.sh"
cp -r "$SEINHUIS_SOURCE/policies/nl-mensenhandel" "$home/policies"
sed -i '/^  carrousel-2026:/a\    quota: 1000000' "$home/policies/network.yaml"
grep -q 'quota: 1000000' "$home/policies/network.yaml" || fail "control: no quota in the policy"
"$seinhuis" sandbox create "$sandbox" --policies "$home/policies" --date 2026-11-23 >/dev/null
start_broker env
profile=$desks/nla/toezicht
linker=$desks/linker/koppelpunt
node -e '
  const signal = JSON.parse(require("fs").readFileSync(process.argv[1]));
  for (let n = 0; n < 120; ++n) {
    signal.fields["verdachte.telefoon"] = "+31 6 " + (20000000 + n * 17);
    signal.fields["verdachte.kenteken"] = "NL|12-ABC-" + n;
    console.log(JSON.stringify(signal));
  }' "$examples/A11-nla.json" >"$home/signals.jsonl"

# one wrong line, and nothing leaves; the identifier is not said again
sed '77s/+31 6 [0-9]*/+31 6 123/' "$home/signals.jsonl" >"$home/wrong.jsonl"
! "$seinhuis" import --profile "$profile" --signals "$home/wrong.jsonl" 2>"$home/err" >"$home/out" || fail "a wrong line is taken"
grep -q '^seinhuis: line 77: verdachte.telefoon' "$home/err" || fail "says: $(cat "$home/err")"
! grep -q '6 123' "$home/err" || fail "an identifier is repeated: $(cat "$home/err")"
"$seinhuis" inbox --profile "$linker" --json >"$home/inbox" 2>&1 || true
! grep -q '"signal"' "$home/inbox" || fail "something was sent"

# killed in the middle, and run again: each once
"$seinhuis" import --profile "$profile" --signals "$home/signals.jsonl" --json >"$home/out" 2>"$home/err" &
importing=$!
for _ in $(seq 100); do
  "$seinhuis" inbox --profile "$linker" --json >"$home/inbox"
  [ "$(grep -c '"handle"' "$home/inbox" || true)" -lt 5 ] || break
done
kill -KILL "$importing" 2>/dev/null || true
wait "$importing" 2>/dev/null || true
"$seinhuis" import --profile "$profile" --signals "$home/signals.jsonl" --json >"$home/out" 2>"$home/err" || fail "not imported: $(cat "$home/out" "$home/err")"
of() { sed -n 's/^  "'"$1"'": \([0-9]*\).*/\1/p' "$home/out"; }
[ "$(of before)" -ge 5 ] && [ $(($(of accepted) + $(of before))) = 120 ] && [ "$(of refused)" = 0 ] && [ "$(of pseudonyms_follow)" = 0 ] || fail "counts: $(cat "$home/out")"
echo "interrupted after $(of before)"
"$seinhuis" import --profile "$profile" --signals "$home/signals.jsonl" --json >"$home/out" || fail "a third time"
[ "$(of before)" = 120 ] || fail "sent twice: $(cat "$home/out")"
"$seinhuis" inbox --profile "$linker" --json >"$home/inbox" 2>"$home/err" || fail "the linker's inbox: $(tail -3 "$home/err")"
[ "$(grep -c '"handle"' "$home/inbox")" = 120 ] || fail "the linker has $(grep -c '"handle"' "$home/inbox") signals"
[ "$(grep -A2 '"pseudonyms"' "$home/inbox" | grep -oE '"[0-9a-f]{64}"' | sort -u | wc -l)" = 240 ] || fail "not 240 pseudonyms"

# without a broker it stops at the first, and says what to do
stop_broker
sed 's/Kade 1/Kade 2/' "$home/signals.jsonl" >"$home/other.jsonl"
code=0
"$seinhuis" import --profile "$profile" --signals "$home/other.jsonl" >"$home/out" 2>"$home/err" || code=$?
[ $code -ne 0 ] && grep -q 'does not answer' "$home/err" || fail "without a broker: $code $(cat "$home/out" "$home/err")"
echo "120 signals, once each"
