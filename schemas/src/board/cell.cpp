#include "seinhuis/board/cell.h"

#include <sodium.h>

#include "seinhuis/base/check.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/wire/envelope.h"

namespace seinhuis::board {
namespace {

constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
static_assert(nonce_size + cell_text + tag_size == cell_size);

Bytes place(Day day) { return Packer().label("cell").day(day).take(); }

}  // namespace

Bytes seal_cell(ByteView key, Day day, ByteView nonce, ByteView text) {
  require(key.size() == 32 && nonce.size() == nonce_size && text.size() == cell_text, "a cell has one size");
  Bytes cell = copy(nonce);
  cell.resize(cell_size);
  const Bytes where = place(day);
  crypto_aead_xchacha20poly1305_ietf_encrypt(octets(std::span(cell)) + nonce_size, nullptr, octets(text),
                                             text.size(), octets(ByteView(where)), where.size(), nullptr,
                                             octets(nonce), octets(key));
  return cell;
}

Hash cell_subkey(ByteView key, ByteView nonce) {
  require(key.size() == 32 && nonce.size() == nonce_size, "a cell has a key and a nonce");
  return Hash::filled([&](std::span<std::byte> out) {
    crypto_core_hchacha20(octets(out), octets(nonce), octets(key), nullptr);
  });
}

std::optional<Bytes> open_with_subkey(const Hash& subkey, Day day, ByteView cell) {
  if (cell.size() != cell_size) return std::nullopt;
  Bytes text(cell_text);
  Bytes nonce(crypto_aead_chacha20poly1305_ietf_NPUBBYTES - 8);  // zeros, and the nonce's last eight bytes
  append(nonce, cell.subspan(16, 8));
  const Bytes where = place(day);
  const ByteView sealed = cell.subspan(nonce_size);
  if (crypto_aead_chacha20poly1305_ietf_decrypt(octets(std::span(text)), nullptr, nullptr, octets(sealed),
                                                sealed.size(), octets(ByteView(where)), where.size(),
                                                octets(ByteView(nonce)), octets(subkey.bytes())) != 0)
    return std::nullopt;
  return text;
}

std::optional<Bytes> open_cell(ByteView key, Day day, ByteView cell) {
  if (key.size() != 32 || cell.size() != cell_size) return std::nullopt;
  Bytes text(cell_text);
  const Bytes where = place(day);
  const ByteView sealed = cell.subspan(nonce_size);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(octets(std::span(text)), nullptr, nullptr, octets(sealed),
                                                 sealed.size(), octets(ByteView(where)), where.size(),
                                                 octets(cell), octets(key)) != 0)
    return std::nullopt;
  return text;
}

}  // namespace seinhuis::board
