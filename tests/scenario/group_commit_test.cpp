#include <thread>

#include "scenario/made.h"

// Under load one durable commit carries many messages: while one is under way, what arrives waits for the
// next.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

// A disk whose first write takes until the test lets it go on.
class SlowStore final : public store::Store {
 public:
  explicit SlowStore(store::Store& inner) : inner_(inner) {}
  Result<Done> read(const std::function<Result<Done>(const store::Reader&)>& work) const override {
    return inner_.read(work);
  }
  Result<Done> write(const std::function<Result<Done>(store::Writer&)>& work) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
    lock.unlock();
    return inner_.write(work);
  }
  Result<bool> forget_before(std::uint16_t month, std::size_t limit) override {
    return inner_.forget_before(month, limit);
  }
  Result<std::uint64_t> check() const override { return inner_.check(); }
  bool failed() const override { return inner_.failed(); }
  void open() {
    const std::scoped_lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  store::Store& inner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

// Each command draws its salt once, when it is ready for the committer.
class CountingRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override {
    random_.fill(out);
    ++draws_;
  }
  std::size_t draws() const { return draws_.load(); }

 private:
  SystemRandom random_;
  std::atomic<std::size_t> draws_{0};
};

}  // namespace

TEST_CASE("under load a commit carries at least eight signals") {
  constexpr std::size_t signals = 200;
  Made made;
  const Folder folder;
  SystemRandom random;
  const auto disk = must(store::open_lmdb(folder.path() / "s", 1U << 28U, random));
  SlowStore slow(*disk);
  broker::Ledger ledger(slow, made.world.log_key(), broker::LedgerLimits{});
  CountingRandom salts;
  std::mutex mutex;
  std::condition_variable heard;
  std::size_t accepted = 0;
  broker::Service service(
      made.world.signed_world(), ledger, [now = made.world.now()] { return now; }, salts, {},
      [&](const std::vector<broker::Told>& told) {
        const std::scoped_lock lock(mutex);
        for (const broker::Told& one : told) accepted += decode_reply(one.frame)->code == Code::ok ? 1U : 0U;
        heard.notify_all();
      });
  for (std::size_t n = 0; n < signals; ++n) {
    Request request;
    request.action = Action::submit;
    request.body = encode(made.sealed().submission);
    REQUIRE(service.offer({std::to_string(n), sender, encode(request)}));
  }
  while (salts.draws() < signals) std::this_thread::yield();
  slow.open();
  std::unique_lock lock(mutex);
  REQUIRE(heard.wait_for(lock, std::chrono::seconds(60), [&] { return accepted == signals; }));
  CHECK(service.counts().commands == signals);
  CHECK(service.counts().commits <= signals / 8);
}

TEST_CASE("a desk that asks for many answers at once has a bounded number of them under way") {
  World world;
  const std::string greedy = "politie-noord/avim-mensenhandel";
  std::mutex mutex;
  std::condition_variable heard;
  std::size_t nothing = 0;
  SystemRandom random;
  broker::Service service(
      world.signed_world(), world.ledger(), [now = world.now()] { return now; }, random, {},
      [&](const std::vector<broker::Told>& told) {
        const std::scoped_lock lock(mutex);
        nothing += told.size();
        heard.notify_all();
      });
  Request fetch;
  fetch.action = Action::fetch;
  fetch.wait_ms = 60'000;
  constexpr std::size_t asked = 200;
  const std::size_t waiting = broker::ServiceLimits{}.fetches_per_desk;
  for (std::size_t n = 0; n < asked; ++n) REQUIRE(service.offer({std::to_string(n), greedy, encode(fetch)}));
  std::unique_lock lock(mutex);
  REQUIRE(heard.wait_for(lock, std::chrono::seconds(60), [&] { return nothing == asked - waiting; }));
}
