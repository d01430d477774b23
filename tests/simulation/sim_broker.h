#pragma once

#include "simulation/cast.h"
#include "simulation/memory_store.h"

namespace seinhuis::simulation {

// Ways to break the guarantee; a history with one of them must not come to its end unnoticed.
enum class Mutant : std::uint8_t {
  none,
  early_acknowledgement,  // "accepted" before it is durable
  no_dedupe,              // a desk shows what it took in twice
  delete_on_read,         // what was fetched is gone, receipt or not
  time_out_delete,        // what a desk let pass is forgotten
  no_escalation,          // nobody looks at the clock
  lost_index              // one obligation cannot be found by its time
};
constexpr std::size_t mutants = 7;
const char* to_string(Mutant mutant);

// How bad a history is to its broker.
struct Weather {
  std::size_t trouble = 0;  // percent of the writes
  std::size_t crash = 0;    // percent of the writes before or after which the process dies
};

// The broker's process: the real ledger on a disk that fails, by a clock that jumps.
class SimBroker {
 public:
  SimBroker(const Cast& cast, Cast::Worlds& worlds, Chance& chance, Mutant mutant);

  // What it does before it looks at what came: days, deadlines, sweeping.
  void tick(Instant now);
  // Nothing: it died before it answered.
  std::optional<Reply> ask(broker::Command command, Instant now);
  // Refuses as admission does for what depends on the day.
  std::optional<Reply> submit(broker::Admitted admitted, Instant now);

  void set_law(Cast::Law law) { world_ = &worlds_[static_cast<std::size_t>(law)]; }
  // It has a board: days are closed.
  void with_board() { board_ = true; }
  void set_skew(std::chrono::milliseconds skew) { skew_ = skew; }
  void set_weather(Weather weather) { weather_ = weather; }
  // From here on the administrators sign no timestamp any more, or they do again.
  void administrators(bool away) { away_ = away; }
  void stop() { stopped_ = true; }
  void start() { stopped_ = false; }
  bool stopped() const { return stopped_; }
  // As the service believes it: never before what was signed.
  Instant clock(Instant now) const { return std::max(now + skew_, signed_at_); }

  const broker::Ledger& ledger() const { return *ledger_; }
  const MemoryStore& store() const { return store_; }
  const broker::World& world() const { return *world_; }
  std::chrono::milliseconds skew() const { return skew_; }
  // The last time that it looked at all that is due, if nothing came since.
  std::optional<Instant> kept() const { return kept_; }
  std::optional<Instant> next_alarm() const;
  std::uint32_t restarts() const { return restarts_; }

 private:
  void restart();
  Trouble draw_trouble();
  void turn_day(Instant seen);
  void keep_time(Instant seen);
  void break_in(const broker::Command& command, Instant seen);

  const Cast& cast_;
  Cast::Worlds& worlds_;
  Chance& chance_;
  Weather weather_;
  Mutant mutant_;
  bool board_ = false;
  MemoryStore store_;
  std::optional<broker::Ledger> ledger_;
  broker::World* world_;
  Instant signed_at_{};
  bool away_ = false;
  bool stopped_ = false;
  std::chrono::milliseconds skew_{0};
  std::optional<Instant> kept_;
  Day turned_{0};
  Day swept_{0};
  std::uint32_t restarts_ = 0;
};

}  // namespace seinhuis::simulation
