#pragma once

#include "seinhuis/broker/admission.h"

// What the policy says of the slots of a message: why not, and who is asked after whom.
namespace seinhuis::broker {

Refusal refused_row(const policy::Policy& policy, const policy::Facts& facts, const policy::Row& row);
// Of an entry that is sealed for the row's desk and not planned for it.
Refusal refused_cell(const policy::Policy& policy, const policy::Facts& facts, const policy::Row& row,
                     const Entry& entry);
// The desks to whom an obligation is escalated, of those that have a slot: by the roles of its rule's chain.
std::vector<std::string> chain_of(const policy::Policy& policy, const ObligedDesk& obliged,
                                  const std::vector<Slot>& slots);

}  // namespace seinhuis::broker
