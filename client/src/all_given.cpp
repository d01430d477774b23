#include "all_given.h"

#include "seinhuis/policy/explain.h"
#include "seinhuis/policy/message.h"

namespace seinhuis::client {

Result<Done> all_given(const policy::Policy& policy, const policy::Facts& facts, const policy::Row& row,
                       const policy::Draft& message) {
  for (const auto& [name, texts] : message.fields) {
    const policy::Cell* cell = policy::cell_of(row, policy.field(name));
    if (cell != nullptr && cell->state == policy::CellState::given) continue;
    const auto why = cell == nullptr ? policy::explain(policy, facts, row, policy::Language::nl)
                                     : policy::explain(policy, facts, row, *cell, policy::Language::nl);
    const bool held = cell != nullptr && cell->state == policy::CellState::held;
    return Error{Errc::refused, name + (held ? " is held (" : " is not given (") +
                                    std::string(to_string(cell == nullptr ? row.gate : cell->gate)) + ", " +
                                    why.why + "); nothing was sent" +
                                    (held ? "; leave it out, or have it --redacted" : "")};
  }
  return Done{};
}

}  // namespace seinhuis::client
