#!/usr/bin/env bash
# The data folders of earlier releases, with work under way, go on under this build: nothing is lost, nothing seen twice.
. "$(dirname "$0")/common.sh"
found=0
for data in "$SEINHUIS_SOURCE"/tests/fixtures/data-*.tar.gz; do
  [ -f "$data" ] || fail "no data folder of a release"
  found=$((found + 1))
  sandbox=$home/$found
  desks=$sandbox/desks
  mkdir "$sandbox"
  tar -C "$sandbox" -xzf "$data"
  start_broker env
  melder=$desks/gemeente-groningen/toezicht
  signals=3
  if [ -f "$sandbox/words" ]; then # work of what names nobody, since 0.2
    signals=5
    "$seinhuis" sandbox advance "$sandbox" 20m >/dev/null
    "$seinhuis" inbox --profile "$desks/politie-noord/ovd" --wait 5 --json >"$home/woken" || fail "$data: the duty officer's inbox raises: $(cat "$home/woken")"
    grep -q '"from": "anoniem"' "$home/woken" || fail "$data: nobody is asked after a deadline: $(cat "$home/woken")"
  fi
  "$seinhuis" sent --profile "$melder" --json >"$home/sent" || fail "$data: the outbox does not leave"
  [ "$(grep -c '"state": "accepted"' "$home/sent")" -eq 3 ] || fail "$data: not all three were accepted: $(cat "$home/sent")"
  "$seinhuis" inbox --profile "$desks/politie-noord/avim-mensenhandel" --wait 5 --json >"$home/inbox" || fail "$data: the inbox raises"
  [ "$(grep -c '^      "signal"' "$home/inbox")" -eq $signals ] || fail "$data: not $signals signals: $(cat "$home/inbox")"
  for id in $(sed -n 's/^      "signal": "\([0-9a-f]*\)".*/\1/p' "$home/sent"); do
    "$seinhuis" follow --profile "$melder" --signal "$id" >>"$home/followed" || fail "$data: $id cannot be followed"
  done
  [ "$(grep -cE 'opgepakt +onderzoek' "$home/followed")" -eq 1 ] || fail "$data: the feedback is gone: $(cat "$home/followed")"
  rm "$home/followed"
  "$seinhuis" log verify --profile "$melder" >/dev/null || fail "$data: the log does not verify"
  if [ -f "$sandbox/words" ]; then
    "$seinhuis" sandbox advance "$sandbox" 1d >/dev/null
    for _ in $(seq 50); do "$seinhuis" follow --words "$(cat "$sandbox/words")" --network "$sandbox" >"$home/read" && grep -q opgepakt "$home/read" && break || sleep 0.2; done
    grep -q opgepakt "$home/read" || fail "$data: the answer is not on the board: $(cat "$home/read")"
  fi
  "$seinhuisd" --config "$sandbox/broker.yaml" --check | grep -q '^ok' || fail "$data: the store does not check"
  stop_broker
done
echo "$found data folder(s) of earlier releases"
