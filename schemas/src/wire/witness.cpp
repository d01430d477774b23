#include "seinhuis/wire/witness.h"

#include "fixed.h"

namespace seinhuis {
namespace {

using namespace wire;

constexpr std::size_t max_head = 1024;

SignedHead unpack_head(Unpacker& in) {
  const auto head = decode_head(in.sized(max_head));
  if (!head) in.fail();
  return head ? *head : SignedHead{};
}

}  // namespace

Bytes unsigned_bytes(const Witness& witness) {
  Packer out;
  out.label("witness")
      .raw(witness.network.bytes())
      .number(milliseconds(witness.at))
      .sized(encode(witness.head));
  out.number(static_cast<std::uint8_t>(witness.fork.size()));
  for (const SignedHead& head : witness.fork) out.sized(encode(head));
  return out.take();
}

Bytes encode(const Witness& witness) {
  return Packer().raw(unsigned_bytes(witness)).raw(witness.signature.bytes()).take();
}

Result<Witness> decode_witness(ByteView raw) {
  Unpacker in(raw);
  Witness witness;
  in.label("witness");
  witness.network = in.id<Hash>();
  witness.at = unpack_instant(in);
  witness.head = unpack_head(in);
  const auto forks = in.number<std::uint8_t>();
  if (forks > 1) in.fail();
  for (std::uint8_t n = 0; n < forks && !in.failed(); ++n) witness.fork.push_back(unpack_head(in));
  witness.signature = in.id<Signature>();
  return whole(in, std::move(witness));
}

}  // namespace seinhuis
