#pragma once

#include <filesystem>
#include <map>
#include <vector>

#include "seinhuis/base/instant.h"
#include "seinhuis/base/result.h"
#include "seinhuis/wire/vocabulary.h"

// What is remembered between two rounds of canary signals (`canary.json` in the desk's folder, 0600).
namespace seinhuis::tools {

// Of the canaries of a mode; `partner`: those that the other desk sends by name.
struct Canaries {
  Instant answered{};  // when the newest was sent that was answered; of the partner's: that came
  bool late = false;
};

// One that names nobody; its words lead to an answer about nobody.
struct UnnamedCanary {
  Mode mode = Mode::confidential;
  Day day{0};
  std::string words;
};

struct CanaryState {
  Instant started{};                         // of the first round
  std::map<std::string, Canaries> canaries;  // by mode, or "partner"
  std::vector<UnnamedCanary> unnamed;        // not answered yet, the oldest first
  Mode last_mode = Mode::anonymous;          // of the last that named nobody
  Day last_day{0};
  Day read{0};  // when the board was read last
};

// Empty when there is no file. Fails with malformed, or refused when others may read it.
Result<CanaryState> read_canaries(const std::filesystem::path& folder);
Result<Done> write_canaries(const std::filesystem::path& folder, const CanaryState& state);

// Marks what is late at `now`: by name after twice `every`, without a name after `unnamed_late`. A mode
// counts from the first round on when nothing of it was answered yet.
constexpr auto unnamed_late = std::chrono::hours(24 * 6);
void judge_canaries(CanaryState& state, std::chrono::minutes every, Instant now);

// Prometheus text format: moments, not ages, so that an alarm on their age also rings when nobody writes them
// any more.
std::string canary_metrics(const CanaryState& state, Instant now);

}  // namespace seinhuis::tools
