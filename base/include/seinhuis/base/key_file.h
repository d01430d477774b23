#pragma once

#include <algorithm>

#include "seinhuis/base/files.h"
#include "seinhuis/base/random.h"
#include "seinhuis/base/secret.h"

// Secrets of a fixed size, each in a file of its own (0600).
namespace seinhuis {

// Fails with absent, io, refused when others may read it, or malformed when it is not that size.
template <class Key>
Result<Key> read_key(const std::filesystem::path& file) {
  constexpr std::size_t limit = 1024;
  auto raw = read_private_file(file, limit);
  if (!raw) return raw.error();
  if (raw->size() != Key::size) return Error{Errc::malformed, file.string() + " is not a key"};
  auto key = Key::filled([&](std::span<std::byte> out) { std::ranges::copy(*raw, out.begin()); });
  wipe(*raw);
  return key;
}

// Drawn the first time, read again afterwards, also when another process was first. Fails as read_key does,
// and with io or full.
template <class Key>
Result<Key> read_or_draw_key(const std::filesystem::path& file, Random& random) {
  const auto drawn = Key::filled([&](std::span<std::byte> out) { random.fill(out); });
  const auto saved = write_new_file(file, drawn.reveal(), Readers::owner);
  if (!saved && saved.error().code != Errc::conflict) return saved.error();
  return read_key<Key>(file);
}

}  // namespace seinhuis
