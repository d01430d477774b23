#include <sys/resource.h>

#include <atomic>
#include <condition_variable>
#include <iostream>

#include "bench/signals.h"
#include "seinhuis/base/files.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/store/lmdb.h"

// The whole pipeline behind the socket: signals sealed beforehand are accepted durably (fsync), fetched
// (evaluated again, stripped, recorded) and acknowledged without being opened. pipeline [SIGNALS] [FIELDS]
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

// Asks with a bounded number of requests under way, and hands each reply to `take`.
class Driver {
 public:
  Driver(broker::CurrentWorld& world, broker::Ledger& ledger, Instant now, Random& random)
      : service_(
            world, ledger, [now] { return now; }, random, {},
            [this](std::vector<broker::Told> told) { heard(std::move(told)); }) {}

  // Sends all frames as `desk`; gives the latency of each in milliseconds, in order of the answers.
  std::vector<double> run(const std::string& desk, const std::vector<Bytes>& frames, std::size_t window,
                          const std::function<void(const Reply&)>& take) {
    std::vector<double> latencies;
    std::vector<Steady::time_point> begun(frames.size());
    std::size_t next = 0;
    while (latencies.size() < frames.size()) {
      while (next < frames.size() && next - latencies.size() < window) {
        begun[next] = Steady::now();
        if (!service_.offer({std::to_string(next), desk, frames[next]})) break;
        ++next;
      }
      for (const broker::Told& told : wait()) {
        const Reply reply = must(decode_reply(told.frame));
        if (reply.code != Code::ok) throw std::runtime_error(std::string("refused: ") + reply.text);
        latencies.push_back(seconds_since(begun[std::stoul(told.peer)]) * 1e3);
        take(reply);
      }
    }
    return latencies;
  }
  broker::Service::Counts counts() const { return service_.counts(); }

 private:
  void heard(std::vector<broker::Told> told) {
    const std::scoped_lock lock(mutex_);
    heard_.insert(heard_.end(), std::make_move_iterator(told.begin()), std::make_move_iterator(told.end()));
    came_.notify_one();
  }
  std::vector<broker::Told> wait() {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, std::chrono::milliseconds(10), [this] { return !heard_.empty(); });
    return std::exchange(heard_, {});
  }

  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<broker::Told> heard_;
  broker::Service service_;
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

int run(std::size_t count, int fields) {
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
  Driver driver(world, ledger, signals.now(), random);

  std::vector<Bytes> frames;
  for (std::size_t n = 0; n < count; ++n) {
    Request request;
    request.action = Action::submit;
    request.body = encode(signals.sealed(fields).submission);
    frames.push_back(encode(request));
  }
  std::cout << count << " signals of " << fields << " fields, " << frames[0].size() << " bytes each\n";
  auto begin = Steady::now();
  double cpu = cpu_seconds();
  auto latencies = driver.run("gemeente/toezicht", frames, 1000, [](const Reply&) {});
  report("accepted durably", count, seconds_since(begin), cpu_seconds() - cpu, std::move(latencies));
  const auto counts = driver.counts();
  std::cout << counts.commands << " commands in " << counts.commits << " commits\n";

  const client::DeskKeys& reader = signals.keys_of("politie/een");
  const Hash network = world.get()->network.id;
  std::size_t delivered = 0;
  begin = Steady::now();
  cpu = cpu_seconds();
  while (delivered < count) {
    Request fetch;
    fetch.action = Action::fetch;
    std::vector<Bytes> receipts;
    (void)driver.run("politie/een", {encode(fetch)}, 1, [&](const Reply& reply) {
      for (const Item& item : reply.items) {
        const Delivery delivery = must(decode_delivery(item.body));
        Receipt receipt{
            network,       proof::h0_of(delivery.prologue),
            "politie/een", proof::log_leaf(LeafKind::delivery, delivery.record_salt, delivery.record),
            true,          Signature::zero()};
        receipt.signature = reader.signer().sign(unsigned_bytes(receipt));
        Request request;
        request.action = Action::receipt;
        request.body = encode(receipt);
        receipts.push_back(encode(request));
      }
    });
    if (receipts.empty()) throw std::runtime_error("a fetch came back empty");
    delivered += receipts.size();
    (void)driver.run("politie/een", receipts, 1000, [](const Reply&) {});
  }
  report("evaluated, stripped, delivered and acknowledged", count, seconds_since(begin), cpu_seconds() - cpu,
         {});
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  return run(argc > 1 ? std::stoul(argv[1]) : 10'000, argc > 2 ? std::stoi(argv[2]) : 12);
} catch (const std::exception& broken) {
  std::cerr << broken.what() << '\n';
  return 1;
}
