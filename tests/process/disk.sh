#!/usr/bin/env bash
# A full disk: what was accepted stays, new signals hear so and stay queued, and the same broker goes on when there is room.
. "$(dirname "$0")/common.sh"
make_sandbox
disk=$sandbox/broker/store
mkdir -p "$disk" && chmod 700 "$disk"
if ! mount -t tmpfs -o size=1m,mode=0700 tmpfs "$disk" 2>/dev/null; then
  echo "skipped: a small disk cannot be mounted here"
  exit 0
fi
trap 'stop_broker; umount "$disk"; cleanup' EXIT
start_broker env
fill_store
mount -o remount,size=64m "$disk"
"$seinhuis" sync --profile "$desks/gemeente-groningen/toezicht" >/dev/null || fail "the queue does not leave once there is room"
"$seinhuis" inbox --profile "$desks/politie-noord/avim-mensenhandel" --wait 5 --json >"$home/inbox" || fail "the inbox raises"
seen=$(grep -c '^      "signal"' "$home/inbox")
[ "$seen" -eq $((accepted + 1)) ] || fail "$accepted accepted and one queued, $seen seen"
echo "$accepted accepted before the disk was full, one after, by the same broker"
