#include "seinhuis/proof/metadata_folder.h"

#include <algorithm>

#include "seinhuis/base/files.h"

namespace seinhuis::proof {
namespace {

bool is_metadata(const std::string& name) {
  if (name == "timestamp" || name == "cards") return true;
  const auto dot = name.find('.');
  const std::string kind = dot == std::string::npos ? "" : name.substr(dot);
  const bool numbered = dot > 0 && dot < 10 &&
                        std::ranges::all_of(name.substr(0, dot), [](char c) { return c >= '0' && c <= '9'; });
  return numbered && (kind == ".root" || kind == ".directory" || kind == ".policy" || kind == ".snapshot");
}

}  // namespace

Result<Files> read_metadata(const std::filesystem::path& folder) {
  Files files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().string();
    if (!is_metadata(name)) continue;
    auto content = read_file(entry.path(), metadata::max_bytes);
    if (!content) return content.error();
    files.emplace(name, *std::move(content));
  }
  if (failed) return Error{Errc::absent, "no metadata folder " + folder.string()};
  return files;
}

Result<Done> write_metadata(const std::filesystem::path& folder, const Files& files) {
  if (auto made = make_folder(folder, Readers::everybody); !made) return made;
  const auto write = [&](const std::string& name, const Bytes& content) -> Result<Done> {
    const auto old = read_file(folder / name, metadata::max_bytes);
    if (old && *old == content) return Done{};
    return write_file(folder / name, content, Readers::everybody);
  };
  for (const auto& [name, content] : files) {
    if (name == "timestamp") continue;
    if (auto done = write(name, content); !done) return done;
  }
  const auto timestamp = files.find("timestamp");
  return timestamp == files.end() ? Result<Done>(Done{}) : write("timestamp", timestamp->second);
}

}  // namespace seinhuis::proof
