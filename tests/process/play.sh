#!/usr/bin/env bash
# The quickstart's play: the cells of A1, A7, A9, A2 and A11 as they were opened, the feedback, and no process left behind.
. "$(dirname "$0")/common.sh"
cd "$SEINHUIS_SOURCE"
mkdir "$home/tmp"
TMPDIR=$home/tmp tools/play "$SEINHUIS_BUILD" >"$home/said" 2>"$home/log" || fail "play: $(tail -5 "$home/said")"
expect() { grep -qE "$1" "$home/said" || fail "not printed: $1"; }
expect 'verdachte.kenteken +exact +NL\|12ABC3 +gemeente-politie-signaal +- +AVG'
expect 'slachtoffer.geboortedatum +grover: leeftijdsgroep +18\+ '
expect 'feit.toelichting +in de wacht +- +gemeente-politie-signaal +G6'
expect 'melder.identiteit +weggelaten +- +V-01 +G9'
expect 'plaats.gemeente +grover: regio +noord'
expect 'slachtoffer.naam +exact +Ana Popescu +politie-comensha'
expect 'opvang-noord/intake: refuse \(G6\) - V-02'
expect 'verdachte.verdenking +exact +mensenhandel \(273f Sr\) +gemeente-nla-opsporing'
expect 'politie-noord/avim-mensenhandel +opgepakt +onderzoek'
expect '^[0-9a-f]{32} \(new\) signal from professional, mensenhandel'
expect 'melder.organisatie +weggelaten +- +V-14 +G9'
expect 'verdachte.naam +exact +Viktor D. +vertrouwelijk-politie'
expect '^2026-11-23  opgepakt  politie-noord/avim-mensenhandel  \(onderzoek\)'
expect '^    Dank u. Wij zijn een onderzoek begonnen.'
expect 'verdachte.telefoon +grover: pseudonym@carrousel-2026 +[0-9a-f]{32}'
expect '^told of hits in 2 messages'
expect 'treffer.bij +exact +politie-amsterdam/avim-mensenhandel'
expect 'the log extends every head seen here'
! pgrep -f "seinhuisd --config $home" >/dev/null || fail "a broker was left behind"
[ -z "$(ls "$home/tmp")" ] || fail "the sandbox was left behind"
echo "every cell printed"
