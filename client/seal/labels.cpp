#include "labels.h"

#include <sodium.h>

#include "seinhuis/proof/hash.h"
#include "seinhuis/wire/envelope.h"

namespace seinhuis::seal {
namespace {

constexpr std::array<unsigned char, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES> zero_nonce{};

Bytes place(std::string_view label, const Hash& h0, std::initializer_list<std::uint16_t> numbers) {
  Packer out;
  out.label(label).raw(h0.bytes());
  for (const std::uint16_t number : numbers) out.number(number);
  return out.take();
}

}  // namespace

FieldSplit split_of(const FieldKey& key, const Hash& h0, std::uint16_t entry) {
  const Bytes label = place("fsplit", h0, {entry});
  return FieldSplit::filled(
      [&](std::span<std::byte, 64> out) { proof::h64_keyed({label}, key.reveal(), out); });
}

Bytes field_place(const Hash& h0, std::uint16_t entry) { return place("field", h0, {entry}); }
Bytes wrap_place(const Hash& h0, std::uint16_t slot, std::uint16_t entry) {
  return place("wrap", h0, {slot, entry});
}
Bytes note_place(const Hash& h0, std::uint16_t slot) { return place("note", h0, {slot}); }
Bytes hpke_info(const Hash& h0, const Hash& leaf) {
  return Packer().label("hpke").raw(h0.bytes()).raw(leaf.bytes()).take();
}
Bytes kek_context(std::uint16_t entry) { return Packer().label("kek").number(entry).take(); }
Bytes note_context() { return Packer().label("note").take(); }

Bytes encrypt(ByteView key, ByteView place, ByteView clear) {
  Bytes box(clear.size() + tag_size);
  crypto_aead_xchacha20poly1305_ietf_encrypt(octets(std::span(box)), nullptr, octets(clear), clear.size(),
                                             octets(place), place.size(), nullptr, zero_nonce.data(),
                                             octets(key));
  return box;
}

bool decrypt(ByteView key, ByteView place, ByteView box, std::span<std::byte> clear) {
  return box.size() >= tag_size && clear.size() == box.size() - tag_size &&
         crypto_aead_xchacha20poly1305_ietf_decrypt(octets(clear), nullptr, nullptr, octets(box), box.size(),
                                                    octets(place), place.size(), zero_nonce.data(),
                                                    octets(key)) == 0;
}

}  // namespace seinhuis::seal
