#include "seinhuis/broker/transport.h"

#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <zmq.hpp>
#include <zmq_addon.hpp>

#include "seinhuis/wire/frame.h"

namespace seinhuis::broker {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds glance(100);           // upper bound on noticing `stop`
constexpr std::chrono::minutes say_again(1);  // of answers that nobody took, to the log
constexpr int batch = 256;                    // requests taken per wake-up, so no peer starves the rest
constexpr const char* zap_address = "inproc://zeromq.zap.01";
constexpr const char* desks_domain = "seinhuis";
constexpr const char* anonymous_domain = "anonymous";
constexpr char from_desks = 'd';  // first byte of a peer: by which endpoint its answer leaves
constexpr char from_anybody = 'a';

constexpr std::int64_t curve_overhead = 64;  // libzmq counts what is encrypted: 33 bytes more
constexpr auto anonymous_bytes =
    static_cast<std::int64_t>(frame_largest_request) + curve_overhead;  // of one request
constexpr int anonymous_answers = 4;                                    // not read yet, of one connection
constexpr int anonymous_waiting = 64;                                   // of one connection

void set_limits(zmq::socket_t& router) {
  router.set(zmq::sockopt::linger, 1000);
  router.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(Request::max_bytes));
  router.set(zmq::sockopt::router_mandatory, true);
  router.set(zmq::sockopt::rcvhwm, 1000);
  router.set(zmq::sockopt::handshake_ivl, 10'000);
  router.set(zmq::sockopt::heartbeat_ivl, 10'000);
  router.set(zmq::sockopt::heartbeat_timeout, 30'000);
  router.set(zmq::sockopt::backlog, 1000);
}

// Whose key this is today, a desk's or the notary's; empty when it is nobody's.
std::string desk_of(const CurrentWorld& current, const Clock& clock, const TransportKey& key) {
  const WorldRef world = current.get();
  const proof::DirectoryVersion* directory = world->network.directory_on(Day::of(clock()));
  for (const metadata::DeskKeys& desk : directory->directory.desks) {
    if (!desk.revoked && desk.transport == key) return desk.name;
  }
  const metadata::Notary* notary = proof::find_notary(directory->directory);
  return notary != nullptr && notary->transport == key ? proof::notary_name : "";
}

// The ZAP handler (RFC 27): a connection is let in when its key is that of an enrolled desk, and bears the
// key: whose it is is asked again at each request, as a desk that gets another key ends what the old one
// opened.
class Doorkeeper {
 public:
  Doorkeeper(zmq::context_t& context, CurrentWorld& world, Clock clock)
      : socket_(context, zmq::socket_type::rep), world_(world), clock_(std::move(clock)) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.bind(zap_address);
  }

  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
      zmq::poll(&item, 1, glance);
      std::vector<zmq::message_t> parts;
      if (zmq::recv_multipart(socket_, std::back_inserter(parts), zmq::recv_flags::dontwait)) answer(parts);
    }
  }

 private:
  void answer(const std::vector<zmq::message_t>& parts) {
    const std::string request = parts.size() > 1 ? parts[1].to_string() : "";
    const bool anybody = parts.size() == 7 && parts[2].to_string_view() == anonymous_domain;
    const bool curve =
        parts.size() == 7 && parts[5].to_string_view() == "CURVE" && parts[6].size() == TransportKey::size;
    const auto key =
        curve ? TransportKey::parse(ByteView(static_cast<const std::byte*>(parts[6].data()), parts[6].size()))
              : Result<TransportKey>(Error{Errc::absent, ""});
    const bool known = key && (anybody || !desk_of(world_, clock_, *key).empty());
    const std::string user = known && !anybody ? key->hex() : "";
    const std::string_view status = known ? "200" : "400";
    const std::string_view text = known ? "OK" : "unknown key";
    if (!known) spdlog::warn("connection refused: key not in the directory");
    const std::array<zmq::const_buffer, 6> reply{zmq::buffer(std::string_view("1.0")),
                                                 zmq::buffer(request),
                                                 zmq::buffer(status),
                                                 zmq::buffer(text),
                                                 zmq::buffer(user),
                                                 zmq::buffer(std::string_view(""))};
    (void)zmq::send_multipart(socket_, reply);
  }

  zmq::socket_t socket_;
  CurrentWorld& world_;
  Clock clock_;
};

class RouterTransport final : public Transport {
 public:
  RouterTransport(CurrentWorld& world, Clock clock)
      : world_(world),
        clock_(clock),
        doorkeeper_(context_, world, std::move(clock)),
        router_(context_, zmq::socket_type::router),
        anonymous_(context_, zmq::socket_type::router),
        wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    require(wake_ >= 0, "an eventfd can be made");
  }
  ~RouterTransport() override { ::close(wake_); }

  void bind(const Endpoints& endpoints, const TransportSecret& secret) {
    router_.set(zmq::sockopt::sndhwm, endpoints.answers);
    bind(router_, endpoints.desks, desks_domain, secret);
    if (!endpoints.anonymous.empty()) bind(anonymous_, endpoints.anonymous, anonymous_domain, secret);
    endpoint_ = router_.get(zmq::sockopt::last_endpoint);
    if (!endpoints.anonymous.empty()) anonymous_endpoint_ = anonymous_.get(zmq::sockopt::last_endpoint);
  }

  Result<Done> serve(const std::stop_token& stop, const std::function<bool(Asked)>& offer) override try {
    const std::jthread door([this](const std::stop_token& door_stop) { doorkeeper_.serve(door_stop); });
    while (!stop.stop_requested()) {
      std::array<zmq::pollitem_t, 3> items{{{router_.handle(), 0, ZMQ_POLLIN, 0},
                                            {anonymous_.handle(), 0, ZMQ_POLLIN, 0},
                                            {nullptr, wake_, ZMQ_POLLIN, 0}}};
      zmq::poll(items.data(), items.size(), glance);
      send_all();
      take_some(router_, from_desks, offer);
      take_some(anonymous_, from_anybody, offer);
      say_unheard();
    }
    send_all();
    return Done{};
  } catch (const zmq::error_t& error) {
    return Error{Errc::io, std::string("transport: ") + error.what()};
  }

  void tell(std::vector<Told> told) override {
    {
      const std::scoped_lock lock(mutex_);
      out_.insert(out_.end(), std::make_move_iterator(told.begin()), std::make_move_iterator(told.end()));
    }
    const std::uint64_t one = 1;
    (void)!::write(wake_, &one, sizeof one);
  }

  std::uint64_t unheard() const override { return unheard_.load(); }
  std::string endpoint() const override { return endpoint_; }
  std::string anonymous_endpoint() const override { return anonymous_endpoint_; }

 private:
  static void bind(zmq::socket_t& router, const std::string& endpoint, const char* domain,
                   const TransportSecret& secret) {
    set_limits(router);
    if (domain == std::string_view(anonymous_domain)) {
      router.set(zmq::sockopt::maxmsgsize, anonymous_bytes);
      router.set(zmq::sockopt::rcvhwm, anonymous_waiting);
      router.set(zmq::sockopt::sndhwm, anonymous_answers);
    }
    router.set(zmq::sockopt::curve_server, true);
    router.set(zmq::sockopt::curve_secretkey, zmq::buffer(secret.reveal().data(), TransportSecret::size));
    router.set(zmq::sockopt::zap_domain, domain);
    router.bind(endpoint);
  }

  void take_some(zmq::socket_t& router, char from, const std::function<bool(Asked)>& offer) {
    std::vector<zmq::message_t> parts;
    for (int taken = 0; taken < batch; ++taken) {
      parts.clear();
      if (!zmq::recv_multipart(router, std::back_inserter(parts), zmq::recv_flags::dontwait)) return;
      if (parts.size() != 2) continue;
      const ByteView raw(parts[1].data<std::byte>(), parts[1].size());
      auto frame = from == from_desks ? Result<Bytes>(copy(raw)) : read_frame(raw);
      if (!frame) continue;
      const std::string peer = from + parts[0].to_string();
      Asked asked{peer, from == from_desks ? named(parts[1]) : anonymous_peer, *frame};
      if (!offer(std::move(asked))) send({peer, busy_reply(*frame)});
    }
  }

  std::string named(zmq::message_t& part) const {
    const auto key = TransportKey::parse_hex(part.gets("User-Id"));
    return key ? desk_of(world_, clock_, *key) : "";
  }

  void send_all() {
    std::uint64_t count = 0;
    (void)!::read(wake_, &count, sizeof count);
    std::vector<Told> out;
    {
      const std::scoped_lock lock(mutex_);
      out = std::exchange(out_, {});
    }
    for (const Told& one : out) send(one);
  }

  // A peer that is gone or does not read loses its answer; it will ask again. Of who is nobody not even that
  // is noted.
  void send(const Told& told) {
    if (told.peer.front() == from_anybody) {
      (void)give(anonymous_, told.peer, pad_frame(told.frame));
    } else if (!give(router_, told.peer, told.frame)) {
      unheard_.fetch_add(1);
    }
  }
  static bool give(zmq::socket_t& router, const std::string& peer, const Bytes& frame) {
    try {
      const auto flags = zmq::send_flags::dontwait;
      return router.send(zmq::buffer(peer.substr(1)), zmq::send_flags::sndmore | flags) &&
             router.send(zmq::buffer(frame), flags);
    } catch (const zmq::error_t& gone) {
      if (gone.num() != EHOSTUNREACH) throw;
      return false;
    }
  }
  void say_unheard() {
    const auto now = std::chrono::steady_clock::now();
    const std::uint64_t all = unheard_.load();
    if (all == said_ || now - said_at_ < say_again) return;
    spdlog::warn("{} answers found no reader: the desk was gone, or does not read", all - said_);
    said_ = all;
    said_at_ = now;
  }

  CurrentWorld& world_;
  Clock clock_;
  zmq::context_t context_;
  Doorkeeper doorkeeper_;  // bound before the router, used by its own thread while serving
  zmq::socket_t router_;
  zmq::socket_t anonymous_;  // not bound where there is no such endpoint
  int wake_;
  std::string endpoint_;
  std::string anonymous_endpoint_;
  std::mutex mutex_;
  std::vector<Told> out_;  // bounded by the requests under way
  std::atomic<std::uint64_t> unheard_{0};
  std::uint64_t said_ = 0;  // of them, in the log
  std::chrono::steady_clock::time_point said_at_ = std::chrono::steady_clock::now() - say_again;
};

}  // namespace

Result<std::unique_ptr<Transport>> Transport::open(const Endpoints& endpoints, const TransportSecret& secret,
                                                   CurrentWorld& world, Clock clock) try {
  auto made = std::make_unique<RouterTransport>(world, believed(world, std::move(clock)));
  made->bind(endpoints, secret);
  return std::unique_ptr<Transport>(std::move(made));
} catch (const zmq::error_t& error) {
  return Error{Errc::io,
               "cannot listen at " + endpoints.desks + " " + endpoints.anonymous + ": " + error.what()};
}

}  // namespace seinhuis::broker
