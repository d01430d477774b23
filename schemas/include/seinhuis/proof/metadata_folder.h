#pragma once

#include <filesystem>

#include "seinhuis/proof/trust.h"

namespace seinhuis::proof {

// The files of a metadata folder: N.root, N.directory, N.policy, N.snapshot, timestamp, cards; others are
// left alone.
Result<Files> read_metadata(const std::filesystem::path& folder);
// Writes what is new or changed; `timestamp` last, so that a reader never sees it before what it binds.
Result<Done> write_metadata(const std::filesystem::path& folder, const Files& files);

}  // namespace seinhuis::proof
