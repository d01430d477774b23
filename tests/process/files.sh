#!/usr/bin/env bash
# The broker opens its own folder and the metadata, and nothing else of the network.
. "$(dirname "$0")/common.sh"
make_sandbox
start_broker strace -f -qq -e trace=openat,open -o "$home/trace"
"$seinhuis" send --profile "$desks/gemeente-groningen/toezicht" --signal "$examples/A1.json" --json >/dev/null
"$seinhuis" inbox --profile "$desks/politie-noord/avim-mensenhandel" --json >/dev/null
pkill -TERM -P "$daemon" || true
wait "$daemon" || true
daemon=""
grep -q "$sandbox/broker/" "$home/trace" || fail "control: the trace does not show the broker's own files"
opened=$(grep -oE '"[^"]+"' "$home/trace" | tr -d '"' | grep -F "$sandbox" | grep -vE "^$sandbox/(broker/|broker\.yaml|broker$|metadata)" || true)
real=$(echo "$opened" | grep -vE "^$sandbox/?$" | grep . || true)
[ -z "$real" ] || fail "the broker opened: $real"
echo "only broker/ and metadata/"
