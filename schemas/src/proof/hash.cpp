#include "seinhuis/proof/hash.h"

#include <sodium.h>

namespace seinhuis::proof {
namespace {

void blake2b(std::initializer_list<ByteView> parts, ByteView key, std::span<std::byte> out) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, key.empty() ? nullptr : octets(key), key.size(), out.size());
  for (const ByteView part : parts) crypto_generichash_update(&state, octets(part), part.size());
  crypto_generichash_final(&state, octets(out), out.size());
  sodium_memzero(&state, sizeof state);
}

}  // namespace

Hash h32(ByteView message) { return h32({message}); }

Hash h32(std::initializer_list<ByteView> parts) {
  return Hash::filled([&](std::span<std::byte> out) { blake2b(parts, {}, out); });
}

Hash h32_keyed(std::initializer_list<ByteView> parts, ByteView key) {
  return Hash::filled([&](std::span<std::byte> out) { blake2b(parts, key, out); });
}

void h64_keyed(std::initializer_list<ByteView> parts, ByteView key, std::span<std::byte, 64> out) {
  blake2b(parts, key, out);
}

void h32_secret(std::initializer_list<ByteView> parts, ByteView key, std::span<std::byte, 32> out) {
  blake2b(parts, key, out);
}

}  // namespace seinhuis::proof
