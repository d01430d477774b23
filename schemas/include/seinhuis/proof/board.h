#pragma once

#include <vector>

#include "seinhuis/proof/sign.h"

// The feedback board: what a melder who is not named reads (schemas/PROTOCOL.md, "Board").
namespace seinhuis::proof {

// H32(L"cells" || u8 n || parts): what a desk's outcome says of the parts of its answer.
Hash parts_hash(const std::vector<Bytes>& parts);
// H32(L"cellkey" || key): what the prologue says of the key that the broker is given.
Hash cell_key_hash(ByteView key);
// L"continue" || network || h0 || manifest: signed with the key of the words for each message under their
// reply address, so that nobody who sees the address can put a message of their own there.
Bytes continuation_message(const Hash& network, const Hash& h0, const Hash& manifest);
// Whether `signature`, as it came, is of the holder of the words.
bool continues(const SignerKey& key, ByteView signature, const Hash& network, const Hash& h0,
               const Hash& manifest);

}  // namespace seinhuis::proof
