#!/usr/bin/env bash
# Canaries in every field of 100 signals are nowhere in the broker: store, log, memory. Each search has a control that it finds.
. "$(dirname "$0")/common.sh"
make_sandbox
start_broker env
for n in $(seq 50); do
  for scenario in A1 A9; do
    # every value of every field becomes a canary of its own
    sed -E "/\"fields\"/,\$ s/: \"[^\"]*\"/: \"kanarie-$scenario-$n\"/; /\"fields\"/,\$ s/^      \"[^\"]*\"/      \"kanarie-$scenario-$n-lijst\"/" "$examples/$scenario.json" >"$home/signal.json"
    grep -q "kanarie-$scenario-$n" "$home/signal.json" || fail "no canary was planted"
    "$seinhuis" send --profile "$desks/gemeente-groningen/toezicht" --signal "$home/signal.json" --json >/dev/null
  done
done
"$seinhuis" inbox --profile "$desks/nla/opsporing" --json >"$home/inbox"
grep -q kanarie-A9-1 "$home/inbox" || fail "control: the recipient does not find its canary"
take_image "$daemon" politie-noord/avim-mensenhandel
! grep -qa 'kanarie-' "$image" || fail "a canary is in the broker's memory"
stop_broker
! grep -rqa 'kanarie-' "$sandbox/broker" "$home/log" || fail "a canary is in the broker's store or log"
grep -qa 'ready' "$home/log" || fail "control: the log is empty"
! grep -rqa 'gemeente-groningen/toezicht' "$sandbox/broker/store/data.mdb" || fail "the store names a desk in clear"
echo "no canary in memory ($(stat -c %s "$image") bytes), store or log"
