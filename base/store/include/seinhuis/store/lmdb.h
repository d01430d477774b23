#pragma once

#include <filesystem>
#include <memory>

#include "seinhuis/store/store.h"
#include "seinhuis/store/vault.h"

namespace seinhuis::store {

// What is in a store and how; a version opens what is older, and nothing that is newer. 1: until 2026-11, 2:
// large records are split (lmdb_transaction.h), 3: messages are found by h0 and day (broker/src/h0_index.h).
constexpr std::uint32_t store_format = 3;

// Opens (creating it, 0700) the LMDB environment in `folder`; records are sealed by the vault in
// `folder`/keys. `map_bytes` bounds what it may grow to. One per process and folder; never on a network disk.
// Fails with io, full, unsupported for a newer format, or what Vault::open says. `random` outlives the store.
Result<std::unique_ptr<Store>> open_lmdb(const std::filesystem::path& folder, std::size_t map_bytes,
                                         Random& random);

// The same with the keys in a file elsewhere: a copy of a store is kept apart from its keys.
Result<std::unique_ptr<Store>> open_lmdb(const std::filesystem::path& folder,
                                         const std::filesystem::path& keys, std::size_t map_bytes,
                                         Random& random);

// Copies the database of a store, which may be in use, as it stands at one moment, to `to`/data.mdb; durable
// when this returns. Without free pages, and without keys. Fails with absent when there is no store, conflict
// when there is a copy already, full or io.
Result<Done> copy_lmdb(const std::filesystem::path& folder, const std::filesystem::path& to);

}  // namespace seinhuis::store
