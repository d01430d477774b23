#include "seinhuis/base/file_clock.h"

#include <memory>
#include <mutex>

#include "seinhuis/base/files.h"

namespace seinhuis {
namespace {

Result<Instant> read_time(const std::filesystem::path& file) {
  const auto content = read_file(file, 64);
  if (!content) return content.error();
  std::string text(text_of(*content));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  auto at = parse_utc(text);
  if (!at) return Error{Errc::malformed, file.string() + ": " + at.error().detail};
  return at;
}

struct Shared {
  std::filesystem::path file;
  std::mutex mutex;
  Instant at;
  std::chrono::steady_clock::time_point read;
};

}  // namespace

Result<Clock> file_clock(const std::filesystem::path& file) {
  const auto first = read_time(file);
  if (!first) return first.error();
  auto shared = std::make_shared<Shared>();  // a Clock is copied into every thread that asks the time
  shared->file = file;
  shared->at = *first;
  shared->read = std::chrono::steady_clock::now();
  return Clock([shared] {
    const std::scoped_lock lock(shared->mutex);
    const auto now = std::chrono::steady_clock::now();
    if (now - shared->read > std::chrono::milliseconds(100)) {
      shared->read = now;
      if (const auto again = read_time(shared->file)) shared->at = *again;
    }
    return shared->at;
  });
}

Result<Clock> clock_from(const std::optional<std::filesystem::path>& file) {
  if (file) return file_clock(*file);
  return Clock(system_now);
}

}  // namespace seinhuis
