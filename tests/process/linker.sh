#!/usr/bin/env bash
# Three organisations report the same phone; the linker runs as a daemon, is killed, and the desks hear of the hits once.
. "$(dirname "$0")/common.sh"
make_sandbox
start_broker env
linker=$SEINHUIS_BUILD/tools/seinhuis-linker
profile=$desks/linker/koppelpunt
linking=""
trap '[ -z "$linking" ] || kill -9 "$linking" 2>/dev/null || true; cleanup' EXIT

hits_at() {
  "$seinhuis" inbox --profile "$desks/$1" --json >"$home/inbox" || fail "inbox of $1: $(cat "$home/inbox")"
  node -e 'const d = JSON.parse(require("fs").readFileSync(process.argv[1]));
    if (d.alarms.length) { console.log("alarm " + JSON.stringify(d.alarms)); process.exit(); }
    const hits = d.deliveries.filter((one) => one.kind === "hit");
    console.log(hits.map((one) => JSON.stringify(one.fields["treffer.signalen"])).join(" ") || "none")' "$home/inbox"
}
send() { "$seinhuis" send --profile "$desks/$1" --signal "$examples/$2.json" --json 2>"$home/err" | id_of; }

first=$(send nla/toezicht A11-nla)
second=$(send hotelketen/meldpunt A11-hotel)
third=$(send riec-amsterdam/casusoverleg A11-riec)
[ -n "$first" ] && [ -n "$second" ] && [ -n "$third" ] || fail "not sent: $(cat "$home/err")"
"$linker" --profile "$profile" >"$home/linker" 2>"$home/linker.err" &
linking=$!
for _ in $(seq 200); do
  grep -q '^took in 3 ' "$home/linker" && break
  sleep 0.05
done
grep -q '^took in 3 ' "$home/linker" || fail "the linker took in: $(cat "$home/linker" "$home/linker.err")"
kill -9 "$linking" && wait "$linking" 2>/dev/null || true
linking=""
for desk in politie-noord/avim-mensenhandel politie-amsterdam/avim-mensenhandel; do
  [ "$(hits_at "$desk")" = none ] || fail "$desk hears of it on the day itself"
done
"$seinhuis" sandbox advance "$sandbox" 1d >/dev/null
"$linker" --profile "$profile" --once >"$home/linker" || fail "the linker: $(cat "$home/linker")"
grep -q '^told of hits in 3 messages' "$home/linker" || fail "told: $(cat "$home/linker")"
"$linker" --profile "$profile" --once >"$home/linker" || fail "the linker, again"
! grep -q told "$home/linker" || fail "told twice"

hits_at politie-noord/avim-mensenhandel >"$home/police"
untimed() { echo "000000000000${1:12}"; }  # of signals that are not theirs they see no time
for id in "$first" "$(untimed "$second")" "$(untimed "$third")"; do
  grep -q "$id" "$home/police" || fail "the police in the north do not see $id: $(cat "$home/police")"
done
"$seinhuis" feedback --profile "$desks/politie-amsterdam/avim-mensenhandel" --signal "$(untimed "$second")" --status opgepakt >/dev/null || fail "who has a signal does not find it by what a hit calls it"
for desk in gemeente-groningen/toezicht gemeente-amsterdam/toezicht; do
  [ "$(hits_at "$desk")" = '{"statistiek":"3"}' ] || fail "$desk sees $(hits_at "$desk")"
done
for desk in nla/toezicht hotelketen/meldpunt riec-amsterdam/casusoverleg ggd-groningen/zorg; do
  [ "$(hits_at "$desk")" = none ] || fail "$desk sees $(hits_at "$desk")"
done

# What the linker stores is its own: no identifier, and no pseudonym as it travels.
"$seinhuis" audit verify --profile "$desks/toezichthouder/log" --json >"$home/audit" || fail "audit: $(cat "$home/audit")"
for secret in 12345678 1234-5678; do
  ! grep -rqa "$secret" "$profile" || fail "$secret is at the linker"
done
grep -q '"failed": \[\]' "$home/audit" || fail "audit: $(cat "$home/audit")"
