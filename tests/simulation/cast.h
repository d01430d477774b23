#pragma once

#include "scenario/names.h"
#include "seinhuis/broker/ledger.h"
#include "simulation/chance.h"

// Who plays in every history: one network, and messages that were sealed once. The ledger never looks inside
// what is sealed, so each history sends the same ciphertexts under new names.
namespace seinhuis::simulation {

using test::avim;
using test::gemeente;
using test::ovd;
using test::zorg;

class Cast {
 public:
  Cast();

  Instant begin() const { return begin_; }
  const proof::Signer& log_key() const { return *log_key_; }
  // As it is in force; `without_avim`: the AVIM was removed from the directory; `without_standby`: the rules
  // for a chain were taken away.
  enum class Law : std::uint8_t { whole, without_avim, without_standby };
  using Worlds = std::array<broker::World, 3>;  // by law; for one thread, which has the timestamp it wants
  Worlds worlds() const { return {world(Law::whole), world(Law::without_avim), world(Law::without_standby)}; }

  // A1, by name; the duty officer stands by.
  broker::Admitted named(Chance& chance, Instant now) const { return renewed(named_, chance, now); }
  // A12, of nobody, urgent; the duty officer and the care coordinator stand by.
  broker::Admitted urgent(Chance& chance, Instant now) const { return renewed(urgent_, chance, now); }
  // What a desk answers to the first.
  broker::Admitted feedback(const broker::Parent& parent, OutcomeStatement outcome, Chance& chance,
                            Instant now) const;
  // What it says in clear; of nothing yet.
  OutcomeStatement outcome(const Hash& h0, const std::string& desk, std::uint32_t seq, Status status) const;

 private:
  broker::World world(Law law) const;
  static broker::Admitted renewed(broker::Admitted made, Chance& chance, Instant now);

  Instant begin_{};
  std::optional<proof::Signer> log_key_;
  broker::World whole_;
  policy::PolicyRef without_standby_;
  broker::Admitted named_;
  broker::Admitted urgent_;
  broker::Admitted feedback_;
};

}  // namespace seinhuis::simulation
