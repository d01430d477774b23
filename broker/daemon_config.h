#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "seinhuis/base/result.h"

namespace seinhuis::broker {

// broker.yaml, with its paths made absolute against the folder it stands in.
struct DaemonConfig {
  std::filesystem::path metadata;
  std::filesystem::path store;
  std::filesystem::path transport_key;
  std::filesystem::path log_key;
  std::optional<std::filesystem::path> clock;      // sandboxes only
  std::optional<std::filesystem::path> evaluator;  // folder of the seeds; without, nothing is evaluated here
  std::string listen;                              // empty: the endpoint of the directory
  std::size_t map_megabytes = 4096;
  std::uint32_t submissions_per_desk_and_day = 5000;
};

// Fails with malformed: "file:line:column: text" with a suggestion for misspelt words.
Result<DaemonConfig> read_config(const std::filesystem::path& file);

}  // namespace seinhuis::broker
