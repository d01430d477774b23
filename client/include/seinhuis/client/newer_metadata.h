#pragma once

#include "seinhuis/client/link.h"
#include "seinhuis/proof/trust.h"

namespace seinhuis::client {

// Files of the network as the broker has them, beside those that are here; nothing of it is verified yet.
// Equal to `files` when the timestamp is the same. Fails with unreachable or busy, and malformed when what
// comes cannot be read. `root` is the version that is trusted here.
Result<proof::Files> newer_metadata(const proof::Files& files, std::uint32_t root,
                                    const std::function<Result<Reply>(Request)>& ask);

}  // namespace seinhuis::client
