#pragma once

#include "seinhuis/base/fixed_id.h"
#include "seinhuis/base/secret.h"

namespace seinhuis::proof {

// BLAKE2b with 32 bytes of output (RFC 7693).
Hash h32(ByteView message);
// The same over a row of parts, without copying them together.
Hash h32(std::initializer_list<ByteView> parts);
// Keyed: for values that only the key's holder can compute.
Hash h32_keyed(std::initializer_list<ByteView> parts, ByteView key);
// Keyed, 64 bytes, for splitting into a key and a commitment. `out` is the caller's to wipe.
void h64_keyed(std::initializer_list<ByteView> parts, ByteView key, std::span<std::byte, 64> out);
// Keyed, 32 bytes, written where a secret lives.
void h32_secret(std::initializer_list<ByteView> parts, ByteView key, std::span<std::byte, 32> out);

}  // namespace seinhuis::proof
