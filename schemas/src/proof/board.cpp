#include "seinhuis/proof/board.h"

#include "seinhuis/base/packed.h"
#include "seinhuis/proof/hash.h"

namespace seinhuis::proof {

Hash cell_key_hash(ByteView key) { return h32(Packer().label("cellkey").raw(key).bytes()); }

}  // namespace seinhuis::proof
