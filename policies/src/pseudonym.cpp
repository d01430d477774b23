#include "seinhuis/policy/pseudonym.h"

#include <algorithm>
#include <set>

#include "compiler.h"
#include "match.h"
#include "seinhuis/policy/message.h"

namespace seinhuis::policy {
namespace {

using How = bundle::Form::How;

constexpr std::uint32_t exact_bit = 1;  // forms[0]

// The form of that sort and domain of a field, as a bit; 0 without one.
std::uint32_t form_bit(const bundle::Field& field, How how, std::string_view domain) {
  for (std::size_t n = 0; n < field.forms.size(); ++n) {
    if (field.forms[n].how == how && field.forms[n].domain == domain) return 1U << n;
  }
  return 0;
}

const bundle::Domain* find_domain(const bundle::Policy& source, std::string_view id) {
  const auto found = std::ranges::find(source.domains, id, &bundle::Domain::id);
  return found == source.domains.end() ? nullptr : &*found;
}

bool grants_pseudonym(const bundle::Policy& source, const RuleFacts& rule, std::string_view domain,
                      IdentifierType type) {
  for (std::size_t field = 0; field < rule.forms.size() && field < source.fields.size(); ++field) {
    if (source.fields[field].identifier == type &&
        (rule.forms[field] & form_bit(source.fields[field], How::pseudonym, domain)) != 0)
      return true;
  }
  return false;
}

}  // namespace

void Compiler::take(const bundle::Domain& domain) {
  const std::string where = "domain " + domain.id;
  (void)need(made_.organisations_, domain.organisation, where);
  (void)need(made_.purposes_, domain.purpose, where);
  if (domain.quota == 0) wrong(where + " lets nobody evaluate anything");
}

void Compiler::take_pseudonyms(const bundle::Field& field) {
  const std::string where = "field " + field.id;
  PseudonymForms forms;
  for (std::size_t n = 0; n < field.forms.size(); ++n) {
    const bundle::Form& form = field.forms[n];
    const bool pseudonym = form.how == How::pseudonym;
    if (!pseudonym && form.how != How::opening) continue;
    (void)need(made_.domains_, form.domain, where);
    if (field.identifier == IdentifierType::none)
      wrong(where + " has a pseudonym and is no identifier of any type");
    (pseudonym ? forms.pseudonyms : forms.openings) |= 1U << n;
    const How other = pseudonym ? How::opening : How::pseudonym;
    if (form_bit(field, other, form.domain) == 0)
      wrong(where + " has a pseudonym without an opening, or the reverse");
  }
  made_.pseudonym_forms_.push_back(forms);
}

// A rule that grants a pseudonym gives it to the domain's organisation, for the domain's purpose, without the
// exact value, from others than that organisation, and only of what somebody gets exactly. Where nobody is
// named tokens keep that organisation out (may_have_evaluation_tokens).
void Compiler::check_pseudonyms(const bundle::Rule& rule, const RuleFacts& facts) {
  const bool named = (facts.modes & bit_of(Mode::identified)) != 0;
  for (std::size_t field = 0; field < facts.forms.size(); ++field) {
    const PseudonymForms& forms = made_.pseudonym_forms_[field];
    const std::string where = "rule " + rule.id + ": " + source_.fields[field].id + ": ";
    if ((facts.forms[field] & forms.openings) != 0)
      wrong(where + "an opening is not granted; it follows from the exact value");
    for (std::size_t n = 0; n < source_.fields[field].forms.size(); ++n) {
      if ((facts.forms[field] & forms.pseudonyms & 1U << n) == 0) continue;
      const bundle::Domain& domain = *find_domain(source_, source_.fields[field].forms[n].domain);
      for (std::size_t desk = 0; desk < source_.desks.size(); ++desk) {
        const bool own = organisation_of(source_.desks[desk].name) == domain.organisation;
        if (facts.to.desks.test(desk) && !own)
          wrong(where + source_.desks[desk].name + " is not of the organisation of domain " + domain.id);
        if (facts.from.test(desk) && own && named)
          wrong(where + source_.desks[desk].name + " receives in domain " + domain.id +
                "; it could look anybody up if it also made pseudonyms there");
      }
      if (rule.purpose != domain.purpose)
        wrong(where + "the purpose of domain " + domain.id + " is " + domain.purpose);
      if ((facts.forms[field] & exact_bit) != 0)
        wrong(where + "a pseudonym beside the exact value hides nothing");
      if (!checked_somewhere(facts, field))
        wrong(where + "nobody gets the exact value of what " + domain.id +
              " gets a pseudonym of, so nobody " + "could check it");
    }
  }
}

// Some rule that can hold for the same message gives the exact value.
bool Compiler::checked_somewhere(const RuleFacts& rule, std::size_t field) const {
  return std::ranges::any_of(made_.rules_, [&](const RuleFacts& other) {
    return (other.forms[field] & exact_bit) != 0 && (other.kinds & rule.kinds) != 0 &&
           (other.modes & rule.modes) != 0 && (other.weights & rule.weights) != 0 &&
           (other.ages & rule.ages) != 0 && (other.themes & rule.themes) != 0 &&
           (other.from & rule.from).any();
  });
}

// Who has the exact value may check the pseudonym that another gets of it.
void imply_openings(const Policy& policy, Row& row) {
  for (Cell& cell : row.cells) {
    if (cell.state == CellState::given && (cell.forms & exact_bit) != 0)
      cell.forms |= policy.pseudonym_forms(cell.field).openings;
  }
}

// Over the whole plan: no opening of what nobody gets a pseudonym of, no pseudonym of what nobody gets
// exactly.
void pair_pseudonyms(const Policy& policy, Plan& plan) {
  if (policy.source().domains.empty()) return;
  std::vector<std::uint32_t> given(policy.source().fields.size());
  for (const Row& row : plan.rows) {
    if (row.outcome != Outcome::deliver) continue;
    for (const Cell& cell : row.cells) {
      if (cell.state == CellState::given) given[cell.field] |= cell.forms;
    }
  }
  for (Row& row : plan.rows) {
    bool changed = false;
    for (Cell& cell : row.cells) {
      const auto& forms = policy.source().fields[cell.field].forms;
      for (std::size_t n = 0; n < forms.size() && cell.state == CellState::given; ++n) {
        const std::uint32_t bit = 1U << n;
        const bool lonely = forms[n].how == How::pseudonym
                                ? (given[cell.field] & exact_bit) == 0
                                : forms[n].how == How::opening &&
                                      (given[cell.field] & form_bit(policy.source().fields[cell.field],
                                                                    How::pseudonym, forms[n].domain)) == 0;
        if (lonely && (cell.forms & bit) != 0) {
          cell.forms &= ~bit;
          changed = true;
        }
      }
      if (cell.state == CellState::given && cell.forms == 0) {
        cell.state = CellState::withheld;
        cell.gate = Gate::minimisation;
      }
    }
    if (changed) conclude(row);
  }
}

bool may_evaluate(const Policy& policy, Index desk, std::string_view domain, IdentifierType type) {
  const bundle::Policy& source = policy.source();
  const bundle::Domain* found = find_domain(source, domain);
  if (desk == none || found == nullptr || organisation_of(source.desks[desk].name) == found->organisation)
    return false;
  return std::ranges::any_of(policy.rules(), [&](const RuleFacts& rule) {
    return rule.from.test(desk) && grants_pseudonym(source, rule, domain, type);
  });
}

bool may_evaluate_unnamed(const Policy& policy, std::string_view domain, IdentifierType type) {
  return std::ranges::any_of(policy.rules(), [&](const RuleFacts& rule) {
    return (rule.modes & ~bit_of(Mode::identified)) != 0 &&
           grants_pseudonym(policy.source(), rule, domain, type);
  });
}

std::vector<Evaluated> evaluated_unnamed(const Policy& policy) {
  const bundle::Policy& source = policy.source();
  std::set<std::pair<std::string, IdentifierType>> pairs;
  for (const bundle::Field& field : source.fields) {
    for (const bundle::Form& form : field.forms) {
      if (form.how == How::pseudonym && may_evaluate_unnamed(policy, form.domain, field.identifier))
        pairs.emplace(form.domain, field.identifier);
    }
  }
  std::vector<Evaluated> all;
  for (const auto& [domain, type] : pairs) {
    std::size_t most = 0;
    for (std::size_t shape = 0; shape < source.shapes.size(); ++shape)
      most = std::max(most, fields_in(policy, static_cast<Index>(shape), domain, type).size());
    all.push_back({domain, type, most});
  }
  return all;
}

bool may_have_evaluation_tokens(const Policy& policy, Index desk) {
  if (desk == none) return false;
  const bundle::Policy& source = policy.source();
  const std::string_view own = organisation_of(source.desks[desk].name);
  return std::ranges::none_of(source.domains,
                              [&](const bundle::Domain& domain) { return domain.organisation == own; });
}

std::vector<Index> fields_in(const Policy& policy, Index shape, std::string_view domain,
                             IdentifierType type) {
  std::vector<Index> fields;
  for (const Index field : policy.shape_fields(shape)) {
    const bundle::Field& seen = policy.source().fields[field];
    if (seen.identifier == type && form_bit(seen, How::pseudonym, domain) != 0) fields.push_back(field);
  }
  return fields;
}

const bundle::Form* form_of(const Policy& policy, const Entry& entry) {
  const Index field = policy.field(entry.field);
  if (field == none) return nullptr;
  const auto& forms = policy.source().fields[field].forms;
  const auto found = std::ranges::find(forms, entry.form, &bundle::Form::id);
  return found == forms.end() ? nullptr : &*found;
}

bool checks(const Policy& policy, const std::vector<Entry>& slot, std::string_view field,
            std::string_view domain) {
  bool exact = false;
  bool pseudonym = false;
  bool opening = false;
  for (const Entry& entry : slot) {
    const bundle::Form* form = entry.field == field ? form_of(policy, entry) : nullptr;
    if (form == nullptr) continue;
    exact = exact || form->how == How::exact;
    pseudonym = pseudonym || (form->how == How::pseudonym && form->domain == domain);
    opening = opening || (form->how == How::opening && form->domain == domain);
  }
  return exact && pseudonym && opening;
}

}  // namespace seinhuis::policy
