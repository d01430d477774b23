#!/usr/bin/env bash
# Searches every state of feedback.pml; each of the five mutants must break an assertion.
set -euo pipefail
model=$(cd "$(dirname "$0")" && pwd)/feedback.pml
command -v spin >/dev/null || { echo "not tested: spin is not installed"; exit 0; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# Prints the number of states and of errors.
search() {
  spin ${1:+-D$1} -a "$model" >spin.out 2>&1 || { cat spin.out; exit 1; }
  gcc -O2 -w -DSAFETY -DCOLLAPSE -o pan pan.c
  ./pan -m1000000 >pan.out 2>&1 || true
  states=$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' pan.out)
  errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' pan.out)
  grep -q "max search depth too small\|out of memory" pan.out && { echo "${1:-model}: the search is not whole"; exit 1; }
  [ -n "$states" ] && [ -n "$errors" ] || { cat pan.out; exit 1; }
  echo "${1:-the model}: $states states, $errors errors"
}

search ""
[ "$errors" -eq 0 ] || { grep -m1 assertion pan.out; exit 1; }
[ "$states" -ge 1000 ] || { echo "only $states states: something does not move"; exit 1; }
for mutant in EARLY_ACK NO_DEDUPE DELETE_ON_READ TIMEOUT_DELETE NO_ESCALATION; do
  search $mutant
  [ "$errors" -gt 0 ] || { echo "$mutant breaks nothing"; exit 1; }
  grep -q "assertion violated" pan.out || { echo "$mutant: not an assertion"; cat pan.out; exit 1; }
done
