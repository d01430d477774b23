#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "seinhuis/base/result.h"

namespace seinhuis::broker {

// What a daemon is in the network.
enum class Office : std::uint8_t { broker, notary };

// broker.yaml or notary.yaml, with its paths made absolute against the folder it stands in.
struct DaemonConfig {
  Office office = Office::broker;
  std::filesystem::path metadata;
  std::filesystem::path store;
  std::filesystem::path transport_key;
  std::filesystem::path signing_key;               // log-key of a broker, identity-key of a notary
  std::optional<std::filesystem::path> clock;      // sandboxes only
  std::optional<std::filesystem::path> evaluator;  // folder of the seeds; without, nothing is evaluated here
  std::optional<std::filesystem::path> issuer;     // folder of the seeds; without, no tokens come from here
  std::string broker;            // of a notary: where the broker is; empty: the directory says
  std::string listen;            // empty: the endpoint of the directory
  std::string listen_anonymous;  // the same
  std::size_t map_megabytes = 4096;
  std::uint32_t submissions_per_desk_and_day = 5000;
};

// Fails with malformed: "file:line:column: text" with a suggestion for misspelt words.
Result<DaemonConfig> read_config(const std::filesystem::path& file, Office office = Office::broker);

}  // namespace seinhuis::broker
