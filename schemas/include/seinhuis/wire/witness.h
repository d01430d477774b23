#pragma once

#include "seinhuis/wire/record.h"

namespace seinhuis {

// What the notary says of the broker's log. L"witness" || network || time || signed head || u8 n || n *
// signed head || signature.
struct Witness {
  Hash network = Hash::zero();
  Instant at{};     // when it looked
  SignedHead head;  // the newest that extends all it saw before
  // A head that the broker signed and could not join to that one: it keeps two histories. At most one.
  std::vector<SignedHead> fork;
  Signature signature = Signature::zero();
  friend bool operator==(const Witness&, const Witness&) = default;
};
Bytes unsigned_bytes(const Witness& witness);
Bytes encode(const Witness& witness);
Result<Witness> decode_witness(ByteView raw);

}  // namespace seinhuis
