#!/usr/bin/env bash
# F22: a broker that loses its disk goes on from a copy. What the copy does not hold is said, and handed in again by who still has it.
. "$(dirname "$0")/common.sh"
sender=$desks/gemeente-groningen/toezicht
reader=$desks/politie-noord/avim-mensenhandel
supervisor=$desks/toezichthouder/log
config=$sandbox/broker.yaml
back_up() { "$seinhuisd" backup --config "$config" --to "$1" --keys-to "$2"; }
restore() { "$seinhuisd" restore --config "$config" --from "$home/copy" --keys-from "$home/keys"; }
send() { "$seinhuis" send --profile "$sender" --signal "$examples/A1.json" --json | id_of; }
answer() { "$seinhuis" feedback --profile "$reader" --signal "$1" --status "$2" "${@:3}" >/dev/null; }
follow() { "$seinhuis" follow --profile "$sender" --signal "$1"; }
refuses() { # $1: what it says
  ! "${@:2}" >"$home/said" 2>&1 || fail "not refused: ${*:2}"
  grep -q "$1" "$home/said" || fail "instead of '$1': $(cat "$home/said")"
}
make_sandbox
start_broker env
first=$(send)
"$seinhuis" inbox --profile "$reader" --wait 5 >/dev/null
answer "$first" opgepakt
"$seinhuis" sync --profile "$supervisor" >/dev/null
"$seinhuis" obligations --profile "$reader" >"$home/said" && grep -q "$first .*gemeente-politie-signaal .*opgepakt" "$home/said" || fail "what the reader owes: $(cat "$home/said")"
"$seinhuis" overview --profile "$supervisor" >"$home/said" && grep -q "politie-noord/avim-mensenhandel " "$home/said" || fail "the overview: $(cat "$home/said")"

back_up "$home/copy" "$home/keys" >"$home/said" || fail "no copy of a broker that runs: $(cat "$home/said")"
grep -q 'copied and read back: [1-9]' "$home/said" || fail "said: $(cat "$home/said")"
refuses 'is there already' back_up "$home/copy" "$home/keys2"
refuses 'do not lie in one folder' back_up "$home/one" "$home/one"
! grep -rqa "$(printf '%s' politie-noord)" "$home/copy" || fail "the copy can be read without its keys"

# What the copy does not hold.
second=$(send)
"$seinhuis" inbox --profile "$reader" --wait 5 >/dev/null
answer "$second" opgepakt
answer "$first" gesloten --reason afgerond
"$seinhuis" sync --profile "$sender" >/dev/null
"$seinhuis" audit verify --profile "$supervisor" >/dev/null
follow "$second" | grep -q opgepakt || fail "control: the second signal is not answered"
stop_broker -KILL
refuses 'is there; move it away' restore
mv "$sandbox/broker/store" "$home/lost"
cp -r "$home/copy" "$home/bad"
for page in $(seq 4 2 20); do printf 'xxxxxxxx' | dd of="$home/bad/data.mdb" bs=1 seek=$((page * 4096 + 4000)) conv=notrunc status=none; done
! "$seinhuisd" restore --config "$config" --from "$home/bad" --keys-from "$home/keys" >"$home/said" 2>&1 || fail "a damaged copy is put back"
[ "$(echo "$sandbox"/broker/store*)" = "$sandbox/broker/store*" ] || fail "a damaged copy leaves a store, or its keys"
restore >"$home/said" || fail "not put back: $(cat "$home/said")"
refuses 'the directory still names the log' "$seinhuisd" --config "$config" --check
issuer_before=$(cat "$sandbox"/broker/issuer/* | sha256sum)
"$seinhuis" network restored "$sandbox" >/dev/null
"$seinhuis" network publish "$sandbox" >/dev/null
[ "$(cat "$sandbox"/broker/issuer/* | sha256sum)" != "$issuer_before" ] || fail "the tokens of before still count"
start_broker env

"$seinhuis" sync --profile "$sender" >"$home/said" 2>&1 || fail "the sender: $(cat "$home/said")"
"$seinhuis" sync --profile "$reader" >"$home/said" 2>&1 || fail "the reader: $(cat "$home/said")"
"$seinhuis" sync --profile "$sender" >/dev/null && "$seinhuis" sync --profile "$reader" >/dev/null && "$seinhuis" sync --profile "$sender" >/dev/null
for desk in "$sender" "$reader"; do
  "$seinhuis" inbox --profile "$desk" --json >"$home/alarms" 2>/dev/null || true
  grep -q '"restored-log"' "$home/alarms" || fail "$desk is not told: $(cat "$home/alarms")"
  [ "$(grep -c '"code"' "$home/alarms")" = 1 ] || fail "$desk accuses somebody: $(cat "$home/alarms")"
done
grep -q 'restored from a copy of 2026-11-23' "$home/alarms" || fail "not of when: $(cat "$home/alarms")"
follow "$second" >"$home/said" || fail "the second signal is gone: $(cat "$home/said")"
grep -q opgepakt "$home/said" || fail "its answer is gone: $(cat "$home/said")"
follow "$first" | grep -q gesloten || fail "the last answer to the first is gone"
"$seinhuis" follow --words "een twee drie vier vijf zes zeven acht" --network "$sandbox" >"$home/said" || fail "the words of nothing: $(cat "$home/said")"
grep -q '^the broker was restored on .* from a copy of 2026-11-23' "$home/said" || fail "who has words is not told: $(cat "$home/said")"
"$seinhuis" audit verify --profile "$supervisor" >"$home/audit" || fail "the audit: $(tail -3 "$home/audit")"
grep -q '^restored on .* leaves, so [1-9][0-9]* are lost' "$home/audit" || fail "the audit is silent about it: $(cat "$home/audit")"
back_up "$home/copy2" "$home/keys2" >/dev/null || fail "a restored store is not copied"
echo "two signals before and after a copy: $(sed -n 's/^restored //p' "$home/audit")"
