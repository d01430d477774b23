#pragma once

#include <vector>

#include "seinhuis/base/fixed_id.h"

// The feedback board: what a melder who is not named reads (schemas/PROTOCOL.md, "Board").
namespace seinhuis::proof {

// H32(L"cells" || u8 n || parts): what a desk's outcome says of the parts of its answer.
Hash parts_hash(const std::vector<Bytes>& parts);
// H32(L"cellkey" || key): what the prologue says of the key that the broker is given.
Hash cell_key_hash(ByteView key);

}  // namespace seinhuis::proof
