#pragma once

#include <functional>
#include <memory>

#include "seinhuis/base/random.h"
#include "seinhuis/broker/evaluator.h"
#include "seinhuis/broker/issuer.h"
#include "seinhuis/broker/ledger.h"
#include "seinhuis/broker/witness.h"

namespace seinhuis::broker {

// A request as it came in: `peer` is where the answer goes, `desk` whose key the connection has shown.
struct Asked {
  std::string peer;
  std::string desk;
  Bytes frame;
};
struct Told {
  std::string peer;
  Bytes frame;
};

struct ServiceLimits {
  std::size_t waiting_requests = 4096;                  // between transport and workers
  std::size_t waiting_commands = 4096;                  // between workers and committer
  std::size_t waiting_bytes = std::size_t{256} << 20U;  // in each of these two
  std::size_t commands_per_commit = 512;
  std::size_t fetches_per_commit = 8;  // the answer to each may be megabytes
  std::size_t fetches_per_desk = 16;   // that wait for their turn, or for something to come
  std::size_t parked_fetches = 8192;
  std::size_t workers = 2;  // 0: no threads; `offer` does all, for histories that come again exactly
  std::size_t anonymous_requests = 64;  // waiting for a worker: who is nobody does not crowd out the desks
};

// What a service does beside routing, or instead of it.
struct Duties {
  Evaluator* evaluator = nullptr;  // nullptr: nothing is evaluated here
  // Of a notary: it evaluates and witnesses, and routes nothing.
  const LatestWitness* witness = nullptr;
  Issuer* issuer = nullptr;  // nullptr: no tokens come from here
};

// transport -> workers (verify, evaluate) -> one committer (one durable transaction for many) -> answers.
// Nothing is answered before it is durable. `tell` is called from the service's threads, or within
// `offer` when it has none: then one thread at a time may call.
class Service {
 public:
  using Tell = std::function<void(std::vector<Told>)>;
  // All references outlive the service, and so does what `duties` point to.
  Service(CurrentWorld& world, Ledger& ledger, Clock clock, Random& random, ServiceLimits limits, Tell tell,
          Duties duties = {});
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // False when the broker is too busy: the transport then answers `busy` (busy_reply).
  [[nodiscard]] bool offer(Asked asked);
  // Finishes and answers what was taken in, and takes no more. Once; also done by the destructor.
  void finish();
  // Durable commits so far, and the commands in them; for benchmarks and tests.
  struct Counts {
    std::uint64_t commits = 0;
    std::uint64_t commands = 0;
  };
  Counts counts() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

// "busy, retry after" for a request that was never taken in.
Bytes busy_reply(ByteView request_frame);

}  // namespace seinhuis::broker
