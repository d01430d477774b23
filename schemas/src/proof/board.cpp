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

Bytes continuation_message(const Hash& network, const Hash& h0, const Hash& manifest) {
  return Packer().label("continue").raw(network.bytes()).raw(h0.bytes()).raw(manifest.bytes()).take();
}

bool continues(const SignerKey& key, ByteView signature, const Hash& network, const Hash& h0,
               const Hash& manifest) {
  const auto seen = Signature::parse(signature);
  return seen && verifies(key, *seen, continuation_message(network, h0, manifest));
}

}  // namespace seinhuis::proof
