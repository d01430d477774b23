#pragma once

#include "seinhuis/policy/draft.h"
#include "seinhuis/policy/plan.h"

namespace seinhuis::client {

// Every field of an answer is given to who would read it; else the first that is not, why, and what to do
// about it. Fails with refused.
Result<Done> all_given(const policy::Policy& policy, const policy::Facts& facts, const policy::Row& row,
                       const policy::Draft& message);

}  // namespace seinhuis::client
