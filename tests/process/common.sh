# What the process tests share: a sandbox, its broker, and how it ends.
set -euo pipefail
seinhuis=$SEINHUIS_BUILD/tools/seinhuis
seinhuisd=$SEINHUIS_BUILD/broker/seinhuisd
home=$(mktemp -d)
sandbox=$home/network
desks=$sandbox/desks
examples=$SEINHUIS_SOURCE/policies/nl-mensenhandel/examples
daemon=""

fail() {
  echo "FAILED: $*"
  [ ! -f "$home/log" ] || tail -20 "$home/log"
  exit 1
}
stop_broker() {
  [ -z "$daemon" ] || { kill "${1:--TERM}" "$daemon" 2>/dev/null || true; wait "$daemon" 2>/dev/null || true; }
  daemon=""
}
cleanup() {
  stop_broker
  rm -rf "$home"
}
trap cleanup EXIT
make_sandbox() { "$seinhuis" sandbox create "$sandbox" --policies "$SEINHUIS_SOURCE/policies/nl-mensenhandel" --date 2026-11-23 >/dev/null; }
# A network of its own in $home/net, as by the commands of the README, whose broker listens at $1.
make_network() {
  "$seinhuis" network create net --name proef --endpoint "$1" >/dev/null
  for desk in gemeente-groningen/toezicht politie-noord/avim-mensenhandel zorgcoordinatie-noord/zorgcoordinator; do
    "$seinhuis" desk enrol --profile "desk-${desk%%/*}" --desk "$desk" --root net/metadata/1.root >request.json
    "$seinhuis" network sign net --enrol request.json >/dev/null
  done
  "$seinhuis" network publish net --policies "$SEINHUIS_SOURCE/policies/nl-mensenhandel" >/dev/null
  for profile in desk-*; do cp -r net/metadata "$profile/metadata"; done
  sandbox=$home/net
  ln -s broker/broker.yaml net/broker.yaml
}
start_broker() {
  : >"$home/ready"
  "$@" "$seinhuisd" --config "$sandbox/broker.yaml" >"$home/ready" 2>>"$home/log" &
  daemon=$!
  for _ in $(seq 200); do
    grep -q '^ready tcp://' "$home/ready" && return 0
    sleep 0.05
  done
  fail "the broker did not become ready"
}
# The ids of accepted signals from `send --json`.
id_of() { sed -n 's/^  "signal": "\([0-9a-f]*\)".*/\1/p'; }
# Sends A1 until the broker has no room: counts in `accepted`, and the last one stays queued.
fill_store() {
  accepted=0
  local code=0
  for _ in $(seq 200); do
    code=0
    "$seinhuis" send --profile "$desks/gemeente-groningen/toezicht" --signal "$examples/A1.json" --json >"$home/out" 2>/dev/null || code=$?
    [ $code -eq 0 ] || break
    accepted=$((accepted + 1))
  done
  [ $code -ne 0 ] || fail "the store never filled"
  grep -q '"state": "queued"' "$home/out" || fail "what found no room is not queued: $(cat "$home/out")"
  grep -q 'not stored .*code=full' "$home/log" || fail "the broker does not say that it is full: $(tail -3 "$home/log")"
}
# All of a process's memory in $image. $2: what it holds in any case; if that is not found, nothing else would be.
take_image() {
  image=$home/image
  gdb -p "$1" -batch -ex 'set dump-excluded-mappings on' -ex 'set use-coredump-filter off' -ex "gcore $image" >/dev/null 2>&1 || fail "no memory image"
  grep -qa "$2" "$image" || fail "control: '$2' is not in the memory image"
}
