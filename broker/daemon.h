#pragma once

#include "daemon_config.h"
#include "seinhuis/broker/transport.h"
#include "seinhuis/proof/sign.h"

namespace seinhuis::broker {

// Everything a broker or notary needs before it may serve: keys nobody else can read, metadata that verifies,
// a clock that is not behind it, its own keys in the directory.
class Daemon {
 public:
  // Fails with a text that says what to mend.
  static Result<std::unique_ptr<Daemon>> prepare(const DaemonConfig& config);
  // Opens store and endpoint. Fails with io or full.
  Result<Done> open();
  std::string endpoint() const { return transport_->endpoint(); }
  bool sandbox() const { return world_->get()->network.root.sandbox; }
  // For what a notary does besides: `work` runs twice a second while this serves, always on the thread that
  // looks for newer metadata.
  void each_round(std::function<void()> work) { each_round_ = std::move(work); }
  CurrentWorld& world() { return *world_; }
  store::Store& store() { return *store_; }
  const proof::Signer& signer() const { return *signer_; }
  const TransportSecret& transport_key() const { return *transport_key_; }
  const Clock& clock() const { return clock_; }
  LatestWitness& witness() { return witness_; }
  // Serves until `stop`; takes in newer metadata while it does. Finishes what was taken in.
  Result<Done> serve(const std::stop_token& stop);

 private:
  explicit Daemon(DaemonConfig config) : config_(std::move(config)) {}
  Result<WorldRef> load_world() const;
  void take_newer_metadata();
  void forget_generations();
  Result<proof::Floor> floor() const;
  Result<Done> keep_floor(const proof::Floor& floor);

  DaemonConfig config_;
  Clock clock_;
  SystemRandom random_;
  std::optional<proof::Signer> signer_;
  std::optional<TransportSecret> transport_key_;
  std::unique_ptr<CurrentWorld> world_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Evaluator> evaluator_;
  std::unique_ptr<Issuer> issuer_;
  std::unique_ptr<Transport> transport_;
  LatestWitness witness_;
  std::function<void()> each_round_;
  Bytes timestamp_;
};

}  // namespace seinhuis::broker
