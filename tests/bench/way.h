#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "seinhuis/broker/service.h"

namespace seinhuis::bench {

constexpr std::chrono::milliseconds patience(10);

// How requests reach the service, and answers come back.
class Way {
 public:
  Way() = default;
  Way(const Way&) = delete;
  Way& operator=(const Way&) = delete;
  virtual ~Way() = default;
  virtual bool ask(const std::string& desk, const Bytes& frame) = 0;
  // What came since; waits a little for the first.
  virtual std::vector<Bytes> answers(const std::string& desk) = 0;
  virtual broker::Service::Counts counts() const = 0;
};

// A call in the same process.
class Direct final : public Way {
 public:
  Direct(broker::CurrentWorld& world, broker::Ledger& ledger, Instant now, Random& random)
      : service_(
            world, ledger, [now] { return now; }, random, {},
            [this](std::vector<broker::Told> told) { heard(std::move(told)); }) {}
  bool ask(const std::string& desk, const Bytes& frame) override { return service_.offer({"", desk, frame}); }
  std::vector<Bytes> answers(const std::string&) override {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, patience, [this] { return !heard_.empty(); });
    return std::exchange(heard_, {});
  }
  broker::Service::Counts counts() const override { return service_.counts(); }

 private:
  void heard(std::vector<broker::Told> told) {
    const std::scoped_lock lock(mutex_);
    for (broker::Told& one : told) heard_.push_back(std::move(one.frame));
    came_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Bytes> heard_;
  broker::Service service_;
};

// Sends all requests as `desk`, a bounded number under way; gives the latency of each in milliseconds. Throws
// when one is refused.
std::vector<double> run(Way& way, const std::string& desk, const std::vector<Bytes>& frames,
                        const std::function<void(const Reply&)>& take);

Bytes encoded(Request request, std::size_t id);

}  // namespace seinhuis::bench
