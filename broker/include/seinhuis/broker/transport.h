#pragma once

#include <memory>
#include <stop_token>

#include "seinhuis/base/secret.h"
#include "seinhuis/broker/service.h"

namespace seinhuis::broker {

class TransportSecret final : public Secret<TransportSecret, 32> {
  friend Secret;
  TransportSecret() = default;
};

struct Endpoints {
  std::string desks;      // whose key is in the directory
  std::string anonymous;  // anybody, and nobody is asked who; empty: there is none
  int answers = 1000;     // not read yet, of one desk's connection; what is more is lost, and counted
};

// The ROUTER endpoints: CURVE always, ZAP against the directory of the moment. Own thread.
class Transport {
 public:
  // Binds. Fails with io when an endpoint cannot be bound.
  static Result<std::unique_ptr<Transport>> open(const Endpoints& endpoints, const TransportSecret& secret,
                                                 CurrentWorld& world, Clock clock);
  virtual ~Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Serves until `stop`. `offer` gets each request; false makes the peer hear "busy".
  virtual Result<Done> serve(const std::stop_token& stop, const std::function<bool(Asked)>& offer) = 0;
  // Any thread: answers go out from the serving thread.
  virtual void tell(std::vector<Told> told) = 0;
  // Answers to desks that were gone, or did not read, since the start. They ask again.
  virtual std::uint64_t unheard() const = 0;
  // The endpoint that was bound, with its port.
  virtual std::string endpoint() const = 0;
  // The same of the anonymous one; empty where there is none.
  virtual std::string anonymous_endpoint() const = 0;

 protected:
  Transport() = default;
};

}  // namespace seinhuis::broker
