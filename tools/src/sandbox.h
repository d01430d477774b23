#pragma once

#include <filesystem>

#include "seinhuis/base/instant.h"
#include "seinhuis/base/random.h"
#include "seinhuis/client/client.h"

// A whole network on one machine, to try and to test: every desk of a policy, one broker, a clock that can be
// moved.
namespace seinhuis::tools {

enum class WithNotary { no, yes };

// `day` is where its clock starts, at noon UTC.
Result<Done> create_sandbox(const std::filesystem::path& folder, const std::filesystem::path& policies,
                            Day day, Random& random, const client::Progress& tell = {},
                            WithNotary notary = WithNotary::no);
enum class RunningBroker { ask, leave };  // for its log head and key cards

// Moves the clock, signs a timestamp with every desk's key cards, and waits until a running broker serves it.
Result<Done> advance_sandbox(const std::filesystem::path& folder, std::chrono::minutes by, Random& random,
                             RunningBroker broker = RunningBroker::ask);

}  // namespace seinhuis::tools
