#pragma once

#include "seinhuis/broker/ledger.h"

namespace seinhuis::broker {

// An answer of `desk` to a melder who is not named: its outcome is signed, about a message it received, says
// why it closes, and is of these parts. Whether it is new is for the ledger.
std::variant<Post, Refusal> judge_posting(const World& world, std::string_view desk, Posting posting,
                                          const Known& known, Day today);

// That the holder of the words of a message says that an answer to it cannot be read. Which answer, and
// whether it said so before, is for the ledger.
std::variant<Reopen, Refusal> judge_unreadable(const World& world, const Unreadable& said,
                                               const Known& known);

// Closing needs a reason, and a reason is one of the policy (WGS art. 1.7 lid 4).
bool says_why(const policy::Policy& policy, const OutcomeStatement& outcome);

}  // namespace seinhuis::broker
