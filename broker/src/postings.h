#pragma once

#include "seinhuis/broker/ledger.h"

namespace seinhuis::broker {

// An answer of `desk` to a melder who is not named: its outcome is signed, about a message it received, says
// why it closes, and is of these parts. Whether it is new is for the ledger.
std::variant<Post, Refusal> judge_posting(const World& world, std::string_view desk, Posting posting,
                                          const Known& known, Day today);

// Closing needs a reason, and a reason is one of the policy (WGS art. 1.7 lid 4).
bool says_why(const policy::Policy& policy, const OutcomeStatement& outcome);

}  // namespace seinhuis::broker
