#!/usr/bin/env bash
# Two network namespaces and a cable between them that is pulled out: before a signal, while signals are under way, while
# a desk waits. Nothing is lost, nothing comes twice, and who vanished keeps nobody from being served (F6, F19).
. "$(dirname "$0")/common.sh"
there=seinhuis-broker-$$
here=seinhuis-desks-$$
if ! { ip netns add "$there" && ip netns exec "$there" true; } 2>/dev/null; then
  ip netns del "$there" 2>/dev/null || true
  echo "skipped: network namespaces cannot be made here"
  exit 0
fi
trap 'cleanup; ip netns del "$there"; ip netns del "$here" 2>/dev/null || true' EXIT
ip netns add "$here"
ip link add veth-b netns "$there" type veth peer name veth-d netns "$here"
ip -n "$there" addr add 10.77.0.1/24 dev veth-b
ip -n "$here" addr add 10.77.0.2/24 dev veth-d
for ns in "$there" "$here"; do ip -n "$ns" link set lo up; done
plug() { ip -n "$there" link set veth-b "$1" && ip -n "$here" link set veth-d "$1"; }
plug up
cd "$home"
make_network tcp://10.77.0.1:7777
start_broker ip netns exec "$there"
far() { ip netns exec "$here" "$seinhuis" "$@"; }    # over the cable
near() { ip netns exec "$there" "$seinhuis" "$@"; }  # beside the broker
sender=desk-gemeente-groningen
reader=desk-politie-noord
send() { far send --profile $sender --signal "$examples/A1.json" --json >sent.json 2>/dev/null; }
far sync --profile $sender >/dev/null
near sync --profile $reader >/dev/null

# pulled out before
plug down
! send || fail "sent over a cable that is not there"
grep -q '"state": "queued"' sent.json || fail "not queued: $(cat sent.json)"
plug up
sleep 1
far sync --profile $sender >/dev/null || fail "the queue does not leave"

# pulled out while signals are under way
touch go
(while [ -f go ]; do send || true; done) &
sending=$!
for _ in $(seq 6); do
  sleep "0.$((RANDOM % 9 + 1))"
  plug down
  sleep "0.$((RANDOM % 9 + 1))"
  plug up
done
rm go
wait $sending

# a desk that waits vanishes
far inbox --profile desk-zorgcoordinatie-noord --wait 60 >/dev/null 2>&1 &
waiting=$!
sleep 1
plug down
pkill -KILL -P $waiting 2>/dev/null || true
wait $waiting 2>/dev/null || true
near inbox --profile $reader --wait 1 --json >before.json || fail "who is near is not served"
plug up
sleep 1
far sync --profile $sender >/dev/null || fail "the sender is not served again"
for _ in $(seq 20); do
  far sent --profile $sender --json >all.json
  grep -q '"state": "queued"' all.json || break
  far sync --profile $sender >/dev/null 2>&1 || true
  sleep 0.5
done
! grep -q '"state": "queued"' all.json || fail "something is still queued"
near inbox --profile $reader --wait 5 --json >seen.json || fail "the inbox raises: $(tail -c 300 seen.json)"
ids() { sed -n 's/^      "signal": "\([0-9a-f]*\)".*/\1/p' "$1" | sort; }
ids all.json >all
ids seen.json >seen
[ -z "$(uniq -d seen)" ] || fail "something is seen twice"
cmp -s all seen || fail "sent and seen differ: $(wc -l <all) and $(wc -l <seen)"
[ "$(wc -l <all)" -ge 4 ] || fail "too little load"
echo "$(wc -l <all) signals over a cable that was pulled out 8 times: none lost, none twice"
