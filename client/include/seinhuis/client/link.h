#pragma once

#include <functional>
#include <memory>

#include "seinhuis/base/secret.h"
#include "seinhuis/wire/session.h"

namespace seinhuis::client {

class TransportSecret final : public Secret<TransportSecret, 32> {
  friend Secret;
  TransportSecret() = default;
};
struct TransportPair {
  TransportSecret secret;
  TransportKey key;
};
TransportPair new_transport_pair();
TransportKey public_of(const TransportSecret& secret);

// Requests to one broker, one at a time. Implementations: ZeroMQ CURVE; in tests a broker in the same
// process.
class Link {
 public:
  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  virtual ~Link() = default;
  // Fails with unreachable when nothing comes back within `patience`. The answer is the one to this request.
  virtual Result<Reply> ask(Request request, std::chrono::milliseconds patience) = 0;
};

enum class Office : std::uint8_t { broker, issuer };
// A fresh connection to the anonymous endpoint of one of them, under a key of its own: for one message.
using Anonymously = std::function<Result<std::unique_ptr<Link>>(Office office)>;

// A DEALER that reconnects by itself. Stays on the thread that made it. Fails with io.
Result<std::unique_ptr<Link>> connect(const std::string& endpoint, const TransportKey& broker,
                                      const TransportSecret& own);

// The same to an anonymous endpoint, under a key drawn for it; what passes has one of few sizes
// (wire/frame.h). `proxy`: HOST:PORT of a SOCKS5 proxy to go through, such as Tor's; empty for none. Fails
// with malformed too.
Result<std::unique_ptr<Link>> connect_unnamed(const std::string& endpoint, const TransportKey& office,
                                              const std::string& proxy);

}  // namespace seinhuis::client
