#include <sys/resource.h>

#include <iostream>
#include <thread>
#include <zmq.hpp>

#include "bench/signals.h"
#include "bench/way.h"
#include "seinhuis/base/files.h"
#include "seinhuis/broker/transport.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/store/lmdb.h"

// The whole pipeline: signals sealed beforehand are accepted durably (fsync), fetched
// (evaluated again, stripped, recorded) and acknowledged without being opened.
// pipeline [SIGNALS] [FIELDS] [curve]
using namespace seinhuis;
using namespace seinhuis::bench;

namespace {

using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// ZeroMQ over loopback with CURVE, as in production.
class Curve final : public Way {
 public:
  Curve(broker::CurrentWorld& world, broker::Ledger& ledger, Signals& signals, Random& random)
      : signals_(signals),
        transport_(must(broker::Transport::open({"tcp://127.0.0.1:*", {}}, secret_of(signals), world,
                                                [now = signals.now()] { return now; }))),
        broker_key_(world.get()->network.directories.back().directory.broker_transport),
        service_(
            world, ledger, [now = signals.now()] { return now; }, random, {},
            [this](std::vector<broker::Told> told) { transport_->tell(std::move(told)); }),
        server_([this](const std::stop_token& stop) {
          (void)transport_->serve(stop,
                                  [this](broker::Asked asked) { return service_.offer(std::move(asked)); });
        }) {}
  bool ask(const std::string& desk, const Bytes& frame) override {
    return socket(desk).send(zmq::buffer(frame), zmq::send_flags::dontwait).has_value();
  }
  std::vector<Bytes> answers(const std::string& desk) override {
    std::vector<Bytes> came;
    zmq::message_t message;
    zmq::pollitem_t item{socket(desk).handle(), 0, ZMQ_POLLIN, 0};
    zmq::poll(&item, 1, patience);
    while (socket(desk).recv(message, zmq::recv_flags::dontwait)) {
      const ByteView raw(message.data<std::byte>(), message.size());
      came.push_back(copy(raw));
    }
    return came;
  }
  broker::Service::Counts counts() const override { return service_.counts(); }

 private:
  static broker::TransportSecret secret_of(const Signals& signals) {
    const Bytes raw = must(read_file(signals.folder() / "broker" / "transport.key", 64));
    return broker::TransportSecret::filled(
        [&](std::span<std::byte> out) { std::ranges::copy(raw, out.begin()); });
  }
  zmq::socket_t& socket(const std::string& desk) {
    const auto found = sockets_.find(desk);
    if (found != sockets_.end()) return found->second;
    const auto& own = signals_.keys_of(desk).transport();
    const TransportKey own_key = client::public_of(own);
    zmq::socket_t made(context_, zmq::socket_type::dealer);
    made.set(zmq::sockopt::linger, 0);
    made.set(zmq::sockopt::sndhwm, 0);
    made.set(zmq::sockopt::rcvhwm, 0);
    made.set(zmq::sockopt::curve_serverkey, zmq::buffer(broker_key_.bytes().data(), TransportKey::size));
    made.set(zmq::sockopt::curve_publickey, zmq::buffer(own_key.bytes().data(), TransportKey::size));
    made.set(zmq::sockopt::curve_secretkey, zmq::buffer(own.reveal().data(), TransportKey::size));
    made.connect(transport_->endpoint());
    return sockets_.emplace(desk, std::move(made)).first->second;
  }

  Signals& signals_;
  std::unique_ptr<broker::Transport> transport_;
  TransportKey broker_key_;
  broker::Service service_;
  zmq::context_t context_;
  std::map<std::string, zmq::socket_t> sockets_;
  std::jthread server_;
};

void report(const std::string& what, std::size_t count, double seconds, double cpu,
            std::vector<double> latencies) {
  std::ranges::sort(latencies);
  std::cout << what << ": " << static_cast<long>(static_cast<double>(count) / seconds) << " /s, cpu "
            << static_cast<long>(cpu / static_cast<double>(count) * 1e6) << " us each";
  if (!latencies.empty())
    std::cout << ", p50 " << latencies[latencies.size() / 2] << " ms, p99 "
              << latencies[latencies.size() * 99 / 100] << " ms";
  std::cout << '\n';
}

Request receipt_for(const Delivery& delivery, const Hash& network, const client::DeskKeys& reader) {
  Receipt receipt{network,       proof::h0_of(delivery.prologue),
                  "politie/een", proof::log_leaf(LeafKind::delivery, delivery.record_salt, delivery.record),
                  true,          Signature::zero()};
  receipt.signature = reader.signer().sign(unsigned_bytes(receipt));
  Request request;
  request.action = Action::receipt;
  request.body = encode(receipt);
  return request;
}

void accept(Way& way, Signals& signals, std::size_t count, int fields) {
  std::vector<Bytes> frames;
  for (std::size_t n = 0; n < count; ++n) {
    Request request;
    request.action = Action::submit;
    request.body = encode(signals.sealed(fields).submission);
    frames.push_back(encoded(std::move(request), n));
  }
  std::cout << count << " signals of " << fields << " fields, " << frames[0].size() << " bytes each\n";
  const auto begin = Steady::now();
  const double cpu = cpu_seconds();
  auto latencies = run(way, "gemeente/toezicht", frames, [](const Reply&) {});
  report("accepted durably", count, seconds_since(begin), cpu_seconds() - cpu, std::move(latencies));
  const auto counts = way.counts();
  std::cout << counts.commands << " commands in " << counts.commits << " commits\n";
}

void deliver(Way& way, Signals& signals, const Hash& network, std::size_t count) {
  const client::DeskKeys& reader = signals.keys_of("politie/een");
  const auto begin = Steady::now();
  const double cpu = cpu_seconds();
  for (std::size_t delivered = 0; delivered < count;) {
    Request fetch;
    fetch.action = Action::fetch;
    std::vector<Bytes> receipts;
    (void)run(way, "politie/een", {encoded(fetch, 0)}, [&](const Reply& reply) {
      for (const Item& item : reply.items)
        receipts.push_back(
            encoded(receipt_for(must(decode_delivery(item.body)), network, reader), receipts.size()));
    });
    if (receipts.empty()) throw std::runtime_error("a fetch came back empty");
    delivered += receipts.size();
    (void)run(way, "politie/een", receipts, [](const Reply&) {});
  }
  report("evaluated, stripped, delivered and acknowledged", count, seconds_since(begin), cpu_seconds() - cpu,
         {});
}

int run(std::size_t count, int fields, bool curve) {
  Signals signals;
  const Bytes seed = must(read_file(signals.folder() / "broker" / "log.key", 64));
  const proof::Signer log_key(
      proof::SigningSeed::filled([&](std::span<std::byte> out) { std::ranges::copy(seed, out.begin()); }));
  SystemRandom random;
  broker::CurrentWorld world(
      must(broker::make_world(must(proof::read_metadata(signals.folder() / "metadata")), {}, signals.now())));
  const auto store =
      must(store::open_lmdb(signals.folder() / "broker" / "store", std::size_t{1} << 33U, random));
  broker::Ledger ledger(*store, log_key, {1'000'000'000});
  std::unique_ptr<Way> way;
  if (curve) {
    way = std::make_unique<Curve>(world, ledger, signals, random);
  } else {
    way = std::make_unique<Direct>(world, ledger, signals.now(), random);
  }
  accept(*way, signals, count, fields);
  deliver(*way, signals, world.get()->network.id, count);
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> said(argv + 1, argv + argc);
  const bool curve = std::ranges::find(said, "curve") != said.end();
  return run(argc > 1 ? std::stoul(said[0]) : 10'000, argc > 2 ? std::stoi(said[1]) : 12, curve);
} catch (const std::exception& broken) {
  std::cerr << broken.what() << '\n';
  return 1;
}
