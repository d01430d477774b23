#pragma once

#include <chrono>

#include "seinhuis/base/random.h"

namespace seinhuis::simulation {

// All that is random in a history: the same seed, the same history (splitmix64).
class Chance final : public Random {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  void fill(std::span<std::byte> out) override {
    for (std::size_t n = 0; n < out.size(); n += sizeof(std::uint64_t)) {
      const std::uint64_t drawn = next();
      const std::size_t size = std::min(sizeof drawn, out.size() - n);
      std::ranges::copy(std::as_bytes(std::span(&drawn, 1)).first(size), out.subspan(n).begin());
    }
  }
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  // 0 <= n < `end`.
  std::size_t below(std::size_t end) { return next() % end; }
  bool percent(std::size_t of) { return below(100) < of; }
  // Up to `longest`.
  std::chrono::milliseconds within(std::chrono::milliseconds longest) {
    return std::chrono::milliseconds(next() % static_cast<std::uint64_t>(longest.count() + 1));
  }

 private:
  std::uint64_t state_;
};

}  // namespace seinhuis::simulation
