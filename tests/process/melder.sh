#!/usr/bin/env bash
# A confidential signal by two programs, with and without a notary: who sent it is nowhere, and the words alone show the answer.
. "$(dirname "$0")/common.sh"
zorg=zorgcoordinatie-noord/zorgcoordinator
avim=politie-noord/avim-mensenhandel
sed -E 's/Anna de Boer/kanarie-naam/; s/(feit.toelichting": ")/\1kanarie-tekst /; s/Zorgcoordinatie mensenhandel Noord/kanarie-organisatie/' "$examples/A2.json" >"$home/signal.json"
for planted in kanarie-naam kanarie-tekst kanarie-organisatie; do grep -q "$planted" "$home/signal.json" || fail "no canary was planted"; done
value() { sed -n "s/^  \"$1\": \"\([^\"]*\)\".*/\1/p" "$2"; }
follow() { "$seinhuis" follow --words "$1" --network "$sandbox" "${@:2}"; }

# What would say who sent it, or what it says, is not in the memory image of a daemon, nor on its disk. $3: what its memory does hold.
holds_none() {
  local secret
  take_image "$2" "$3"
  for secret in kanarie "$words" "wij zijn ermee bezig"; do
    ! grep -qa "$secret" "$image" || fail "'$secret' is in the memory of the $1"
    ! grep -rqa "$secret" "$sandbox/$1" "$sandbox/metadata" "$home/log" || fail "'$secret' is in the store or log of the $1"
  done
  rm -f "$image"
}
play() {
  "$seinhuis" sandbox create "$sandbox" --policies "$SEINHUIS_SOURCE/policies/nl-mensenhandel" --date 2026-11-23 "$@" >/dev/null
  start_broker env
  notary=""
  if [ -f "$sandbox/notary/notary.yaml" ]; then
    "$SEINHUIS_BUILD/broker/seinhuis-notary" --config "$sandbox/notary/notary.yaml" >"$home/notary-ready" 2>>"$home/log" &
    notary=$!
    for _ in $(seq 200); do grep -q '^ready' "$home/notary-ready" && break || sleep 0.05; done
  fi
  "$seinhuis" sync --profile "$desks/$zorg" >/dev/null  # as every desk does, whether it sends or not
  : >"$home/log"
  "$seinhuis" send --profile "$desks/$zorg" --signal "$home/signal.json" --mode confidential --json >"$home/sent" 2>"$home/said" || fail "send: $(cat "$home/sent")"
  words=$(value words "$home/sent")
  [ "$(wc -w <<<"$words")" = 8 ] || fail "no words: $words"
  "$seinhuis" inbox --profile "$desks/$avim" --json >"$home/inbox" || fail "inbox: $(cat "$home/inbox")"
  grep -q '"from": "professional"' "$home/inbox" || fail "the police are told: $(grep '"from"' "$home/inbox")"
  grep -q 'Viktor D.' "$home/inbox" || fail "control: the police do not learn who it is about"
  ! grep -q 'kanarie' "$home/inbox" || fail "the police learn more than the plan gives"
  "$seinhuis" feedback --profile "$desks/$avim" --signal "$(value signal "$home/sent")" --status opgepakt --text "wij zijn ermee bezig" --redacted >/dev/null
  follow "$words" | grep -q '^unknown code or nothing yet' || fail "the board shows today"

  ! grep -rqa "zorgcoordinatie-noord/zorgcoordinator" "$home/log" || fail "the log names who sent it"
  holds_none broker "$daemon" opsporing-mensenhandel
  [ -z "$notary" ] || holds_none notary "$notary" professional

  "$seinhuis" sandbox advance "$sandbox" 1d >/dev/null
  for _ in $(seq 50); do follow "$words" >"$home/read" && grep -q opgepakt "$home/read" && break || sleep 0.2; done
  grep -q "received  $avim" "$home/read" || fail "no receipt on the board: $(cat "$home/read")"
  grep -q 'wij zijn ermee bezig' "$home/read" || fail "no answer on the board: $(cat "$home/read")"
  # On a machine that holds nothing but the metadata; the words by standard input.
  mkdir "$home/elsewhere" && cp -r "$sandbox/metadata/." "$home/elsewhere"
  echo "$words" | "$seinhuis" follow --words - --network "$home/elsewhere" --json | grep -q '"text": "wij zijn ermee bezig"' || fail "not readable elsewhere"
  for wrong in "$(cut -d' ' -f2- <<<"$words") aap" "aap noot mies" ""; do
    [ "$(follow "${wrong:-x}")" = "unknown code or nothing yet" ] || fail "another text for '$wrong'"
  done
  ! grep -rqa "$(value signal "$home/sent")" "$desks/$zorg/store" || fail "the melder's store names the message"
  stop_broker
  [ -z "$notary" ] || { kill "$notary"; wait "$notary" 2>/dev/null || true; }
  rm -rf "$sandbox" "$home/elsewhere"
}
play
play --with-notary

# On a terminal the words are typed back, or nothing is sent.
make_sandbox
start_broker env
code=0
echo "aap noot mies" | "$seinhuis" send --profile "$desks/$zorg" --signal "$home/signal.json" --mode confidential >"$home/out" 2>"$home/said" || code=$?
[ $code = 3 ] || fail "exit $code without the words typed back"
grep -q 'nothing was sent' "$home/said" || fail "not said: $(cat "$home/said")"
[ "$("$seinhuis" inbox --profile "$desks/$avim" --json | grep -c '"signal"')" = 0 ] || fail "it was sent all the same"
# A desk under the Wpg is told why not, and nothing goes in another mode.
sed 's#zorgcoordinatie-noord/zorgcoordinator#politie-amsterdam/avim-mensenhandel#' "$home/signal.json" >"$home/wpg.json"
code=0
"$seinhuis" send --profile "$desks/politie-amsterdam/avim-mensenhandel" --signal "$home/wpg.json" --mode anonymous --json >"$home/out" 2>/dev/null || code=$?
[ $code = 3 ] && grep -q 'wpg' "$home/out" || fail "a police desk sends anonymously: $(cat "$home/out")"
echo "who sent it is nowhere; the words show the answer"
