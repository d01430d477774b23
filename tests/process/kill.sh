#!/usr/bin/env bash
# kill -9 at random moments under load: nothing acknowledged is lost, nothing is seen twice. SEINHUIS_KILLS sets how often.
. "$(dirname "$0")/common.sh"
kills=${SEINHUIS_KILLS:-12}
make_sandbox
senders="gemeente-groningen/toezicht gemeente-amsterdam/toezicht"
sed 's/"region": "noord"/"region": "amsterdam"/; s#gemeente-groningen/toezicht#gemeente-amsterdam/toezicht#; s#"politie-noord/avim-mensenhandel",#"politie-amsterdam/avim-mensenhandel"#; /zorgcoordinatie-noord/d; /gemeente-groningen\/inkomen/d' "$examples/A1.json" >"$home/gemeente-amsterdam.json"
cp "$examples/A1.json" "$home/gemeente-groningen.json"
for from in $senders; do : >"$home/accepted-${from%%/*}"; done
start_broker env
touch "$home/go"
for from in $senders; do
  (
    while [ -f "$home/go" ]; do
      echo x >"$home/busy-${from%%/*}"
      "$seinhuis" send --profile "$desks/$from" --signal "$home/${from%%/*}.json" --json >"$home/out-${from%%/*}" 2>/dev/null || true
      grep -q '"state": "accepted"' "$home/out-${from%%/*}" && id_of <"$home/out-${from%%/*}" >>"$home/accepted-${from%%/*}"
      rm -f "$home/busy-${from%%/*}"
    done
  ) &
done
accepted() { cat "$home"/accepted-* | wc -l; }
# On a slow machine no submission may end between two kills: every third kill waits for one that was acknowledged.
in_flight=0
for kill in $(seq "$kills"); do
  if [ $((kill % 3)) = 0 ]; then
    before=$(accepted)
    for _ in $(seq 600); do [ "$(accepted)" -gt "$before" ] && break || sleep 0.1; done
    [ "$(accepted)" -gt "$before" ] || fail "nothing was acknowledged for a minute after kill $kill"
  fi
  sleep "0.$((RANDOM % 7))$((RANDOM % 10))"
  ls "$home"/busy-* >/dev/null 2>&1 && in_flight=$((in_flight + 1))
  stop_broker -KILL
  start_broker env
done
rm -f "$home/go"
for job in $(jobs -p); do [ "$job" = "$daemon" ] || wait "$job" 2>/dev/null || true; done
for from in $senders; do "$seinhuis" sync --profile "$desks/$from" >/dev/null; done
total=0
for pair in gemeente-groningen:politie-noord gemeente-amsterdam:politie-amsterdam; do
  from=${pair%%:*}
  "$seinhuis" sent --profile "$desks/$from/toezicht" --json >"$home/sent-$from"
  ! grep -q '"state": "queued"' "$home/sent-$from" || fail "$from: something is still queued"
  "$seinhuis" inbox --profile "$desks/${pair##*:}/avim-mensenhandel" --wait 5 --json >"$home/inbox-$from" || fail "the inbox of ${pair##*:} raises: $(tail -c 400 "$home/inbox-$from")"
  sed -n 's/^      "signal": "\([0-9a-f]*\)".*/\1/p' "$home/inbox-$from" | sort >"$home/seen-$from"
  [ -z "$(uniq -d "$home/seen-$from")" ] || fail "$from: seen twice"
  sed -n 's/^      "signal": "\([0-9a-f]*\)".*/\1/p' "$home/sent-$from" | sort >"$home/all-$from"
  cmp -s "$home/all-$from" "$home/seen-$from" || fail "$from: sent and received differ"
  [ -z "$(sort "$home/accepted-$from" | comm -23 - "$home/seen-$from")" ] || fail "$from: an acknowledged signal is lost"
  total=$((total + $(wc -l <"$home/seen-$from")))
done
[ $((in_flight * 2)) -ge "$kills" ] || fail "only $in_flight of $kills kills met a submission under way"
[ "$total" -ge $((kills / 3)) ] || fail "too little load: $total signals"
echo "$kills kills, $in_flight with a submission under way, $total signals: none lost, none twice"
