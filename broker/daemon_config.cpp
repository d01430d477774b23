#include "daemon_config.h"

#include "seinhuis/base/files.h"
#include "seinhuis/yaml/yaml.h"

namespace seinhuis::broker {

Result<DaemonConfig> read_config(const std::filesystem::path& file, Office office) {
  const auto content = read_file(file, 65536);
  if (!content) return content.error();
  const auto root = yaml::parse(text_of(*content), file.string());
  if (!root) return root.error();
  yaml::Report report;
  const bool notary = office == Office::notary;
  const std::string signing_key = notary ? "identity-key" : "log-key";
  std::vector<std::string> optional{"clock",  "evaluator",        "issuer",
                                    "listen", "listen-anonymous", "map-megabytes"};
  optional.emplace_back(notary ? "broker" : "submissions-per-desk-and-day");
  const yaml::Fields in(*root, report, {"metadata", "store", "transport-key", signing_key}, optional);
  const auto folder = std::filesystem::weakly_canonical(file).parent_path();
  DaemonConfig config;
  config.office = office;
  config.metadata = folder / in.text("metadata");
  config.store = folder / in.text("store");
  config.transport_key = folder / in.text("transport-key");
  config.signing_key = folder / in.text(signing_key);
  config.broker = in.text("broker");
  if (in.get("clock") != nullptr) config.clock = folder / in.text("clock");
  if (in.get("evaluator") != nullptr) config.evaluator = folder / in.text("evaluator");
  if (in.get("issuer") != nullptr) config.issuer = folder / in.text("issuer");
  config.listen = in.text("listen");
  config.listen_anonymous = in.text("listen-anonymous");
  config.map_megabytes = in.number("map-megabytes", 4096, 1'000'000);
  config.submissions_per_desk_and_day = in.number("submissions-per-desk-and-day", 5000, 1'000'000'000);
  if (!report.ok()) return Error{Errc::malformed, report.text()};
  return config;
}

}  // namespace seinhuis::broker
