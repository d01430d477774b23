#pragma once

#include <algorithm>

#include "seinhuis/base/packed.h"
#include "seinhuis/base/random.h"
#include "seinhuis/proof/hash.h"

namespace seinhuis::tools {

// Bytes that follow from a name: for vectors only, never for a key that protects anything.
class VectorRandom final : public Random {
 public:
  explicit VectorRandom(std::string_view name) : seed_(proof::h32(view(name))) {}
  void fill(std::span<std::byte> out) override {
    for (std::byte& byte : out) {
      if (used_ % Hash::size == 0) block_ = proof::h32(Packer().raw(seed_.bytes()).number(used_).bytes());
      byte = block_.bytes()[used_++ % Hash::size];
    }
  }

 private:
  Hash seed_;
  Hash block_ = Hash::zero();
  std::uint64_t used_ = 0;
};

// For vectors only: a secret that anybody can compute.
template <class Key>
Key key_from(std::string_view name) {
  const Hash hash = proof::h32(view(name));
  return Key::filled([&](std::span<std::byte> out) { std::ranges::copy(hash.bytes(), out.begin()); });
}

}  // namespace seinhuis::tools
