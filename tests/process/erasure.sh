#!/usr/bin/env bash
# The real daemon forgets what is kept no longer, by itself, and a copy of its store that was made before does not open with
# the keys that are left.
. "$(dirname "$0")/common.sh"
make_sandbox
start_broker env
sender=$desks/gemeente-groningen/toezicht
reader=$desks/politie-noord/avim-mensenhandel
records() { "$seinhuisd" --config "${1:-$sandbox/broker.yaml}" --check | sed -n 's/^ok, \([0-9]*\) records$/\1/p'; }
"$seinhuis" send --profile "$sender" --signal "$examples/A1.json" --json >"$home/out"
signal=$(id_of <"$home/out")
"$seinhuis" inbox --profile "$reader" --wait 5 >/dev/null
"$seinhuis" feedback --profile "$reader" --signal "$signal" --status gesloten --reason afgerond >/dev/null
"$seinhuis" sync --profile "$sender" >/dev/null
before=$(records)
[ "${before:-0}" -gt 50 ] || fail "only '$before' records"
keys_before=$(wc -c <"$sandbox/broker/store/keys")
cp -r "$sandbox" "$home/copy"
"$seinhuis" sandbox advance "$sandbox" 30d >/dev/null
"$seinhuis" follow --profile "$sender" --signal "$signal" >/dev/null || fail "forgotten after a month"
"$seinhuis" sandbox advance "$sandbox" 420d >/dev/null
for _ in $(seq 100); do
  [ "$(wc -c <"$sandbox/broker/store/keys")" -lt "$keys_before" ] && break
  sleep 0.2
done
stop_broker
[ "$(wc -c <"$sandbox/broker/store/keys")" -lt "$keys_before" ] || fail "no key was destroyed"
[ -n "$(records)" ] || fail "the store does not check"
copy=$home/copy/broker.yaml
[ "$(records "$copy")" = "$before" ] || fail "the copy does not check with its own keys"
cp "$sandbox/broker/store/keys" "$home/copy/broker/store/keys"
! "$seinhuisd" --config "$copy" --check >"$home/said" 2>&1 || fail "the copy opens with the keys that are left"
grep -q "the key of this record's month is gone" "$home/said" || fail "said: $(cat "$home/said")"
start_broker env
! "$seinhuis" follow --profile "$sender" --signal "$signal" >"$home/said" 2>&1 || fail "the signal is there still"
"$seinhuis" sync --profile "$desks/toezichthouder/log" >/dev/null
"$seinhuis" audit verify --profile "$desks/toezichthouder/log" >"$home/audit" || fail "the audit fails: $(tail -3 "$home/audit")"
grep -qi "erased" "$home/audit" || fail "the audit counts nothing as erased: $(cat "$home/audit")"
echo "$before records; a year later the signal is gone, its key too, and the audit holds"
