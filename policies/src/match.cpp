#include "match.h"

namespace seinhuis::policy {
namespace {

bool all_in(const DeskSet& some, const DeskSet& set) { return some.any() && (some & ~set).none(); }

bool in(Mask set, Index member) { return member != none && (set >> member & 1U) != 0; }

bool names(const Policy& policy, const bundle::Party& party, Index desk) {
  const std::string& name = policy.source().desks[desk].name;
  return party.who == name || (name.starts_with(party.who) && name[party.who.size()] == '/');
}

bool signed_by(const Policy& policy, const bundle::Agreement& agreement, Index desk, Day day) {
  return std::ranges::any_of(agreement.parties, [&](const bundle::Party& party) {
    return party.signed_on <= day.days() && names(policy, party, desk);
  });
}

// By whoever sent it.
bool signed_by_givers(const Policy& policy, const bundle::Agreement& agreement, const Facts& facts) {
  if (facts.from != none) return signed_by(policy, agreement, facts.from, facts.day);
  for (std::size_t n = 0; n < policy.desks().size(); ++n) {
    if (facts.givers.test(n) && !signed_by(policy, agreement, static_cast<Index>(n), facts.day)) return false;
  }
  return true;
}

// `desk` is none for a melder who is not named: what is meant for it names nobody.
bool meant_for(const StatementFacts& statement, Index desk) {
  return desk == none ? statement.to.none() : statement.to.test(desk);
}

// Its `unless` is met for `desk` under `rule`.
bool excused(const Policy& policy, const NeverFacts& never, const Facts& facts, Index desk, Index rule) {
  const Index purpose = rule == none ? none : policy.rules()[rule].purpose;
  for (const Index type : never.statements) {
    if (purpose != none && statement_holds(policy, {type, none, false}, facts, desk, purpose)) return true;
  }
  for (const Index agreement : never.agreements) {
    if (agreement_holds(policy, agreement, facts, desk, purpose)) return true;
  }
  for (const Index basis : never.bases) {
    if (rule != none && (policy.rules()[rule].giving == basis || policy.rules()[rule].receiving == basis))
      return true;
  }
  return never.status_of != none && grondslag_holds(policy, never.status_of, facts.day);
}

bool meets(const Policy& policy, const NeverFacts& never, const Facts& facts, Index desk) {
  return (never.themes == 0 || in(never.themes, facts.theme)) && (never.labels & ~facts.labels) == 0 &&
         (never.modes & bit_of(facts.mode)) != 0 &&
         (all_in(facts.givers, never.from) || (facts.self != none && never.from.test(facts.self))) &&
         (desk == none || selects(policy, never.to, facts, desk));
}

}  // namespace

bool fits(const RuleFacts& rule, const Facts& facts) {
  return (rule.kinds & bit_of(facts.kind)) != 0 && (rule.weights & bit_of(facts.weight)) != 0 &&
         (rule.modes & bit_of(facts.mode)) != 0 && (rule.labels & ~facts.labels) == 0 &&
         all_in(facts.givers, rule.from);
}

bool selects(const Policy& policy, const SelectorFacts& selector, const Facts& facts, Index desk) {
  if (desk == facts.from) return false;
  using Thread = bundle::Selector::Thread;
  if (!selector.desks.test(desk)) return false;
  if (selector.thread == Thread::giver) return desk == facts.thread_giver;
  if (selector.thread == Thread::recipients) return facts.thread_recipients.test(desk);
  if (selector.thread == Thread::obliged) return facts.thread_obliged.test(desk);
  const DeskFacts& seen = policy.desks()[desk];
  switch (selector.region) {
    case bundle::Selector::Region::any: return true;
    case bundle::Selector::Region::landelijk: return seen.landelijk;
    case bundle::Selector::Region::same: return seen.landelijk || in(seen.regions, facts.region);
    case bundle::Selector::Region::listed: return (seen.regions & selector.regions) != 0;
  }
  return false;
}

bool grondslag_holds(const Policy& policy, Index basis, Day day) {
  const bundle::Grondslag& seen = policy.source().grondslagen[basis];
  return seen.state == bundle::Grondslag::State::geldend && seen.period.holds(day);
}

bool basis_holds(const Policy& policy, Index rule, Day day) {
  const RuleFacts& facts = policy.rules()[rule];
  const auto holds = [&](Index basis) {
    return grondslag_holds(policy, basis, day) && in(policy.basis_purposes(basis), facts.purpose);
  };
  return policy.source().rules[rule].period.holds(day) && holds(facts.giving) && holds(facts.receiving);
}

bool agreement_holds(const Policy& policy, Index agreement, const Facts& facts, Index desk, Index purpose) {
  const bundle::Agreement& seen = policy.source().agreements[agreement];
  const AgreementFacts& scope = policy.agreements()[agreement];
  if (!seen.period.holds(facts.day) || facts.givers.none()) return false;
  if (scope.purposes != everything && !in(scope.purposes, purpose)) return false;
  if (!in(scope.themes, facts.theme)) return false;
  const bool giver =
      seen.binds == bundle::Agreement::Binds::recipient || signed_by_givers(policy, seen, facts);
  const bool taker = seen.binds == bundle::Agreement::Binds::giver ||
                     (desk != none && signed_by(policy, seen, desk, facts.day));
  return giver && taker;
}

Mask covered(const Policy& policy, const RuleFacts& rule, Day day) {
  Mask categories = policy.basis_categories(rule.giving) & policy.basis_categories(rule.receiving);
  for (const Index exception : rule.exceptions) {
    if (grondslag_holds(policy, exception, day)) categories |= policy.basis_categories(exception);
  }
  return categories;
}

bool statement_holds(const Policy& policy, const RequirementFacts& wanted, const Facts& facts, Index desk,
                     Index purpose) {
  const bundle::StatementType& type = policy.source().statements[wanted.type];
  const auto counts = [&](const StatementFacts& statement) {
    return statement.type == wanted.type && (wanted.subject == none || statement.subject == wanted.subject) &&
           statement.period.holds(facts.day) && meant_for(statement, desk) &&
           in(statement.purposes, purpose) &&
           (type.sort != bundle::StatementType::Sort::redaction || statement.issuer == none ||
            statement.issuer == facts.from);
  };
  const auto signed_as = [&](const std::string& role) {
    return std::ranges::any_of(facts.statements, [&](const StatementFacts& statement) {
      return counts(statement) &&
             (statement.issuer == none || policy.source().desks[statement.issuer].role == role);
    });
  };
  return type.by_all ? std::ranges::all_of(type.roles, signed_as)
                     : std::ranges::any_of(type.roles, signed_as);
}

bool redacted(const Policy& policy, const Facts& facts, Index desk) {
  return std::ranges::any_of(facts.statements, [&](const StatementFacts& statement) {
    return policy.source().statements[statement.type].sort == bundle::StatementType::Sort::redaction &&
           statement.period.holds(facts.day) && meant_for(statement, desk) &&
           (statement.issuer == none || statement.issuer == facts.from);
  });
}

Taken taken_away(const Policy& policy, const Facts& facts, Index desk, Index rule, Index field) {
  Taken taken;
  for (std::size_t n = 0; n < policy.nevers().size(); ++n) {
    const NeverFacts& never = policy.nevers()[n];
    if (never.forms.empty() || never.forms[field] == 0 || !meets(policy, never, facts, desk) ||
        excused(policy, never, facts, desk, rule)) {
      continue;
    }
    const auto absolute = [&](Index number) { return policy.source().nevers[number].unless.empty(); };
    if (taken.never == none || (!absolute(taken.never) && absolute(static_cast<Index>(n))))
      taken.never = static_cast<Index>(n);
    taken.forms |= never.forms[field];
  }
  return taken;
}

Index never_at(const Policy& policy, const Facts& facts, Index desk) {
  for (std::size_t n = 0; n < policy.nevers().size(); ++n) {
    const NeverFacts& never = policy.nevers()[n];
    const bool every_field =
        !never.forms.empty() && std::ranges::none_of(never.forms, [](auto forms) { return forms == 0; });
    if (every_field && meets(policy, never, facts, desk) && !excused(policy, never, facts, desk, none)) {
      return static_cast<Index>(n);
    }
  }
  return none;
}

}  // namespace seinhuis::policy
