#include "seinhuis/policy/draft.h"

#include <algorithm>

#include "seinhuis/policy/role_class.h"

namespace seinhuis::policy {
namespace {

Error unknown(const std::string& what, const std::string& word) {
  return {Errc::malformed, "unknown " + what + " '" + word + "'"};
}

Result<DeskSet> desks_of(const Policy& policy, const bundle::Texts& names) {
  DeskSet set;
  for (const std::string& name : names) {
    const Index desk = policy.desk(name);
    if (desk == none) return unknown("desk", name);
    set.set(desk);
  }
  return set;
}

Result<Mask> purposes_of(const Policy& policy, const bundle::Texts& names) {
  Mask set = 0;
  for (const std::string& name : names) {
    const Index purpose = policy.purpose(name);
    if (purpose == none) return unknown("purpose", name);
    set |= Mask{1} << purpose;
  }
  return set;
}

// Who gives: a desk, or all that is known is that it is one of a class; then it has the labels that all of
// them have.
Result<Done> take_giver(const Policy& policy, const Draft& draft, Facts& facts) {
  facts.mode = draft.mode;
  const Index desk = policy.desk(draft.from);
  if (desk == none && !(draft.from.empty() && draft.mode != Mode::identified))
    return unknown("desk", draft.from);
  if (draft.mode == Mode::identified) {
    facts.from = desk;
    facts.givers.set(desk);
    facts.labels = policy.desks()[desk].labels;
    return Done{};
  }
  facts.self = desk;
  if (draft.mode == Mode::confidential)
    facts.giver_class =
        draft.role_class.empty() && desk != none ? role_class(policy, desk) : draft.role_class;
  facts.givers = desks_of_class(policy, facts.giver_class);
  if (facts.givers.none()) return unknown("role class", facts.giver_class);
  facts.labels = everything;
  for (std::size_t n = 0; n < policy.desks().size(); ++n) {
    if (facts.givers.test(n)) facts.labels &= policy.desks()[n].labels;
  }
  return Done{};
}

Result<StatementFacts> statement_of(const Policy& policy, const StatementDraft& draft) {
  StatementFacts facts;
  facts.type = policy.statement(draft.type);
  if (facts.type == none) return unknown("statement", draft.type);
  if (!draft.subject.empty()) {
    facts.subject = policy.subject(draft.subject);
    if (facts.subject == none) return unknown("subject", draft.subject);
  }
  const auto to = desks_of(policy, draft.to);
  if (!to) return to.error();
  const auto purposes = purposes_of(policy, draft.purposes);
  if (!purposes) return purposes.error();
  facts.to = *to;
  facts.purposes = *purposes;
  facts.period = draft.period;
  return facts;
}

// Whole years from birth to `day`.
int age_on(Day birth, Day day) {
  using namespace std::chrono;
  const year_month_day born{sys_days(days(birth.days()))};
  const year_month_day seen{sys_days(days(day.days()))};
  const int years = int(seen.year()) - int(born.year());
  const bool before_birthday =
      seen.month() < born.month() || (seen.month() == born.month() && seen.day() < born.day());
  return before_birthday ? years - 1 : years;
}

// The week that the Thursday of the same week is in (ISO 8601): 2026-W48.
std::string iso_week(Day day) {
  using namespace std::chrono;
  const sys_days date{days(day.days())};
  const sys_days thursday = date + days(4) - days(weekday(date).iso_encoding());
  const year_month_day seen{thursday};
  const auto week = (thursday - sys_days(seen.year() / January / 1)).count() / 7 + 1;
  return std::to_string(int(seen.year())) + (week < 10 ? "-W0" : "-W") + std::to_string(week);
}

std::string coarsen_one(const bundle::Form& form, const std::string& exact, const Draft& draft, Day created) {
  using How = bundle::Form::How;
  const auto birth = Day::parse(exact);
  switch (form.how) {
    case How::exact: return exact;
    case How::constant: return form.otherwise;
    case How::table: {
      const auto row = std::ranges::find(form.table, exact, &bundle::Pair::value);
      return row == form.table.end() ? form.otherwise : row->becomes;
    }
    case How::age_band: {
      if (!birth) return std::string(to_string(draft.age));
      const int age = age_on(*birth, created);
      return std::string(to_string(age < 12   ? AgeBand::under_12
                                   : age < 18 ? AgeBand::from_12_to_17
                                              : AgeBand::adult));
    }
    case How::adult: return birth && age_on(*birth, created) >= 18 ? "18+" : birth ? "<18" : "onbekend";
    case How::region: return draft.region;
    case How::week: return birth ? iso_week(*birth) : std::string();
    case How::count: return form.otherwise;
    case How::pseudonym:
    case How::opening: break;  // made by the evaluators, not of the value alone
  }
  return {};
}

}  // namespace

Result<Facts> facts_of(const Policy& policy, const Draft& draft, Day day) {
  Facts facts;
  facts.day = day;
  facts.kind = draft.kind;
  facts.weight = draft.weight;
  facts.urgent = draft.urgent;
  facts.age = draft.age;
  if (auto given = take_giver(policy, draft, facts); !given) return given.error();
  facts.theme = policy.theme(draft.theme);
  if (facts.theme == none) return unknown("theme", draft.theme);
  facts.region = policy.region(draft.region);
  if (facts.region == none) return unknown("region", draft.region);
  if (draft.purposes.empty() || draft.purposes.size() > 4)
    return Error{Errc::malformed, "a message has 1 to 4 purposes"};
  const auto purposes = purposes_of(policy, draft.purposes);
  if (!purposes) return purposes.error();
  facts.purposes = *purposes;
  const auto to = desks_of(policy, draft.to);
  if (!to) return to.error();
  facts.to = *to;
  for (const std::string& label : draft.labels) {
    if (policy.label(label) == none) return unknown("label", label);
    facts.labels |= Mask{1} << policy.label(label);
  }
  for (const StatementDraft& statement : draft.statements) {
    const auto taken = statement_of(policy, statement);
    if (!taken) return taken.error();
    facts.statements.push_back(*taken);
  }
  return facts;
}

std::vector<std::string> coarsen(const bundle::Form& form, const std::vector<std::string>& exact,
                                 const Draft& draft, Day created) {
  if (form.how == bundle::Form::How::count && form.otherwise.empty()) return {std::to_string(exact.size())};
  std::vector<std::string> values;
  for (const std::string& value : exact) {
    std::string coarse = coarsen_one(form, value, draft, created);
    const bool repeated =
        form.how != bundle::Form::How::exact && std::ranges::find(values, coarse) != values.end();
    if (!repeated) values.push_back(std::move(coarse));
  }
  return values;
}

}  // namespace seinhuis::policy
