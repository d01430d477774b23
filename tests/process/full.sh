#!/usr/bin/env bash
# A full store: what was accepted stays, new signals hear so and stay queued, and all goes on when there is room.
. "$(dirname "$0")/common.sh"
make_sandbox
echo "map-megabytes: 2" >>"$sandbox/broker/broker.yaml"
start_broker env
fill_store
# The recipients take in what waits: that needs room as well, and makes more.
for desk in politie-noord/avim-mensenhandel zorgcoordinatie-noord/zorgcoordinator; do
  "$seinhuis" inbox --profile "$desks/$desk" --json >"$home/inbox" || fail "the inbox of $desk raises: $(tail -c 400 "$home/inbox")"
  [ "$(grep -c '^      "signal"' "$home/inbox")" -eq "$accepted" ] || fail "$accepted accepted, $desk sees $(grep -c '^      "signal"' "$home/inbox")"
done
"$seinhuis" sync --profile "$desks/gemeente-groningen/toezicht" >/dev/null || fail "the queue does not leave once there is room again"
"$seinhuis" inbox --profile "$desks/politie-noord/avim-mensenhandel" --wait 5 --json >"$home/inbox" || fail "the inbox raises"
seen=$(grep -c '^      "signal"' "$home/inbox")
[ "$seen" -eq $((accepted + 1)) ] || fail "$accepted accepted and one queued, $seen seen"
echo "$accepted accepted before the store was full, one after"
