#pragma once

#include "seinhuis/proof/trust.h"
#include "seinhuis/wire/new_log.h"
#include "seinhuis/wire/session.h"

namespace seinhuis::client {

// Where the log went on after each restore, the newest first, out of the answer to "head": the leaf, proved
// under that head, right behind the last leaf of before. Fails with absent when the log is the first of its
// network, unauthentic when it should have one and does not prove it.
Result<std::vector<NewLog>> origins_in(const Reply& reply, const proof::Network& network, Day today);

}  // namespace seinhuis::client
