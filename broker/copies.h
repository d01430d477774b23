#pragma once

#include "daemon_config.h"
#include "seinhuis/base/instant.h"

// Copies of a broker's store. The keys of its records lie apart from it, so that what is erased is gone from
// every copy whose keys are gone (broker/DESIGN.md, "Forgetting").
namespace seinhuis::broker {

struct CopyPlaces {
  std::filesystem::path store;  // data.mdb
  std::filesystem::path keys;   // keys of the records, and what evaluates pseudonyms
};
struct Copied {
  std::uint64_t records = 0;
  std::uint64_t leaves = 0;  // of the log
  Instant until{};           // when the copy was made
};

// Copies the store as it stands, also while a broker serves it, and reads the copy back, every record. Fails
// with conflict when there is a copy already, refused when both places are one.
Result<Copied> make_copy(const DaemonConfig& config, const CopyPlaces& to);
// Puts the copy where the store was. Fails with conflict when a store is there: it is evidence of what is
// lost.
Result<Copied> put_back(const DaemonConfig& config, const CopyPlaces& from);

}  // namespace seinhuis::broker
