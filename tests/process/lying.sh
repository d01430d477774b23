#!/usr/bin/env bash
# The quickstart's play against a broker that keeps one field more: the table is another one, and says why.
. "$(dirname "$0")/common.sh"
cd "$SEINHUIS_SOURCE"
mkdir "$home/tmp"
code=0
TMPDIR=$home/tmp SEINHUISD=$SEINHUIS_BUILD/tests/lying_seinhuisd tools/play "$SEINHUIS_BUILD" >"$home/said" 2>"$home/errors" || code=$?
grep -q '(lying)' "$home/said" || fail "control: the lying broker was not played: $(cat "$home/said" "$home/errors")"
[ $code -eq 5 ] || fail "the play ends with $code, not with 'not authentic'"
grep -qE '^alarm \(new\) dropped: recorded as passed, and not here: ' "$home/errors" || fail "no alarm: $(cat "$home/errors")"
! grep -qE 'verdachte.kenteken +exact' "$home/said" || fail "a table is printed as if nothing were missing"
echo "the table changed, and the alarm says why"
