#include "progress.h"

#include <unistd.h>

#include <chrono>
#include <iostream>

namespace seinhuis::tools {

client::Progress progress(const std::string& what) {
  if (::isatty(STDERR_FILENO) != 1) return {};
  using Clock = std::chrono::steady_clock;
  return [what, told = Clock::time_point{}](std::uint64_t done, std::uint64_t all) mutable {
    constexpr auto between = std::chrono::milliseconds(100);
    const bool over = done >= all;
    if (!over && Clock::now() - told < between) return;
    told = Clock::now();
    std::cerr << "\r\x1b[K";
    if (!over) std::cerr << what << ": " << done << " of " << all;
    std::cerr << std::flush;
  };
}

}  // namespace seinhuis::tools
