#pragma once

#include <catch2/catch.hpp>

#include "folder.h"
#include "seinhuis/base/bytes.h"
#include "seinhuis/base/random.h"
#include "seinhuis/base/result.h"

namespace seinhuis::test {

// The value, or a failed test that says why.
template <class T>
T must(Result<T> result) {
  if (!result) FAIL(to_string(result.error().code) << ": " << result.error().detail);
  return *std::move(result);
}

// Bytes that look random and come back the same for the same seed.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed * 2 + 1) {}
  void fill(std::span<std::byte> out) override {
    for (std::byte& b : out) {
      state_ = state_ * 6364136223846793005U + 1442695040888963407U;
      b = static_cast<std::byte>(state_ >> 56U);
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace seinhuis::test
