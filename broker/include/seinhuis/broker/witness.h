#pragma once

#include <mutex>

#include "seinhuis/base/bytes.h"

namespace seinhuis::broker {

// What the notary says of the broker's log at the moment (wire/witness.h); empty before its first look. Any
// thread.
class LatestWitness {
 public:
  Bytes get() const {
    const std::scoped_lock lock(mutex_);
    return witness_;
  }
  void set(Bytes witness) {
    const std::scoped_lock lock(mutex_);
    witness_ = std::move(witness);
  }

 private:
  mutable std::mutex mutex_;
  Bytes witness_;
};

}  // namespace seinhuis::broker
