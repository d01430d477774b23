#include "seinhuis/wire/policy_bundle.h"

#include "seinhuis/wire/generated/policy_generated.h"
#include "table.h"

// Found by the codec through their arguments, so not in an unnamed namespace.
namespace seinhuis::bundle {

namespace fb = wire::generated;

inline std::uint8_t last_number(StatementType::Sort) { return 4; }
inline std::uint8_t last_number(Form::How) { return 10; }
inline std::uint8_t last_number(Grondslag::State) { return 3; }
inline std::uint8_t last_number(Agreement::Sort) { return 3; }
inline std::uint8_t last_number(Agreement::Binds) { return 3; }
inline std::uint8_t last_number(Selector::Thread) { return 4; }
inline std::uint8_t last_number(Selector::Region) { return 4; }
inline std::uint8_t last_number(Never::Check) { return 4; }

template <class Way>
void pass(Way& way, Text& d, fb::TextT& w) {
  way(d.nl, w.nl);
  way(d.en, w.en);
}
template <class Way>
void pass(Way& way, Period& d, fb::PeriodT& w) {
  way(d.from, w.from);
  way(d.until, w.until);
}
template <class Way>
void pass(Way& way, Term& d, fb::TermT& w) {
  way(d.id, w.id);
  way(d.text, w.text);
}
template <class Way>
void pass(Way& way, Purpose& d, fb::PurposeT& w) {
  way(d.id, w.id);
  way(d.text, w.text);
  way(d.incompatible, w.incompatible);
}
template <class Way>
void pass(Way& way, Regime& d, fb::RegimeT& w) {
  way(d.id, w.id);
  way(d.labels, w.labels);
}
template <class Way>
void pass(Way& way, StatementType& d, fb::StatementTypeT& w) {
  way(d.id, w.id);
  way(d.sort, w.sort);
  way(d.text, w.text);
  way(d.roles, w.roles);
  way(d.by_all, w.by_all);
}
template <class Way>
void pass(Way& way, Desk& d, fb::DeskT& w) {
  way(d.name, w.name);
  way(d.kind, w.kind);
  way(d.role, w.role);
  way(d.regime, w.regime);
  way(d.regions, w.regions);
  way(d.themes, w.themes);
  way(d.purposes, w.purposes);
}
template <class Way>
void pass(Way& way, Pair& d, fb::PairT& w) {
  way(d.value, w.value);
  way(d.becomes, w.becomes);
}
template <class Way>
void pass(Way& way, Domain& d, fb::DomainT& w) {
  way(d.id, w.id);
  way(d.text, w.text);
  way(d.organisation, w.organisation);
  way(d.purpose, w.purpose);
  way(d.quota, w.quota);
}
template <class Way>
void pass(Way& way, Form& d, fb::FormT& w) {
  way(d.id, w.id);
  way(d.how, w.how);
  way(d.category, w.category);
  way(d.otherwise, w.otherwise);
  way(d.table, w.table);
  way(d.domain, w.domain);
}
template <class Way>
void pass(Way& way, Field& d, fb::FieldT& w) {
  way(d.id, w.id);
  way(d.role, w.role);
  way(d.category, w.category);
  way(d.redaction, w.redaction);
  way(d.in_theme, w.in_theme);
  way(d.text, w.text);
  way(d.forms, w.forms);
  way(d.identifier, w.identifier);
}
template <class Way>
void pass(Way& way, ShapeField& d, fb::ShapeFieldT& w) {
  way(d.field, w.field);
  way(d.size, w.size);
}
template <class Way>
void pass(Way& way, Shape& d, fb::ShapeT& w) {
  way(d.id, w.id);
  way(d.kinds, w.kinds);
  way(d.themes, w.themes);
  way(d.fields, w.fields);
}
template <class Way>
void pass(Way& way, Grondslag& d, fb::GrondslagT& w) {
  way(d.id, w.id);
  way(d.citation, w.citation);
  way(d.giving, w.giving);
  way(d.receiving, w.receiving);
  way(d.state, w.state);
  way(d.period, w.period);
  way(d.purposes, w.purposes);
  way(d.categories, w.categories);
  way(d.needs_agreement, w.needs_agreement);
  way(d.replaced_by, w.replaced_by);
  way(d.note, w.note);
  way(d.review, w.review);
}
template <class Way>
void pass(Way& way, Party& d, fb::PartyT& w) {
  way(d.who, w.who);
  way(d.signed_on, w.signed_on);
}
template <class Way>
void pass(Way& way, Agreement& d, fb::AgreementT& w) {
  way(d.id, w.id);
  way(d.sort, w.sort);
  way(d.binds, w.binds);
  way(d.text, w.text);
  way(d.hint, w.hint);
  way(d.period, w.period);
  way(d.parties, w.parties);
  way(d.purposes, w.purposes);
  way(d.themes, w.themes);
}
template <class Way>
void pass(Way& way, Selector& d, fb::SelectorT& w) {
  way(d.desks, w.desks);
  way(d.roles, w.roles);
  way(d.kinds, w.kinds);
  way(d.except_kinds, w.except_kinds);
  way(d.organisations, w.organisations);
  way(d.thread, w.thread);
  way(d.region, w.region);
  way(d.regions, w.regions);
  way(d.classes, w.classes);
}
template <class Way>
void pass(Way& way, Requirement& d, fb::RequirementT& w) {
  way(d.type, w.type);
  way(d.subject, w.subject);
  way(d.holds, w.holds);
}
template <class Way>
void pass(Way& way, Grant& d, fb::GrantT& w) {
  way(d.field, w.field);
  way(d.forms, w.forms);
}
template <class Way>
void pass(Way& way, Deadlines& d, fb::DeadlinesT& w) {
  way(d.pick_up, w.pick_up);
  way(d.triage, w.triage);
  way(d.outcome, w.outcome);
  way(d.silent, w.silent);
  way(d.working, w.working);
}
template <class Way>
void pass(Way& way, Hours& d, fb::HoursT& w) {
  way(d.opens, w.opens);
  way(d.closes, w.closes);
  way(d.days, w.days);
}
template <class Way>
void pass(Way& way, Holiday& d, fb::HolidayT& w) {
  way(d.day, w.day);
  way(d.name, w.name);
}
template <class Way>
void pass(Way& way, Roster& d, fb::RosterT& w) {
  way(d.desk, w.desk);
  way(d.duty, w.duty);
  way(d.away, w.away);
}
template <class Way>
void pass(Way& way, Calendar& d, fb::CalendarT& w) {
  way(d.hours, w.hours);
  way(d.holidays, w.holidays);
  way(d.rosters, w.rosters);
}
template <class Way>
void pass(Way& way, Rule& d, fb::RuleT& w) {
  way(d.id, w.id);
  way(d.kinds, w.kinds);
  way(d.modes, w.modes);
  way(d.weights, w.weights);
  way(d.ages, w.ages);
  way(d.from, w.from);
  way(d.to, w.to);
  way(d.themes, w.themes);
  way(d.purpose, w.purpose);
  way(d.giving, w.giving);
  way(d.receiving, w.receiving);
  way(d.exceptions, w.exceptions);
  way(d.agreements, w.agreements);
  way(d.labels, w.labels);
  way(d.requirements, w.requirements);
  way(d.grants, w.grants);
  way(d.min_cell, w.min_cell);
  way(d.period, w.period);
  way(d.deadlines, w.deadlines);
  way(d.chain, w.chain);
  way(d.retention_days, w.retention_days);
  way(d.text, w.text);
  way(d.urgent, w.urgent);
  way(d.standby, w.standby);
}
template <class Way>
void pass(Way& way, Never::Unless& d, fb::UnlessT& w) {
  way(d.statements, w.statements);
  way(d.agreements, w.agreements);
  way(d.bases, w.bases);
  way(d.status_of, w.status_of);
}
template <class Way>
void pass(Way& way, Never& d, fb::NeverT& w) {
  way(d.id, w.id);
  way(d.check, w.check);
  way(d.gate, w.gate);
  way(d.text, w.text);
  way(d.from, w.from);
  way(d.to, w.to);
  way(d.themes, w.themes);
  way(d.labels, w.labels);
  way(d.fields, w.fields);
  way(d.roles, w.roles);
  way(d.categories, w.categories);
  way(d.unless, w.unless);
  way(d.modes, w.modes);
}
template <class Way>
void pass(Way& way, Policy& d, fb::PolicyT& w) {
  way(d.id, w.id);
  way(d.version, w.version);
  way(d.kinds, w.kinds);
  way(d.regions, w.regions);
  way(d.themes, w.themes);
  way(d.subjects, w.subjects);
  way(d.categories, w.categories);
  way(d.organisations, w.organisations);
  way(d.reasons, w.reasons);
  way(d.regimes, w.regimes);
  way(d.purposes, w.purposes);
  way(d.statements, w.statements);
  way(d.desks, w.desks);
  way(d.fields, w.fields);
  way(d.shapes, w.shapes);
  way(d.grondslagen, w.grondslagen);
  way(d.agreements, w.agreements);
  way(d.rules, w.rules);
  way(d.nevers, w.nevers);
  way(d.domains, w.domains);
  way(d.least_crowd, w.least_crowd);
  way(d.calendar, w.calendar);
  way(d.least_cell, w.least_cell);
  way(d.overview, w.overview);
}

Result<Policy> decode(ByteView raw) {
  return wire::decode_table<fb::Policy>(raw, fb::PolicyIdentifier(), max_bytes, Policy{});
}

Bytes encode(const Policy& policy) { return wire::encode_table<fb::Policy>(policy, fb::PolicyIdentifier()); }

}  // namespace seinhuis::bundle
