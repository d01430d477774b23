#include "seinhuis/client/link.h"

#include <sodium.h>

#include <utility>
#include <zmq.hpp>

#include "seinhuis/wire/frame.h"
#include "socks.h"

namespace seinhuis::client {
namespace {

using std::chrono::milliseconds;

class Dealer final : public Link {
 public:
  enum class Frames : std::uint8_t { plain, padded };
  Dealer(std::string endpoint, const TransportKey& broker, const TransportSecret& own, Frames frames)
      : socket_(context_, zmq::socket_type::dealer),
        endpoint_(std::move(endpoint)),
        padded_(frames == Frames::padded) {
    const TransportKey own_key = public_of(own);
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(Reply::max_bytes));
    socket_.set(zmq::sockopt::handshake_ivl, 10'000);
    socket_.set(zmq::sockopt::reconnect_ivl, 100);
    socket_.set(zmq::sockopt::reconnect_ivl_max, 2'000);
    socket_.set(zmq::sockopt::heartbeat_ivl, 10'000);
    socket_.set(zmq::sockopt::curve_serverkey, zmq::buffer(broker.bytes().data(), TransportKey::size));
    socket_.set(zmq::sockopt::curve_publickey, zmq::buffer(own_key.bytes().data(), TransportKey::size));
    socket_.set(zmq::sockopt::curve_secretkey, zmq::buffer(own.reveal().data(), TransportSecret::size));
  }

  Result<Reply> ask(Request request, milliseconds patience) override try {
    // Not before there is something to ask: who sends without being named is not to be seen by name.
    if (!std::exchange(connected_, true)) socket_.connect(endpoint_);
    request.id = ++last_id_;
    const Bytes plain = encode(request);
    const std::size_t least = request.action == Action::submit ? frame_message : frame_small;
    const Bytes frame = padded_ ? pad_frame(plain, least) : plain;
    socket_.set(zmq::sockopt::sndtimeo, static_cast<int>(patience.count()));
    if (!socket_.send(zmq::buffer(frame), zmq::send_flags::none)) return unreachable();
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
      const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
      zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
      if (left <= milliseconds(0) || zmq::poll(&item, 1, left) == 0) return unreachable();
      zmq::message_t message;
      if (!socket_.recv(message, zmq::recv_flags::dontwait)) continue;
      const ByteView raw(message.data<std::byte>(), message.size());
      const auto content = padded_ ? read_frame(raw) : Result<Bytes>(copy(raw));
      if (!content) return content.error();
      auto reply = decode_reply(*content);
      if (!reply) return reply.error();
      if (reply->id == request.id) return reply;  // others answer requests that were given up
    }
  } catch (const zmq::error_t& error) {
    return Error{Errc::io, std::string("connection: ") + error.what()};
  }

 private:
  static Error unreachable() { return {Errc::unreachable, "the broker does not answer"}; }

  zmq::context_t context_;
  zmq::socket_t socket_;
  std::string endpoint_;
  bool padded_;
  bool connected_ = false;
  std::uint64_t last_id_ = 0;
};

// A dealer whose way goes through a proxy.
class Relayed final : public Link {
 public:
  Relayed(std::unique_ptr<SocksRelay> relay, const TransportKey& office, const TransportSecret& own)
      : relay_(std::move(relay)), dealer_(relay_->endpoint(), office, own, Dealer::Frames::padded) {}
  Result<Reply> ask(Request request, milliseconds patience) override {
    return dealer_.ask(std::move(request), patience);
  }

 private:
  std::unique_ptr<SocksRelay> relay_;
  Dealer dealer_;
};

}  // namespace

TransportPair new_transport_pair() {
  auto secret =
      TransportSecret::filled([](std::span<std::byte> out) { randombytes_buf(out.data(), out.size()); });
  const TransportKey key = public_of(secret);
  return {std::move(secret), key};
}

TransportKey public_of(const TransportSecret& secret) {
  return TransportKey::filled(
      [&](std::span<std::byte> out) { crypto_scalarmult_base(octets(out), octets(secret.reveal())); });
}

Result<std::unique_ptr<Link>> connect(const std::string& endpoint, const TransportKey& broker,
                                      const TransportSecret& own) try {
  return std::unique_ptr<Link>(std::make_unique<Dealer>(endpoint, broker, own, Dealer::Frames::plain));
} catch (const zmq::error_t& error) {
  return Error{Errc::io, "cannot connect to " + endpoint + ": " + error.what()};
}

Result<std::unique_ptr<Link>> connect_unnamed(const std::string& endpoint, const TransportKey& office,
                                              const std::string& proxy) try {
  const TransportPair once = new_transport_pair();
  if (proxy.empty())
    return std::unique_ptr<Link>(
        std::make_unique<Dealer>(endpoint, office, once.secret, Dealer::Frames::padded));
  auto relay = SocksRelay::open(proxy, endpoint);
  if (!relay) return relay.error();
  return std::unique_ptr<Link>(std::make_unique<Relayed>(*std::move(relay), office, once.secret));
} catch (const zmq::error_t& error) {
  return Error{Errc::io, "cannot connect to " + endpoint + ": " + error.what()};
}

}  // namespace seinhuis::client
