#!/usr/bin/env bash
# A network made by the commands of the README, as on two machines, on the system's own clock.
. "$(dirname "$0")/common.sh"
cd "$home"
port=$((20000 + RANDOM % 20000))
policies=$SEINHUIS_SOURCE/policies/nl-mensenhandel
"$seinhuis" network create net --name proef --endpoint "tcp://127.0.0.1:$port" >/dev/null
for desk in gemeente-groningen/toezicht politie-noord/avim-mensenhandel zorgcoordinatie-noord/zorgcoordinator; do
  profile=desk-${desk%%/*}
  "$seinhuis" desk enrol --profile "$profile" --desk "$desk" --root net/metadata/1.root >request.json
  "$seinhuis" network sign net --enrol request.json >/dev/null
done
"$seinhuis" network publish net --policies "$policies" >/dev/null
for profile in desk-*; do cp -r net/metadata "$profile/metadata"; done
sandbox=$home/net
ln -s broker/broker.yaml net/broker.yaml
start_broker env
! grep -q sandbox "$home/ready" || fail "the network says it is a sandbox"
"$seinhuis" sync --profile desk-gemeente-groningen >/dev/null
"$seinhuis" send --profile desk-gemeente-groningen --signal "$examples/A1.json" --json >sent.json || fail "not sent: $(cat sent.json)"
"$seinhuis" inbox --profile desk-politie-noord --wait 5 --json | grep -q 'Bungalowweg 7' || fail "not received"
"$seinhuis" metadata refresh net --broker >/dev/null || fail "no refresh from the broker"
"$seinhuis" desk revoke net --desk gemeente-groningen/toezicht >/dev/null
"$seinhuis" network publish net --broker >/dev/null
for _ in $(seq 60); do
  grep -q 'directory=2' "$home/log" && break
  sleep 0.1
done
grep -q 'directory=2' "$home/log" || fail "the broker does not take the new directory"
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
