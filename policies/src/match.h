#pragma once

#include <algorithm>

#include "seinhuis/policy/plan.h"

// The parts of a decision, each a pure question.
namespace seinhuis::policy {

constexpr std::uint16_t bit_of(auto word) {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(word));
}

inline bool has(const bundle::Texts& list, std::string_view id) {
  return std::ranges::find(list, id) != list.end();
}

// The axes other than desk, purpose and person: kind, giver, weight, mode, labels.
bool fits(const RuleFacts& rule, const Facts& facts);
// `desk` is one that the selector means, for these facts.
bool selects(const Policy& policy, const SelectorFacts& selector, const Facts& facts, Index desk);

// Both bases in force on the day and for the purpose, and the rule itself.
bool basis_holds(const Policy& policy, Index rule, Day day);
bool grondslag_holds(const Policy& policy, Index basis, Day day);
// In force on the day, for this purpose and theme, and signed by those it must bind.
bool agreement_holds(const Policy& policy, Index agreement, const Facts& facts, Index desk, Index purpose);
// The data categories that the bases and exceptions of a rule cover on the day.
Mask covered(const Policy& policy, const RuleFacts& rule, Day day);
bool statement_holds(const Policy& policy, const RequirementFacts& wanted, const Facts& facts, Index desk,
                     Index purpose);
bool redacted(const Policy& policy, const Facts& facts, Index desk);
// The never-rule (one that nothing lifts goes first) that takes forms of `field` away from `desk` under
// `rule` (none: under no rule).
struct Taken {
  Index never = none;
  std::uint32_t forms = 0;
};
Taken taken_away(const Policy& policy, const Facts& facts, Index desk, Index rule, Index field);
// A never-rule that meets these facts at `desk` whatever the field; none if there is none.
Index never_at(const Policy& policy, const Facts& facts, Index desk);

// Outcome, gate and rule of a row follow from its cells.
void conclude(Row& row);

// policies/src/pseudonym.cpp
void imply_openings(const Policy& policy, Row& row);
void pair_pseudonyms(const Policy& policy, Plan& plan);

}  // namespace seinhuis::policy
