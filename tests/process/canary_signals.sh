#!/usr/bin/env bash
# F20: two desks send each other signals about nobody, in each mode, and say so when one is late, also when the other is silent.
. "$(dirname "$0")/common.sh"
one=$desks/netwerkwacht/een
two=$desks/netwerkwacht/twee
sed 's|netwerkwacht/een|X|; s|netwerkwacht/twee|netwerkwacht/een|; s|"X"|"netwerkwacht/twee"|' "$examples/proef.json" >"$home/back.json"
grep -q '"from": "netwerkwacht/twee"' "$home/back.json" || fail "control: $(cat "$home/back.json")"
round() { # $1: which
  local signal=$examples/proef.json
  [ "$1" = one ] || signal=$home/back.json
  "$seinhuis" canary --profile "${!1}" --signal "$signal" --metrics "$home/$1.prom" --json >"$home/$1.json" 2>"$home/$1.err"
}
both() { round one && round two && round one && round two || fail "late: $(cat "$home/one.err" "$home/two.err")"; }
metric() { sed -n "s/^seinhuis_canary_$2 //p" "$home/$1.prom"; }
advance() { "$seinhuis" sandbox advance "$sandbox" "$1" >/dev/null; }
make_sandbox
start_broker env
both
for desk in one two; do
  grep -q '"problems": \[\]' "$home/$desk.json" || fail "$desk: $(cat "$home/$desk.json")"
  for mode in identified partner; do
    [ "$(metric $desk "late{mode=\"$mode\"}")" = 0 ] || fail "$desk, $mode: $(cat "$home/$desk.prom")"
    grep -A1 "\"$mode\"" "$home/$desk.json" | grep -q '"answered": "2026-11-23' || fail "$desk has no $mode canary: $(cat "$home/$desk.json")"
  done
done
[ -z "$(find "$one/canary.json" -perm /077)" ] || fail "others can read the words"

# One an hour by name: another round in the same hour sends none.
count() { "$seinhuis" sent --profile "$one" --json | grep -c '"kind": "signal"'; }
before=$(count)
both
[ "$(count)" = "$before" ] || fail "more than one an hour"
advance 61m
both
[ "$(count)" = $((before + 1)) ] || fail "none in the next hour: $before, now $(count)"

# The first without a name is lost: its words lead to the answer of no other desk.
lost=$(node -e '
  const fs = require("fs");
  const [own, other] = process.argv.slice(1).map((desk) => JSON.parse(fs.readFileSync(desk + "/canary.json")));
  own.unnamed[0].words = other.unnamed[0].words;
  fs.writeFileSync(process.argv[1] + "/canary.json", JSON.stringify(own));
  console.log(own.unnamed[0].words);' "$one" "$two")
[ -n "$lost" ] || fail "control: no canary without a name"

# Each other day a mode that names nobody: sent, released, answered, closed, read.
for _ in 1 2 3 4 5 6; do
  advance 1d
  round one || true
  round two || true
  both
done
for mode in confidential anonymous; do
  grep -A1 "\"$mode\"" "$home/one.json" | grep -q '"answered": "2026-11-2' || fail "no $mode canary was answered: $(cat "$home/one.json" "$home/one.err")"
  [ "$(metric one "late{mode=\"$mode\"}")" = 0 ] || fail "$mode is late: $(cat "$home/one.prom")"
done
! grep -q "$lost" "$one/canary.json" || fail "the lost one is still waited for"

# The other desk's timer is dead: its canaries do not come, and those of this one are not answered.
advance 121m
! round one || fail "nothing is late when the other desk is silent: $(cat "$home/one.json")"
grep -q '^late: partner' "$home/one.err" || fail "the silent partner is not named: $(cat "$home/one.err")"
round two || true
both

# The broker is gone: late, on the old moments, for as long as it is.
stop_broker
before=$(metric one 'timestamp_seconds{mode="identified"}')
date -u -d "$(cat "$sandbox/metadata/sandbox-clock") + 3 hours" +%Y-%m-%dT%H:%M:%SZ >"$home/clock" && cp "$home/clock" "$sandbox/metadata/sandbox-clock"
! round one || fail "nothing is late without a broker"
grep -q '^late: identified' "$home/one.err" || fail "said: $(cat "$home/one.err")"
[ "$(metric one 'timestamp_seconds{mode="identified"}')" = "$before" ] || fail "the moment moved without an answer"
[ "$(metric one 'late{mode="identified"}')" = 1 ] || fail "the metrics: $(cat "$home/one.prom")"
# What writes the metrics is dead: an alarm on the age of what stands there rings, as it does not move.
grep -q '^seinhuis_canary_round_timestamp_seconds [0-9]' "$home/one.prom" || fail "no moment of the round"
echo "canaries by name, confidential and anonymous come back; a silent desk and a broker that is gone are late"
