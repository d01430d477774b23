#pragma once

#include <filesystem>

#include "seinhuis/broker/witness.h"
#include "seinhuis/broker/world.h"
#include "seinhuis/client/link.h"
#include "seinhuis/proof/sign.h"
#include "seinhuis/store/store.h"
#include "seinhuis/wire/witness.h"

namespace seinhuis::notary {

// What the notary does of its own accord: takes the network's newer metadata from the broker, and holds the
// log against what it saw of it before. One thread.
class Watch {
 public:
  struct Parts {
    broker::CurrentWorld& world;
    store::Store& store;  // keeps the last head, over restarts
    const proof::Signer& signer;
    Clock clock;
    std::filesystem::path metadata;  // where newer files are written once they verify
    client::Link& broker;
    broker::LatestWitness& latest;  // what desks are told
  };
  explicit Watch(Parts parts) : parts_(std::move(parts)) {}

  // Says again what was seen before the last stop; a broker that is silent now does not take it back.
  Result<Done> start();
  // One look. Fails with unreachable or busy when the broker does not answer, and as the store does; forked
  // when the log does not extend what was seen before: from then on every witness says so.
  Result<Done> look();

 private:
  Result<Done> take_metadata();
  Result<Done> take_head();
  Result<bool> joins(const Head& small, const Head& large);
  Result<std::optional<SignedHead>> kept(std::string_view name) const;
  Result<Done> keep(std::string_view name, const SignedHead& head);
  Result<Done> tell(const SignedHead& head);

  Parts parts_;
};

}  // namespace seinhuis::notary
