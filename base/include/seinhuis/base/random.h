#pragma once

#include "seinhuis/base/bytes.h"

namespace seinhuis {

// The one seam for randomness. Production draws from the system; tests replay.
class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  virtual ~Random() = default;

  virtual void fill(std::span<std::byte> out) = 0;

  template <class Id>
  Id draw() {
    return Id::filled([this](std::span<std::byte> out) { fill(out); });
  }
};

// libsodium's generator; any thread.
class SystemRandom final : public Random {
 public:
  SystemRandom();
  void fill(std::span<std::byte> out) override;
};

}  // namespace seinhuis
