#pragma once

#include <map>

#include "linking.h"
#include "seinhuis/client/client.h"

namespace seinhuis::client {

// One daily batch of hits, from the desk that links.
class HitTeller {
 public:
  explicit HitTeller(Client& client) : client_(client) {}
  // Gives how many messages it took. Fails with what stopped the first that could not be told.
  Result<std::size_t> run();

 private:
  // A hit that is in the log.
  struct Logged {
    PendingHit hit;
    HitAnswer answer;
  };
  // One of the two signals of hits, with what its desks are to hear.
  struct About {
    MessageId message = MessageId::zero();
    std::vector<std::string> obliged;
    std::vector<std::size_t> hits;  // of logged_
  };
  Result<std::vector<PendingHit>> due() const;
  Result<HitAnswer> log(const HitRecord& record) const;
  Result<Done> tell(const Hash& h0, const About& about);
  Result<Planned> plan(const policy::Draft& draft, const Hash& h0,
                       const std::vector<std::string>& obliged) const;
  bundle::Texts enough(const Planned& planned, std::size_t count) const;
  bundle::Texts may_be_asked(const Hash& h0, const About& about) const;
  bool may_be_obliged(const KeptDelivery& signal, const std::string& desk) const;
  // Of the desks that the broker says must answer a signal those that some rule could oblige: the others are
  // its own addition, and reported.
  Result<std::vector<std::string>> obliged_by_policy(const KeptDelivery& signal,
                                                     const std::vector<std::string>& named) const;
  Result<Done> settle(store::Writer& writer, const Hash& h0, const About& about, const MessageId& message);
  enum class Told : std::uint8_t { no, under_way, done };
  Result<Told> told(const PendingHit::Side& side) const;
  Result<bool> is_over(PendingHit& hit) const;

  Client& client_;
  std::vector<Logged> logged_;
  std::size_t told_ = 0;
};

}  // namespace seinhuis::client
