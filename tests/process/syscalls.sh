#!/usr/bin/env bash
# The real daemon is killed at each write and each sync of a commit (F1), and the disk refuses them (F3, F4): what was
# acknowledged is there, what was not comes again, and nobody sees anything twice.
. "$(dirname "$0")/common.sh"
if ! command -v strace >/dev/null || ! strace -o /dev/null true 2>/dev/null; then
  echo "skipped: a process cannot be traced here"
  exit 0
fi
sender=$desks/gemeente-groningen/toezicht
send() {
  "$seinhuis" send --profile "$sender" --signal "$examples/A1.json" --json >"$home/out" 2>/dev/null || true
}
# Traces the broker's calls to its disk, with what is to be done to them; returns when it does.
tracer=""
trace() {
  : >"$home/attached"
  strace -f -p "$daemon" -o "$home/calls" "$@" 2>"$home/attached" &
  tracer=$!
  for _ in $(seq 100); do
    grep -q attached "$home/attached" && return 0
    sleep 0.05
  done
  fail "the broker cannot be traced: $(cat "$home/attached")"
}
untrace() {
  kill "$tracer" 2>/dev/null || true
  wait "$tracer" 2>/dev/null || true
}
calls=(pwrite64 writev fdatasync write)
# Also dead when nobody has waited for it yet.
alive() { grep -q '^State:[[:space:]]*[^Z[:space:]]' "/proc/$daemon/status" 2>/dev/null; }
# What of a commit is under way when the sender gives up waiting is sent again by its outbox.
come_again() {
  for _ in $(seq 40); do
    "$seinhuis" sync --profile "$sender" >/dev/null 2>&1 || true
    "$seinhuis" sent --profile "$sender" --json >"$home/sent"
    grep -q '"state": "queued"' "$home/sent" || return 0
    sleep 0.25
  done
  fail "something is still queued"
}

make_sandbox
start_broker env
send
come_again
trace -e trace=pwrite64,writev,fdatasync,write
send
untrace
come_again
declare -A count
for call in "${calls[@]}"; do count[$call]=$(grep -c " $call(" "$home/calls" || true); done
count[write]=3  # of what follows, the first
kills=0
for call in "${calls[@]}"; do
  for nth in $(seq "${count[$call]}"); do
    trace -e trace="$call" -e inject="$call:signal=KILL:when=$nth"
    send &
    client=$!
    for _ in $(seq 100); do
      alive && kill -0 "$client" 2>/dev/null || break
      sleep 0.05
    done
    sleep 0.1
    alive || pkill -KILL -P "$client" 2>/dev/null || true  # it would wait; its outbox has the signal
    wait "$client" 2>/dev/null || true
    if alive; then  # this commit made fewer calls than the one that was counted
      untrace
      continue
    fi
    untrace
    wait "$daemon" 2>/dev/null || true
    kills=$((kills + 1))
    start_broker env
    come_again
  done
done
[ "$kills" -ge 5 ] || fail "only $kills kills"
[ "${count[fdatasync]}" -ge 1 ] || fail "a commit syncs nothing"

# A sync that fails: not acknowledged, and taken when it comes again.
trace -e trace=fdatasync -e inject=fdatasync:error=EIO:when=1
send
grep -q '"state": "accepted"' "$home/out" && fail "acknowledged what was not synced"
untrace
come_again
grep -q 'not stored .*code=internal' "$home/log" || fail "the broker does not say that it could not store"

# The store's own head cannot be written: the daemon ends by itself, and the next one goes on. A lone page is written by
# the same call, and is no head: then it goes on, and a later call is tried.
head_failed() { grep -q ', 120, .*INJECTED' "$home/calls"; }
for nth in $(seq 10); do
  trace -e trace=pwrite64 -e inject="pwrite64:error=EIO:when=$nth+"
  send
  head_failed && break
  untrace
done
head_failed || fail "no head was to be written"
for _ in $(seq 100); do
  alive || break
  sleep 0.1
done
alive && fail "the daemon goes on with a store that it cannot write to"
untrace
code=0
wait "$daemon" || code=$?
[ $code -eq 1 ] || fail "it ended with $code"
grep -q 'the disk failed under the store' "$home/log" || fail "it does not say why it ended"
start_broker env
come_again
"$seinhuisd" --config "$sandbox/broker.yaml" --check | grep -q "^ok, " || fail "the store does not check"

"$seinhuis" inbox --profile "$desks/politie-noord/avim-mensenhandel" --wait 5 --json >"$home/inbox" || fail "the inbox raises"
ids() { sed -n 's/^      "signal": "\([0-9a-f]*\)".*/\1/p' "$1" | sort; }
"$seinhuis" sent --profile "$sender" --json >"$home/sent"
ids "$home/inbox" >"$home/seen"
ids "$home/sent" >"$home/all"
[ -z "$(uniq -d "$home/seen")" ] || fail "something is seen twice"
cmp -s "$home/all" "$home/seen" || fail "sent and seen differ: $(wc -l <"$home/all") and $(wc -l <"$home/seen")"
sent=$(wc -l <"$home/all")
[ "$sent" -ge 8 ] || fail "only $sent signals"
echo "$kills kills, at each of ${count[pwrite64]} + ${count[writev]} writes, ${count[fdatasync]} syncs and ${count[write]} other steps; $sent signals: none lost, none twice"
