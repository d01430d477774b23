#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "seinhuis/policy/policy.h"
#include "seinhuis/proof/trust.h"

namespace seinhuis::broker {

// The network as signed, with its policies compiled. Immutable once made.
struct World {
  proof::Network network;
  std::map<std::uint32_t, policy::PolicyRef> policies;  // by version
  proof::Files files;                                   // as they are handed out

  // The compiled policy of that version; nullptr when it is unknown here.
  const policy::Policy* policy(const Version& version) const;
  // The newest timestamp vouches for this moment. A clock that is behind all signed time, or ahead of it by
  // so much that nobody has signed for it, makes nothing pass that does not come back.
  bool vouches_for(Instant now) const;
};
using WorldRef = std::shared_ptr<const World>;

// Verifies and compiles. Fails as proof::verify_network and policy::Policy::compile do.
Result<WorldRef> make_world(proof::Files files, const proof::Floor& floor, Instant now);

// The world of the moment, replaced when new metadata arrives. Any thread.
class CurrentWorld {
 public:
  explicit CurrentWorld(WorldRef world) : world_(std::move(world)) {}
  WorldRef get() const {
    const std::scoped_lock lock(mutex_);
    return world_;
  }
  void set(WorldRef world) {
    const std::scoped_lock lock(mutex_);
    world_ = std::move(world);
  }

 private:
  mutable std::mutex mutex_;
  WorldRef world_;
};

// The clock, and never a time before the newest timestamp: what was signed has been. One that is set back
// does not bring days again that are over. `world` outlives it.
Clock believed(const CurrentWorld& world, Clock clock);

}  // namespace seinhuis::broker
