#include "simulation/sim_broker.h"

#include "obligations.h"
#include "tables.h"

namespace seinhuis::simulation {
namespace {

constexpr auto vouched_for = std::chrono::hours(24 * 7);  // a timestamp
constexpr std::size_t swept_at_once = 100;

Reply no(Code code) {
  Reply reply;
  reply.code = code;
  return reply;
}

}  // namespace

const char* to_string(Mutant mutant) {
  constexpr std::array<const char*, mutants> names{"none",           "early-acknowledgement", "no-dedupe",
                                                   "delete-on-read", "time-out-delete",       "no-escalation",
                                                   "lost-index"};
  return names[static_cast<std::size_t>(mutant)];
}

SimBroker::SimBroker(const Cast& cast, Cast::Worlds& worlds, Chance& chance, Mutant mutant)
    : cast_(cast), worlds_(worlds), chance_(chance), mutant_(mutant), world_(worlds.data()) {
  signed_at_ = Day::of(cast.begin()).begins();  // when the network was made
  restart();
}

// Whatever it knew that is not on disk is gone.
void SimBroker::restart() {
  ledger_.emplace(store_, cast_.log_key(), broker::LedgerLimits{});
  turned_ = swept_ = Day(0);
  ++restarts_;
}

Trouble SimBroker::draw_trouble() {
  if (!chance_.percent(weather_.trouble)) return Trouble::none;
  return static_cast<Trouble>(1 + chance_.below(3));
}

void SimBroker::tick(Instant now) {
  if (!away_) signed_at_ = Day::of(now).begins();
  world_->network.timestamp.signed_at = signed_at_;
  world_->network.timestamp.expires_at = signed_at_ + vouched_for;
  const Instant seen = clock(now);
  turn_day(seen);
  keep_time(seen);
  if (swept_ == Day::of(seen)) return;
  store_.trouble(draw_trouble());
  const auto removed = ledger_->sweep(seen, swept_at_once, Day::of(signed_at_));
  if (removed && *removed < swept_at_once) swept_ = Day::of(seen);
}

void SimBroker::turn_day(Instant seen) {
  if (!board_ || turned_ >= Day::of(seen)) return;
  store_.trouble(draw_trouble());
  if (ledger_->turn_day(*world_, seen, chance_.draw<Hash>())) turned_ = Day::of(seen);
}

void SimBroker::keep_time(Instant seen) {
  kept_.reset();
  if (mutant_ == Mutant::no_escalation) {
    kept_ = seen;
    return;
  }
  for (;;) {
    store_.trouble(draw_trouble());
    const auto kept = ledger_->keep_time(*world_, seen, chance_.draw<Hash>());
    if (!kept || kept->doubted) return;
    if (kept->more) continue;
    const auto next = next_alarm();
    if (!next || *next > seen) break;
  }
  kept_ = seen;
}

std::optional<Instant> SimBroker::next_alarm() const {
  const auto next = ledger_->next_alarm();
  require(static_cast<bool>(next), "memory can be read");
  return *next;
}

std::optional<Reply> SimBroker::submit(broker::Admitted admitted, Instant now) {
  const Prologue& p = admitted.prologue;
  const Instant seen = clock(now);
  if (p.expires <= seen || Day::of(p.created) > Day::of(seen)) return no(Code::expired);
  const auto& directory = world_->network.directories.back().directory;
  for (const Slot& slot : admitted.submission.slots) {
    if (proof::find_desk(directory, slot.desk) == nullptr) return no(Code::bad_slot);
  }
  return ask({broker::Submit{std::move(admitted)}, Hash::zero()}, now);
}

std::optional<Reply> SimBroker::ask(broker::Command command, Instant now) {
  command.salt = chance_.draw<Hash>();
  kept_.reset();
  const bool dies = chance_.percent(weather_.crash);
  const Trouble trouble = dies && chance_.percent(50) ? Trouble::lost : draw_trouble();
  store_.trouble(trouble);
  auto replies = ledger_->commit(*world_, {command}, clock(now));
  break_in(command, clock(now));
  if (dies) {
    restart();
    return std::nullopt;
  }
  const bool failed = replies[0].code == Code::internal || replies[0].code == Code::full;
  if (mutant_ == Mutant::early_acknowledgement && failed) replies[0].code = Code::ok;
  return std::move(replies[0]);
}

// What the mutants do to the store behind the ledger's back.
void SimBroker::break_in(const broker::Command& command, Instant seen) {
  const auto* fetch = std::get_if<broker::Fetch>(&command.what);
  if (mutant_ == Mutant::delete_on_read && fetch != nullptr) {
    (void)store_.write([&](store::Writer& writer) -> Result<Done> {
      const auto queued = writer.scan(broker::queue_table, broker::desk_tag(fetch->desk), {}, 100);
      for (const store::Record& entry : *queued) (void)writer.erase(broker::queue_table, entry.key);
      return Done{};
    });
  }
  if (mutant_ != Mutant::time_out_delete && mutant_ != Mutant::lost_index) return;
  (void)store_.write([&](store::Writer& writer) -> Result<Done> {
    const auto soon = broker::due_by(writer, seen + std::chrono::hours(24), 1);
    for (const broker::Obligation& obligation : soon->obligations) {
      if (mutant_ == Mutant::time_out_delete) {
        (void)broker::erase_obligation(writer, obligation);
      } else {
        const auto listed = writer.scan(broker::due_table, {}, {}, 1);
        (void)writer.erase(broker::due_table, listed->front().key);
      }
    }
    return Done{};
  });
}

}  // namespace seinhuis::simulation
