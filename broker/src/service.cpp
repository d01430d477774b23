#include "seinhuis/broker/service.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "inbox.h"
#include "requests.h"
#include "tables.h"

namespace seinhuis::broker {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds tick(50);
constexpr std::size_t swept_at_once = 100;
constexpr std::size_t forgotten_at_once = 2000;

Instant steady_now() {
  return Instant(
      std::chrono::time_point_cast<milliseconds>(std::chrono::steady_clock::now()).time_since_epoch());
}

std::size_t size_of(const Command& command) {
  constexpr std::size_t small = 1024;
  const auto* submit = std::get_if<Submit>(&command.what);
  return submit == nullptr ? small : submit->admitted.bytes();
}

// Refusals leave a line with ids; success is silent.
void note(const Asked& asked, const Reply& reply) {
  if (reply.code != Code::ok && asked.desk != anonymous_peer)  // anybody could fill the log
    spdlog::warn("refused desk={} request={} code={}", asked.desk, reply.id, to_string(reply.code));
}

}  // namespace

class Service::Engine {
 public:
  Engine(CurrentWorld& world, Ledger& ledger, Clock clock, Random& random, ServiceLimits limits, Tell tell,
         Duties duties)
      : world_(world),
        ledger_(ledger),
        clock_(believed(world, std::move(clock))),
        limits_(limits),
        tell_(std::move(tell)),
        requests_(world, ledger, clock_, random, duties),
        random_(random),
        routes_(duties.witness == nullptr),
        asked_(limits.waiting_requests, limits.waiting_bytes),
        ordered_(limits.waiting_commands, limits.waiting_bytes) {
    if (limits.workers == 0) return;
    committer_ = std::jthread([this](const std::stop_token& stop) { commit_until(stop); });
    for (std::size_t n = 0; n < limits.workers; ++n) {
      workers_.emplace_back([this](const std::stop_token& stop) { work_until(stop); });
    }
  }
  ~Engine() { finish(); }

  void finish() {
    finished_.store(true);
    for (std::jthread& worker : workers_) worker.request_stop();
    workers_.clear();
    committer_.request_stop();
    if (committer_.joinable()) committer_.join();
  }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  bool offer(Asked asked) {
    const std::size_t size = asked.frame.size();
    const bool anonymous = asked.desk == anonymous_peer;
    if (finished_.load() || (anonymous && anonymous_.load() >= limits_.anonymous_requests)) return false;
    if (anonymous) anonymous_.fetch_add(1);
    const bool taken = asked_.offer(std::move(asked), size);
    if (anonymous && !taken) anonymous_.fetch_sub(1);
    if (taken && limits_.workers == 0) do_all();
    return taken;
  }
  Counts counts() const { return {commits_.load(), commands_.load()}; }

 private:
  void work_until(const std::stop_token& stop) {
    for (;;) {
      const std::vector<Asked> taken = asked_.take(stop, 16, tick);
      if (taken.empty() && stop.stop_requested()) return;
      for (const Asked& one : taken) work(one);
    }
  }

  // Without threads: what is asked, and what follows of it, by whoever offers it.
  void do_all() {
    for (const Asked& one : asked_.take({}, limits_.waiting_requests, milliseconds(0))) work(one);
    do {
      round(ordered_.take({}, limits_.commands_per_commit, milliseconds(0)));
    } while (more());
  }

  void work(const Asked& asked) {
    read(asked);
    if (asked.desk == anonymous_peer) anonymous_.fetch_sub(1);
  }

  void read(const Asked& asked) {
    auto outcome = requests_.read(asked);
    if (auto* ordered = std::get_if<Ordered>(&outcome)) {
      const std::size_t size = size_of(ordered->command);
      if (!ordered_.offer(std::move(*ordered), size)) tell_({{asked.peer, busy_reply(asked.frame)}});
      return;
    }
    const Reply& reply = std::get<Reply>(outcome);
    note(asked, reply);
    tell_({{asked.peer, encode(reply)}});
  }

  void commit_until(const std::stop_token& stop) {
    for (;;) {
      std::vector<Ordered> taken =
          ordered_.take(stop, limits_.commands_per_commit, more() ? milliseconds(0) : tick);
      if (taken.empty() && !more() && stop.stop_requested()) return;
      round(std::move(taken));
    }
  }

  // There is work that nobody has to ask for.
  bool more() const { return !woken_.empty() || !later_.empty(); }

  void round(std::vector<Ordered> taken) {
    taken.insert(taken.begin(), std::make_move_iterator(later_.begin()),
                 std::make_move_iterator(later_.end()));
    later_.clear();
    wake_parked(taken);
    turn_day();
    keep_time();
    if (!taken.empty()) commit(std::move(taken));
    sweep();
    forget();
  }

  // What waiting is reckoned by: without threads the clock that is given, so that all comes again, and no
  // fetch waits.
  Instant moment() const { return limits_.workers == 0 ? clock_() : steady_now(); }

  // Fetches that waited join the batch when something was committed for their desk, or when their time is up.
  void wake_parked(std::vector<Ordered>& batch) {
    const Instant now = moment();
    std::erase_if(parked_, [&](Ordered& fetch) {
      const bool there = woken_.contains(std::get<Fetch>(fetch.command.what).desk);
      if (!there && fetch.patience > now) return false;
      batch.push_back(std::move(fetch));
      return true;
    });
    woken_.clear();
  }

  // Who a matter is handed to may have it now.
  void note_next(const OutcomeStatement& outcome) {
    if (!outcome.next.empty()) woken_.insert(outcome.next);
  }

  // Whose parked fetches have something now.
  void note_recipients(const std::vector<Command>& commands, const std::vector<Reply>& replies) {
    for (std::size_t n = 0; n < commands.size(); ++n) {
      if (replies[n].code != Code::ok) continue;
      if (const auto* post = std::get_if<Post>(&commands[n].what)) note_next(post->posting.outcome);
      const auto* submit = std::get_if<Submit>(&commands[n].what);
      if (submit == nullptr) continue;
      if (submit->admitted.outcome) note_next(*submit->admitted.outcome);
      for (const Slot& slot : submit->admitted.submission.slots) {
        if (slot.activation == 0) woken_.insert(slot.desk);
      }
    }
  }

  // Some fetches now, the others with the next commits: what they are answered with is in memory until it is
  // durable.
  void take_turns(std::vector<Ordered>& batch) {
    std::size_t now = 0;
    std::map<std::string, std::size_t> by_desk;
    std::erase_if(batch, [&](Ordered& ordered) {
      if (!std::holds_alternative<Fetch>(ordered.command.what)) return false;
      if (++by_desk[ordered.desk] > limits_.fetches_per_desk) {
        tell_busy(ordered);
        return true;
      }
      if (++now <= limits_.fetches_per_commit) return false;
      later_.push_back(std::move(ordered));
      return true;
    });
  }

  void tell_busy(const Ordered& ordered) {
    Reply busy;
    busy.id = ordered.id;
    busy.code = Code::busy;
    busy.text = "more fetches of this desk wait than one needs";
    busy.retry_ms = 1000;
    tell_({{ordered.peer, encode(busy)}});
  }

  bool too_many_parked(const std::string& desk) const {
    const auto same = [&](const Ordered& fetch) { return fetch.desk == desk; };
    return parked_.size() >= limits_.parked_fetches ||
           static_cast<std::size_t>(std::ranges::count_if(parked_, same)) >= limits_.fetches_per_desk;
  }

  // A fetch with nothing to fetch costs no transaction: it waits, or is told so.
  bool park(Ordered& ordered) {
    const auto* what = std::get_if<Fetch>(&ordered.command.what);
    if (what == nullptr) return false;
    const auto there = ledger_.waits(what->desk, what->after);
    if (!there || *there) return false;
    if (ordered.patience > moment() && !too_many_parked(ordered.desk)) {
      parked_.push_back(std::move(ordered));
    } else {
      Reply nothing;
      nothing.id = ordered.id;
      tell_({{ordered.peer, encode(nothing)}});
    }
    return true;
  }

  void commit(std::vector<Ordered> batch) {
    std::erase_if(batch, [this](Ordered& ordered) { return park(ordered); });
    take_turns(batch);
    if (batch.empty()) return;
    const WorldRef world = world_.get();
    std::vector<Command> commands;
    commands.reserve(batch.size());
    for (Ordered& ordered : batch) commands.push_back(std::move(ordered.command));
    std::vector<Reply> replies = ledger_.commit(*world, commands, clock_());
    note_recipients(commands, replies);
    commits_.fetch_add(1);
    commands_.fetch_add(commands.size());
    std::vector<Told> told;
    for (std::size_t n = 0; n < batch.size(); ++n) {
      replies[n].id = batch[n].id;
      if (batch[n].desk == anonymous_peer) {
        // Of who is nobody the log says nothing, least of all when.
      } else if (replies[n].code == Code::full || replies[n].code == Code::internal) {
        spdlog::error("not stored desk={} request={} code={}", batch[n].desk, batch[n].id,
                      to_string(replies[n].code));
      } else if (replies[n].code != Code::ok) {
        spdlog::warn("refused desk={} request={} code={} rule={}", batch[n].desk, batch[n].id,
                     to_string(replies[n].code), replies[n].rule);
      }
      told.push_back({batch[n].peer, encode(replies[n])});
    }
    tell_(std::move(told));
  }

  // Before the first commands of the day. A clock that ran ahead closed days that come again; then what is
  // posted waits for them.
  void turn_day() {
    const WorldRef world = world_.get();
    const Day today = Day::of(clock_());
    if (!routes_ || turned_ >= today || moment() < turn_again_) return;
    const auto turned = ledger_.turn_day(*world, clock_(), random_.draw<Hash>());
    if (!turned) {
      if (turn_again_ == Instant{})
        spdlog::warn("the day could not be turned: {}", to_string(turned.error().code));
      turn_again_ = moment() + std::chrono::seconds(30);
      return;
    }
    turn_again_ = Instant{};
    if (turned->unreadable > 0)
      spdlog::error("{} held messages cannot be read: they are not released", turned->unreadable);
    woken_.insert(turned->desks.begin(), turned->desks.end());
    turned_ = today;
    kept_for_ = nullptr;  // what was offered with the day may be of a desk that is no more
  }

  // Deadlines that have passed do so before what comes now is looked at; not all at once, or it would wait.
  void keep_time() {
    const WorldRef world = world_.get();
    if (!routes_ || moment() < keep_again_) return;
    const auto next = ledger_.next_alarm();
    const bool due = next && *next && **next <= clock_();
    if (next && !due && world == kept_for_) return;
    const auto kept = next ? ledger_.keep_time(*world, clock_(), random_.draw<Hash>()) : next.error();
    const bool well = kept && !kept->doubted;
    if (!well) {
      if (keep_again_ == Instant{})
        spdlog::error("deadlines wait: {}",
                      kept ? "the clock is not within the newest timestamp" : to_string(kept.error().code));
      keep_again_ = moment() + std::chrono::seconds(5);
      return;
    }
    const bool poisoned = kept->unreadable > 0;
    if (poisoned && keep_again_ == Instant{})
      spdlog::error("{} obligations that are due cannot be read: nobody hears of these", kept->unreadable);
    keep_again_ = poisoned ? moment() + std::chrono::seconds(5) : Instant{};
    woken_.insert(kept->desks.begin(), kept->desks.end());
    if (!kept->more) kept_for_ = world;
  }

  void sweep() {
    const Day today = Day::of(clock_());
    if (swept_ == today) return;
    const auto removed =
        ledger_.sweep(clock_(), swept_at_once, Day::of(world_.get()->network.timestamp.signed_at));
    if (!removed) {
      spdlog::warn("expired messages could not be removed: {}", to_string(removed.error().code));
    } else if (*removed < swept_at_once) {
      swept_ = today;
    }
  }

  // Not by the clock alone: one that runs ahead would destroy what is still needed.
  void forget() {
    const Day certain = std::min(Day::of(clock_()), Day::of(world_.get()->network.timestamp.signed_at));
    const bool over = shelf_until(forgotten_).month == shelf_until(certain).month;
    if (over || swept_ < certain || moment() < forget_again_) return;
    const auto more = ledger_.forget(certain, forgotten_at_once);
    if (!more) {
      spdlog::error("what has expired could not be forgotten: {}", to_string(more.error().code));
      forget_again_ = moment() + std::chrono::seconds(30);
    } else if (!*more) {
      forgotten_ = certain;
    }
  }

  CurrentWorld& world_;
  Ledger& ledger_;
  Clock clock_;
  ServiceLimits limits_;
  Tell tell_;
  Requests requests_;
  Random& random_;
  bool routes_;  // a notary has no board
  Inbox<Asked> asked_;
  Inbox<Ordered> ordered_;
  std::vector<Ordered> parked_;  // the committer's own, as is what follows
  std::vector<Ordered> later_;   // fetches whose turn comes
  std::set<std::string> woken_;
  Day swept_{0};
  Day forgotten_{0};        // a day of the month in which what expired before it was forgotten
  Instant forget_again_{};  // as turn_again_
  Day turned_{0};           // the last day that was begun
  Instant turn_again_{};    // by the steady clock; zero: it went well
  WorldRef kept_for_;       // whose directory was looked at for desks that are gone
  Instant keep_again_{};    // as turn_again_
  std::atomic<bool> finished_{false};
  std::atomic<std::size_t> anonymous_{0};  // requests that wait
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> commands_{0};
  std::jthread committer_;
  std::vector<std::jthread> workers_;
};

Service::Service(CurrentWorld& world, Ledger& ledger, Clock clock, Random& random, ServiceLimits limits,
                 Tell tell, Duties duties)
    : engine_(std::make_unique<Engine>(world, ledger, std::move(clock), random, limits, std::move(tell),
                                       duties)) {}
Service::~Service() = default;
bool Service::offer(Asked asked) { return engine_->offer(std::move(asked)); }
void Service::finish() { engine_->finish(); }
Service::Counts Service::counts() const { return engine_->counts(); }

}  // namespace seinhuis::broker
