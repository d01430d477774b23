#pragma once

#include "log_store.h"

// The quiet log: records of messages that name nobody. In the other one a head tells when each came; here
// they are appended together when the day is over, in the order of their leaves, and promised until then.
namespace seinhuis::broker {

// Stands for the index of a leaf that waits.
constexpr std::uint64_t held_leaf = ~std::uint64_t{0};

Result<Done> hold_leaf(store::Writer& writer, LeafKind kind, const Hash& salt, ByteView record,
                       store::Shelf shelf, Day day);
// Everything of days before `today`.
Result<Done> append_held(store::Writer& writer, LogWriter& quiet, Day today);
// Where a leaf stands; nothing while it waits.
Result<std::optional<std::uint64_t>> quiet_index(const store::Reader& reader, const Hash& leaf);

}  // namespace seinhuis::broker
