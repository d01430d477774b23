#pragma once

#include "seinhuis/base/packed.h"
#include "seinhuis/base/secret.h"

// The keys and associated data of the envelope: sealing and opening derive them in one place.
namespace seinhuis::seal {

class FieldKey final : public Secret<FieldKey, 32> {
  friend Secret;
  FieldKey() = default;
};
// ek || commitment
class FieldSplit final : public Secret<FieldSplit, 64> {
  friend Secret;
  FieldSplit() = default;
};

FieldSplit split_of(const FieldKey& key, const Hash& h0, std::uint16_t entry);

Bytes field_place(const Hash& h0, std::uint16_t entry);
Bytes wrap_place(const Hash& h0, std::uint16_t slot, std::uint16_t entry);
Bytes note_place(const Hash& h0, std::uint16_t slot);
Bytes hpke_info(const Hash& h0, const Hash& recipient_leaf);
Bytes kek_context(std::uint16_t entry);
Bytes note_context();

// XChaCha20-Poly1305 under a key that is used once: the nonce is zero.
Bytes encrypt(ByteView key, ByteView place, ByteView clear);
// False for altered or moved bytes; `clear` is box.size() - 16 bytes.
bool decrypt(ByteView key, ByteView place, ByteView box, std::span<std::byte> clear);

}  // namespace seinhuis::seal
