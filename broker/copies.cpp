#include "copies.h"

#include <algorithm>

#include "seinhuis/base/file_clock.h"
#include "seinhuis/base/files.h"
#include "seinhuis/base/secret.h"
#include "seinhuis/broker/restored.h"
#include "seinhuis/proof/metadata_folder.h"
#include "seinhuis/store/lmdb.h"

namespace seinhuis::broker {
namespace {

using std::filesystem::path;

constexpr std::size_t max_secret_file = 1U << 20U;

Result<Done> copy_secret(const path& from, const path& to) {
  auto content = read_private_file(from, max_secret_file);
  if (!content) return content.error();
  auto written = write_new_file(to, *content, Readers::owner);
  wipe(*content);
  return written;
}

Result<Done> copy_secrets(const path& from, const path& to) {
  if (auto made = make_folder(to, Readers::owner); !made) return made;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(from, failed)) {
    if (!entry.is_regular_file()) continue;
    if (auto copied = copy_secret(entry.path(), to / entry.path().filename()); !copied) return copied;
  }
  return failed ? Result<Done>(Error{Errc::io, from.string() + ": " + failed.message()}) : Done{};
}

std::size_t map_bytes(const DaemonConfig& config) { return config.map_megabytes << 20U; }

// Or the same.
bool is_within(const path& inner, const path& outer) {
  const path whole = std::filesystem::weakly_canonical(inner);
  const path start = std::filesystem::weakly_canonical(outer);
  return std::ranges::mismatch(start, whole).in1 == start.end();
}

// A copy that cannot be put back leaves none of its keys behind.
void take_away(const path& staged) {
  std::error_code ignored;
  if (std::filesystem::exists(staged / "keys", ignored))
    (void)write_over(staged / "keys", {}, Readers::owner);
  std::filesystem::remove_all(staged, ignored);
}

Result<Copied> examined(store::Store& store) {
  const auto records = store.check();
  if (!records) return records.error();
  const auto leaves = log_size(store);
  if (!leaves) return leaves.error();
  return Copied{*records, *leaves, {}};
}

// Copies into `staged`, marks the copy as one and reads it back.
Result<Copied> stage(const DaemonConfig& config, const CopyPlaces& from, const path& staged,
                     const metadata::Directory& directory) {
  if (auto copied = store::copy_lmdb(from.store, staged); !copied) return copied.error();
  if (auto copied = copy_secret(from.keys / "keys", staged / "keys"); !copied) return copied.error();
  SystemRandom random;
  const auto store = store::open_lmdb(staged, map_bytes(config), random);
  if (!store) return store.error();
  const auto mark = mark_restored(**store, directory);
  if (!mark) return mark.error();
  auto whole = examined(**store);
  if (whole) whole->until = mark->until;
  return whole;
}

}  // namespace

Result<Copied> make_copy(const DaemonConfig& config, const CopyPlaces& to) {
  if (is_within(to.store, to.keys) || is_within(to.keys, to.store))
    return Error{Errc::refused,
                 "a copy and its keys do not lie in one folder: what is erased is gone when the keys are"};
  if (!std::filesystem::exists(config.store / "data.mdb"))
    return Error{Errc::absent, config.store.string() + " holds no store"};
  if (std::filesystem::exists(to.keys / "keys"))
    return Error{Errc::conflict, (to.keys / "keys").string() + " is there already"};
  const auto clock = clock_from(config.clock);
  if (!clock) return clock.error();
  const Instant now = (*clock)();
  SystemRandom random;
  {
    const auto store = store::open_lmdb(config.store, map_bytes(config), random);
    if (!store) return store.error();
    const auto leaves = log_size(**store);
    if (!leaves) return leaves.error();
    if (*leaves == 0) return Error{Errc::absent, "the log is empty still: there is nothing to go on from"};
    if (auto noted = note_copy(**store, now); !noted) return noted.error();
  }
  if (auto copied = store::copy_lmdb(config.store, to.store); !copied) return copied.error();
  if (auto made = make_folder(to.keys, Readers::owner); !made) return made.error();
  // After the copy: the key of every record in it is there.
  if (auto copied = copy_secret(config.store / "keys", to.keys / "keys"); !copied) return copied.error();
  if (config.evaluator) {
    if (auto copied = copy_secrets(*config.evaluator, to.keys / "evaluator"); !copied) return copied.error();
  }
  const auto copy = store::open_lmdb(to.store, to.keys / "keys", map_bytes(config), random);
  if (!copy) return copy.error();
  auto seen = examined(**copy);
  if (!seen) return seen.error();
  std::filesystem::remove(to.store / "lock.mdb");
  seen->until = now;
  return seen;
}

Result<Copied> put_back(const DaemonConfig& config, const CopyPlaces& from) {
  if (std::filesystem::exists(config.store))
    return Error{Errc::conflict,
                 config.store.string() +
                     " is there; move it away and keep it: it may show what the copy does not hold"};
  const auto files = proof::read_metadata(config.metadata);
  if (!files) return files.error();
  const auto network = proof::verify_as_signed(*files);
  if (!network) return network.error();
  const metadata::Directory& directory = network->directories.back().directory;
  // What is interrupted leaves no half store under its name.
  const path staged = config.store.string() + ".put-back";
  take_away(staged);
  auto seen = stage(config, from, staged, directory);
  if (!seen) {
    take_away(staged);
    return seen;
  }
  if (config.evaluator && !std::filesystem::exists(*config.evaluator)) {
    if (auto copied = copy_secrets(from.keys / "evaluator", *config.evaluator); !copied)
      return copied.error();
  }
  std::filesystem::rename(staged, config.store);
  if (auto durable = make_durable(config.store); !durable) return durable.error();
  return seen;
}

}  // namespace seinhuis::broker
