#include "planned.h"

#include <algorithm>

namespace seinhuis::broker {

Refusal refused_row(const policy::Policy& policy, const policy::Facts& facts, const policy::Row& row) {
  const auto said = policy::explain(policy, facts, row, policy::Language::nl);
  return {Code::refused, policy.source().desks[row.desk].name + ": " + said.why, said.rule, row.gate};
}

Refusal refused_cell(const policy::Policy& policy, const policy::Facts& facts, const policy::Row& row,
                     const Entry& entry) {
  const policy::Cell* cell = policy::cell_of(row, policy.field(entry.field));
  const std::string what =
      policy.source().desks[row.desk].name + ", " + entry.field + " (" + entry.form + "): ";
  if (cell == nullptr) {
    const auto said = policy::explain(policy, facts, row, policy::Language::nl);
    return {Code::refused, what + said.why, said.rule, row.gate};
  }
  const auto said = policy::explain(policy, facts, row, *cell, policy::Language::nl);
  return {Code::refused, what + said.why, said.rule,
          cell->gate == Gate::none ? Gate::minimisation : cell->gate};
}

std::vector<std::string> chain_of(const policy::Policy& policy, const ObligedDesk& obliged,
                                  const std::vector<Slot>& slots) {
  std::vector<std::string> chain;
  const auto& rules = policy.source().rules;
  const auto rule = std::ranges::find(rules, obliged.rule, &bundle::Rule::id);
  for (const std::string& role : rule->chain) {
    for (const Slot& slot : slots) {
      const policy::Index desk = policy.desk(slot.desk);
      const bool of_role = desk != policy::none && policy.source().desks[desk].role == role;
      if (of_role && slot.desk != obliged.desk) chain.push_back(slot.desk);
    }
  }
  return chain;
}

}  // namespace seinhuis::broker
