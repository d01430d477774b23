#pragma once

#include "simulation/stage.h"

// What Seinhuis promises, as it can be checked at any moment against what really happened.
namespace seinhuis::simulation {

// The first promise that is broken in the broker's store; empty when all hold. `kept`: the moment by which
// all that was due has passed, if nothing came since.
std::string broken_in(const store::Store& store, const Truth& truth, std::optional<Instant> kept);
std::string broken_now(const Stage& stage);
// The same of what must be true once the network is well again and everybody has had the time to ask.
std::string broken_at_end(const Stage& stage);

}  // namespace seinhuis::simulation
