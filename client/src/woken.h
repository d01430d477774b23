#pragma once

#include "seinhuis/client/accept.h"
#include "seinhuis/wire/obligation.h"

namespace seinhuis::client {

// Whether a slot that slept may be opened by `desk`: the log proves, or promises where nobody is named, that
// the chain has come to it, from a desk that could owe it; `too_soon` when no rule of `made`, the policy of
// the message, has a deadline that early.
enum class Woken : std::uint8_t { no, too_soon, rightly };
// Of the log that shows it, where the message names who sent it.
std::optional<SignedHead> head_of_waking(const Delivery& delivery);
Woken judge_waking(const Delivery& delivery, const Prologue& prologue, const Hash& h0,
                   const Knowledge& knowledge, const policy::Policy& made);

// For the melder: which desks of the chain were not asked, and why; empty when none.
std::string passed_over(const Escalation& escalation);

}  // namespace seinhuis::client
