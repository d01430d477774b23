#pragma once

#include "seinhuis/base/packed.h"
#include "seinhuis/policy/draft.h"

namespace seinhuis::client {

// A draft as a desk keeps it until what it needs is there. Statements are not kept, nor is what it is about.
Bytes pack_draft(const policy::Draft& draft);
// Fails with io when it cannot be read.
Result<policy::Draft> unpack_draft(ByteView raw);

}  // namespace seinhuis::client
