#pragma once

#include <cstdint>

namespace seinhuis::simulation {

// Before anything else is done with libsodium: what it draws can be made to come again.
void make_sodium_seedable();

// While it lives, all that libsodium draws on this thread (keys, salts, nonces) comes of the seed.
class SeededSodium {
 public:
  explicit SeededSodium(std::uint64_t seed);
  ~SeededSodium();
  SeededSodium(const SeededSodium&) = delete;
  SeededSodium& operator=(const SeededSodium&) = delete;
};

}  // namespace seinhuis::simulation
