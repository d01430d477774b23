#!/usr/bin/env bash
# Every command explains itself with an example whose options exist, completes, and tells how far long work is.
. "$(dirname "$0")/common.sh"
completion=$SEINHUIS_SOURCE/tools/completion/seinhuis.bash

commands_of() { "$seinhuis" "$@" --help | sed -n '/^Subcommands:/,$s/^  \([a-z]*\) .*/\1/p'; }

seen=0
check_command() {
  local help inside name
  inside=$(commands_of "$@")
  for name in $inside; do
    grep -qE "[\" ]$name[\" ]" "$completion" || fail "$* $name is not completed"
    check_command "$@" "$name"
  done
  [ -z "$inside" ] || return 0
  seen=$((seen + 1))
  help=$("$seinhuis" "$@" --help)
  example=$(sed -n '/^Example:/,$p' <<<"$help" | tail -n +2)
  grep -q "^  seinhuis $*" <<<"$example" || fail "'$*' has no example"
  for name in $(grep -oE -- '--[a-z]+' <<<"$example"); do
    grep -qE -- "^ +$name\b" <<<"$help" || fail "the example of '$*' uses $name, which it does not know"
  done
}
check_command
[ "$seen" -ge 25 ] || fail "only $seen commands"

code=0
"$seinhuis" sned 2>"$home/err" || code=$?
[ $code = 2 ] || fail "an unknown command ends with $code"
grep -q "did you mean 'send'" "$home/err" || fail "an unknown command: $(cat "$home/err")"

create="$seinhuis sandbox create --policies $SEINHUIS_SOURCE/policies/nl-mensenhandel --date 2026-11-23"
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
  script -qec "$create $home/one" "$home/typed" </dev/null >/dev/null
  grep -q "making desks: 1 of" "$home/typed" || fail "no progress in a terminal"
else
  echo "not tested: progress in a terminal; this machine has no pseudo-terminals (/dev/pts is not mounted)"
fi
$create "$home/two" >"$home/out" 2>"$home/err"
[ ! -s "$home/err" ] || fail "without a terminal: $(cat "$home/err")"
[ "$(wc -l <"$home/out")" = 1 ] || fail "without a terminal more than the result: $(cat "$home/out")"
echo "$seen commands explain themselves"
