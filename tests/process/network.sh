#!/usr/bin/env bash
# A network made by the commands of the README, as on two machines, on the system's own clock.
. "$(dirname "$0")/common.sh"
cd "$home"
port=$((10000 + RANDOM % 10000))  # below those of sandboxes and of outgoing connections
make_network "tcp://127.0.0.1:$port"
start_broker env
! grep -q sandbox "$home/ready" || fail "the network says it is a sandbox"
"$seinhuis" sync --profile desk-gemeente-groningen >/dev/null
"$seinhuis" send --profile desk-gemeente-groningen --signal "$examples/A1.json" --json >sent.json || fail "not sent: $(cat sent.json)"
"$seinhuis" inbox --profile desk-politie-noord --wait 5 --json | grep -q 'Bungalowweg 7' || fail "not received"
"$seinhuis" metadata refresh net --broker >/dev/null || fail "no refresh from the broker"
# a desk that gets new keys ends what its old ones opened: somebody may have them
took() { for _ in $(seq 60); do grep -q "directory=$1" "$home/log" && return 0; sleep 0.1; done; fail "the broker does not take directory $1"; }
code=0
"$seinhuis" inbox --profile desk-politie-noord --wait 20 --new >old.txt 2>&1 &
old=$!
"$seinhuis" desk enrol --profile desk-new --desk politie-noord/avim-mensenhandel --root net/metadata/1.root >request.json
"$seinhuis" network sign net --enrol request.json >/dev/null
"$seinhuis" network publish net --broker >/dev/null
cp -r net/metadata desk-new/metadata
took 2
"$seinhuis" send --profile desk-gemeente-groningen --signal "$examples/A1.json" --json >sent2.json || fail "not sent: $(cat sent2.json)"
wait $old || code=$?
[ $code -ne 0 ] || fail "the old keys are still served: $(cat old.txt)"
! grep -q Bungalowweg old.txt || fail "the old keys got the signal"
"$seinhuis" inbox --profile desk-new --wait 5 --json >new.json 2>/dev/null || true  # 5: what came before went to the old keys, a gap
grep -q 'Bungalowweg 7' new.json || fail "the new keys got nothing"
"$seinhuis" desk revoke net --desk gemeente-groningen/toezicht >/dev/null
"$seinhuis" network publish net --broker >/dev/null
took 3
code=0
"$seinhuis" sync --profile desk-gemeente-groningen >/dev/null 2>&1 || code=$?
[ $code -ne 0 ] || fail "a revoked desk is still served"
# a clock in the configuration is for sandboxes only
stop_broker
echo "clock: clock" >>net/broker/broker.yaml
date -u +%Y-%m-%dT%H:%M:%SZ >net/broker/clock
! "$seinhuisd" --config net/broker/broker.yaml --check 2>said || fail "a clock outside a sandbox is accepted"
grep -q "for sandboxes only" said || fail "said: $(cat said)"
echo "enrolled, sent, refreshed, revoked"
