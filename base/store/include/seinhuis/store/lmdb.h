#pragma once

#include <filesystem>
#include <memory>

#include "seinhuis/store/store.h"
#include "seinhuis/store/vault.h"

namespace seinhuis::store {

// Opens (creating it, 0700) the LMDB environment in `folder`; records are sealed by the vault in
// `folder`/keys. `map_bytes` bounds what it may grow to. One per process and folder; never on a network disk.
// Fails with io, full, or what Vault::open says. `random` outlives the store.
Result<std::unique_ptr<Store>> open_lmdb(const std::filesystem::path& folder, std::size_t map_bytes,
                                         Random& random);

}  // namespace seinhuis::store
