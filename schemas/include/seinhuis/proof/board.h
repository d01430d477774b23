#pragma once

#include "seinhuis/base/fixed_id.h"

// The feedback board: what a melder who is not named reads (schemas/PROTOCOL.md, "Board").
namespace seinhuis::proof {

// H32(L"cellkey" || key): what the prologue says of the key that the broker is given.
Hash cell_key_hash(ByteView key);

}  // namespace seinhuis::proof
