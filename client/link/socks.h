#pragma once

#include <memory>
#include <string>

#include "seinhuis/base/result.h"

namespace seinhuis::client {

// A way through a SOCKS5 proxy (RFC 1928), such as Tor: a port on this machine's loopback whose connections
// continue at a remote endpoint. libzmq has an option for this, with which 4.3.4 aborts the whole process
// when a socket is closed whose proxy or target was unreachable ("Bad file descriptor (src/epoll.cpp:113)", 5
// of 5). Names are resolved by the proxy. Each relay authenticates with random words (RFC 1929), by which Tor
// keeps its connections on circuits of their own. One thread; ends with the object.
class SocksRelay {
 public:
  // `proxy` is HOST:PORT, `target` tcp://HOST:PORT. Fails with malformed, or io.
  static Result<std::unique_ptr<SocksRelay>> open(const std::string& proxy, const std::string& target);
  virtual ~SocksRelay() = default;
  SocksRelay(const SocksRelay&) = delete;
  SocksRelay& operator=(const SocksRelay&) = delete;
  // tcp://127.0.0.1:PORT
  virtual std::string endpoint() const = 0;

 protected:
  SocksRelay() = default;
};

}  // namespace seinhuis::client
