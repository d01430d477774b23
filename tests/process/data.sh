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
  "$seinhuis" sent --profile "$melder" --json >"$home/sent" || fail "$data: the outbox does not leave"
  [ "$(grep -c '"state": "accepted"' "$home/sent")" -eq 3 ] || fail "$data: not all three were accepted: $(cat "$home/sent")"
  "$seinhuis" inbox --profile "$desks/politie-noord/avim-mensenhandel" --wait 5 --json >"$home/inbox" || fail "$data: the inbox raises"
  [ "$(grep -c '^      "signal"' "$home/inbox")" -eq 3 ] || fail "$data: not three signals: $(cat "$home/inbox")"
  for id in $(sed -n 's/^      "signal": "\([0-9a-f]*\)".*/\1/p' "$home/sent"); do
    "$seinhuis" follow --profile "$melder" --signal "$id" >>"$home/followed" || fail "$data: $id cannot be followed"
  done
  [ "$(grep -cE 'opgepakt +onderzoek' "$home/followed")" -eq 1 ] || fail "$data: the feedback is gone: $(cat "$home/followed")"
  rm "$home/followed"
  "$seinhuis" log verify --profile "$melder" >/dev/null || fail "$data: the log does not verify"
  stop_broker
done
echo "$found data folder(s) of earlier releases"
