#pragma once

#include <optional>

#include "seinhuis/proof/trust.h"
#include "seinhuis/store/store.h"

// A store that was put back from a copy. It may not go on as if nothing had happened: another log than this
// one has heads that it does not know, and tokens were spent that it does not remember.
namespace seinhuis::broker {

struct RestoredMark {
  Instant until{};                 // when the copy was made
  std::vector<PointBytes> tokens;  // keys of the issuer, of before; those that count no more
};

// Notes in the store that it is copied now, so that the copy knows.
Result<Done> note_copy(store::Store& store, Instant now);
// Marks it as restored: forgets which tokens were issued and spent, for none of them counts any more. Fails
// with malformed when no copy was noted in it.
Result<RestoredMark> mark_restored(store::Store& store, const metadata::Directory& directory);
// Nothing when it was not, or went on since.
Result<std::optional<RestoredMark>> restored_mark(const store::Reader& reader);
Result<Done> clear_restored_mark(store::Writer& writer);
// Leaves of the log in a store.
Result<std::uint64_t> log_size(const store::Store& store);
// Fails with refused, and says what the administrators must do, until the directory names a new log and other
// token keys.
Result<Done> check_continued(const store::Store& store, const metadata::Directory& directory);

}  // namespace seinhuis::broker
