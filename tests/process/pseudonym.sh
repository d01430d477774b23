#!/usr/bin/env bash
# Two desks of different organisations report the same phone. The linker sees that, the broker never sees which, and a new generation
# begins afresh.
. "$(dirname "$0")/common.sh"
make_sandbox
start_broker env
linker=$desks/linker/koppelpunt

# The pseudonym of the phone in the newest delivery to the linker.
phone_at_linker() {
  "$seinhuis" inbox --profile "$linker" --new --json >"$home/inbox" || fail "the linker's inbox: $(cat "$home/inbox")"
  node -e 'const d = JSON.parse(require("fs").readFileSync(process.argv[1])).deliveries;
    console.log(d.at(-1).fields["verdachte.telefoon"]["pseudonym@carrousel-2026"].pseudonyms[0])' "$home/inbox"
}
# Sends an example with another phone, whose digits stand in no program.
report() {
  sed -E 's/"(verdachte.telefoon)": "[^"]*"/"\1": "'"$3"'"/' "$examples/$2.json" >"$home/signal.json"
  "$seinhuis" send --profile "$desks/$1" --signal "$home/signal.json" --json >"$home/sent" 2>"$home/err" || fail "$1: $(cat "$home/sent" "$home/err")"
}

report nla/toezicht A11-nla "+31 6 87019342"
first=$(phone_at_linker)
[ "${#first}" = 64 ] || fail "no pseudonym: $first"
report hotelketen/meldpunt A11-hotel "+31-6-8701-9342"
[ "$(phone_at_linker)" = "$first" ] || fail "the same phone has another pseudonym"
"$seinhuis" inbox --profile "$desks/politie-noord/avim-mensenhandel" --json >"$home/police"
grep -q '+31 6 87019342' "$home/police" || fail "control: the police do not find the phone"
! grep -q 'pseudonym@' "$home/police" || fail "the police keep a pseudonym"

# What the case systems of two recipients are given of one message cannot be joined, and is enough to answer it.
signal=$(sed -n 's/^ *"signal": "\([0-9a-f]*\)".*/\1/p' "$home/police")
of_signal() { node -e 'const [, file, signal, key] = process.argv;
  console.log(JSON.parse(require("fs").readFileSync(file)).deliveries.find((d) => d.signal === signal)[key])' "$1" "$signal" "$2"; }
"$seinhuis" inbox --profile "$linker" --json >"$home/linker-inbox"
handle=$(of_signal "$home/police" handle)
[ "${#handle}" = 64 ] && [ "$handle" != "$(of_signal "$home/linker-inbox" handle)" ] || fail "the handle of a message: $handle"
"$seinhuis" feedback --profile "$desks/politie-noord/avim-mensenhandel" --signal "$handle" --status opgepakt >"$home/out" 2>&1 || fail "no feedback by handle: $(cat "$home/out")"
! "$seinhuis" feedback --profile "$linker" --signal "$handle" --status opgepakt >"$home/out" 2>&1 || fail "a handle of another organisation is taken"
grep -q 'no signal in the inbox has this id or handle' "$home/out" || fail "says: $(cat "$home/out")"
"$seinhuis" sent --profile "$desks/nla/toezicht" --json >"$home/own"
own=$(sed -n 's/^ *"handle": "\([0-9a-f]*\)".*/\1/p' "$home/own")
"$seinhuis" inbox --profile "$desks/nla/toezicht" --json >"$home/answers"
grep -q '"parent": "'"$own"'"' "$home/answers" || fail "an answer does not name what it is about: $own"

take_image "$daemon" carrousel-2026
for secret in 87019342 8701-9342 "$first"; do
  ! grep -qa "$secret" "$image" || fail "$secret is in the broker's memory"
  ! grep -rqa "$secret" "$sandbox/broker" "$home/log" || fail "$secret is in the broker's store or log"
done

"$seinhuis" network rotate "$sandbox" --domain carrousel-2026 >/dev/null
"$seinhuis" network publish "$sandbox" --broker >/dev/null
# A clock that runs ahead of what is signed destroys nothing: three rounds of the daemon's look at its seeds.
cp "$sandbox/metadata/sandbox-clock" "$home/clock"
echo 2026-11-30T12:00:00Z >"$sandbox/metadata/sandbox-clock"
sleep 1.6
[ -e "$sandbox/broker/evaluator/carrousel-2026-1.seed" ] || fail "a clock that ran ahead destroyed a seed in use"
cp "$home/clock" "$sandbox/metadata/sandbox-clock"
"$seinhuis" sandbox advance "$sandbox" 1d >/dev/null
report nla/toezicht A11-nla "+31 6 87019342"
second=$(phone_at_linker)
[ "${#second}" = 64 ] && [ "$second" != "$first" ] || fail "the new generation: $second"
for _ in $(seq 50); do
  [ -e "$sandbox/broker/evaluator/carrousel-2026-1.seed" ] || break
  sleep 0.1
done
[ ! -e "$sandbox/broker/evaluator/carrousel-2026-1.seed" ] || fail "the seed of the generation that is over is still there"
[ -e "$sandbox/broker/evaluator/carrousel-2026-2.seed" ] || fail "control: the seed of this generation is gone"
stop_broker
echo "one phone, two desks, one pseudonym; another in the next generation"
