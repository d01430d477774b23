#pragma once

#include "simulation/stage.h"

namespace seinhuis::simulation {

// Sends one message until it hears what became of it.
class Melder {
 public:
  enum class Kind : std::uint8_t { named, urgent };
  Melder(Stage& stage, Kind kind, std::chrono::milliseconds patience);
  // Makes the message and begins.
  void begin();
  // Sends another message with a token that is spent: it must not be let in.
  void cheat();
  bool heard() const { return heard_; }

 private:
  void redeem();
  void send();

  Stage& stage_;
  Kind kind_;
  std::chrono::milliseconds patience_;  // between two attempts
  Instant until_{};
  broker::Admitted message_;
  TokenNonce token_ = TokenNonce::zero();
  bool may_send_ = false;
  bool heard_ = false;
};

}  // namespace seinhuis::simulation
