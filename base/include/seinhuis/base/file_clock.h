#pragma once

#include <filesystem>
#include <optional>

#include "seinhuis/base/instant.h"

namespace seinhuis {

// A clock that reads one UTC time from a file, again at most every 100 ms: the clock of a sandbox. Any
// thread. Fails with absent or malformed when the file cannot be read now; later failures keep the last time
// read.
Result<Clock> file_clock(const std::filesystem::path& file);
// The system's clock, or that of the file where one is named.
Result<Clock> clock_from(const std::optional<std::filesystem::path>& file);

}  // namespace seinhuis
