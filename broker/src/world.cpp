#include "seinhuis/broker/world.h"

namespace seinhuis::broker {

const policy::Policy* World::policy(const Version& version) const {
  const auto found = policies.find(version.number);
  return found == policies.end() || network.policy_named(version) == nullptr ? nullptr : found->second.get();
}

bool World::vouches_for(Instant now) const {
  return network.timestamp.signed_at <= now && now <= network.timestamp.expires_at;
}

Result<WorldRef> make_world(proof::Files files, const proof::Floor& floor, Instant now) {
  auto network = proof::verify_network(files, floor, now);
  if (!network) return network.error();
  auto world = std::make_shared<World>();
  for (const proof::PolicyVersion& version : network->policies) {
    auto compiled = policy::Policy::compile(version.bundle);
    if (!compiled)
      return Error{compiled.error().code,
                   "policy " + std::to_string(version.version.number) + ": " + compiled.error().detail};
    world->policies.emplace(version.version.number, *std::move(compiled));
  }
  world->network = *std::move(network);
  world->files = std::move(files);
  return WorldRef(std::move(world));
}

Clock believed(const CurrentWorld& world, Clock clock) {
  return [&world, clock = std::move(clock)] {
    return std::max(clock(), world.get()->network.timestamp.signed_at);
  };
}

}  // namespace seinhuis::broker
