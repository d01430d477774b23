#include "seinhuis/proof/board.h"

#include "seinhuis/base/packed.h"
#include "seinhuis/proof/hash.h"

namespace seinhuis::proof {

Hash parts_hash(const std::vector<Bytes>& parts) {
  Packer out;
  out.label("cells").number(static_cast<std::uint8_t>(parts.size()));
  for (const Bytes& part : parts) out.raw(part);
  return h32(out.bytes());
}

Hash cell_key_hash(ByteView key) { return h32(Packer().label("cellkey").raw(key).bytes()); }

}  // namespace seinhuis::proof
