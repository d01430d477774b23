#pragma once

#include "refusal.h"

namespace seinhuis::broker {

// Whether a message may come over the connection of `desk`: its own, or with a token over one that names
// nobody. The mode in the message decides which, and nothing makes one into the other.
std::optional<Refusal> judge_sender(const World& world, std::string_view desk, const Admitted& made,
                                    Day today);

}  // namespace seinhuis::broker
