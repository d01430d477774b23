#include <algorithm>

#include "obligations.h"
#include "seinhuis/policy/calendar.h"
#include "tables.h"
#include "transaction.h"

// How an obligation begins, and what a receipt or an outcome does to it.
namespace seinhuis::broker {
namespace {

void meet(Obligation& obligation, std::uint8_t met) {
  obligation.owed.met = std::max(obligation.owed.met, met);
}

void run_again(Owed& owed, Deadline deadline, Instant due) {
  const auto n = static_cast<unsigned>(deadline);
  owed.due[n] = due;
  owed.missed = static_cast<std::uint8_t>(owed.missed & ~(1U << n));
  owed.reminded = static_cast<std::uint8_t>(owed.reminded & ~(1U << n));
}

bool closes(const OutcomeStatement& outcome) {
  return outcome.status == Status::gesloten || outcome.status == Status::onvoldoende ||
         !outcome.next.empty();  // another desk owes it now
}

// What a desk has said of a matter so far.
struct Said {
  std::uint64_t seq = 0;
  std::uint32_t times = 0;
};
Said said_in(ByteView row) {
  Said said{big(row.first(8)), 0};
  if (row.size() > 8) said.times = static_cast<std::uint32_t>(big(row.subspan(8)));
  return said;
}

}  // namespace

const bundle::Calendar& Transaction::calendar() const {
  return world_.policy(world_.network.policy_on(today_)->version)->source().calendar;
}

Result<Done> Transaction::oblige(const Admitted& admitted, const StoredSignal& signal) {
  const Prologue& p = admitted.prologue;
  const bool held = !signal.cell_key.empty() && !p.urgent;
  for (const ObligedDesk& desk : admitted.obliged) {
    Obligation made;
    made.desk = desk.desk;
    made.lengths = desk.deadlines;
    made.chain = desk.chain;
    made.quiet = !signal.cell_key.empty();
    made.keep_until = signal.keep_until;
    made.owed.message = p.message;
    made.owed.h0 = signal.h0;
    made.owed.rule = desk.rule;
    if (auto put = begin(std::move(made), held ? today_.plus(1).begins() : now_, p.urgent); !put) return put;
  }
  return Done{};
}

// From here on its deadlines run. What is urgent and finds nobody on duty is not waited for.
Result<Done> Transaction::begin(Obligation obligation, Instant offered, bool urgent) {
  obligation.owed.offered = offered;
  obligation.heard = Day::of(offered);
  for (std::size_t n = 0; n < deadlines; ++n) {
    obligation.owed.due[n] =
        policy::due_at(calendar(), obligation.lengths, static_cast<Deadline>(n), offered);
  }
  if (urgent && !policy::on_duty(calendar(), obligation.desk, offered)) obligation.owed.due[0] = offered;
  return put_obligation(writer_, std::move(obligation));
}

Result<Done> Transaction::picked_up(const MessageId& message, const std::string& desk) {
  auto found = find_obligation(writer_, message, desk);
  if (!found) return found.error();
  if (!*found || !(*found)->open()) return Done{};
  Obligation& obligation = **found;
  if (obligation.owed.met == 0) {
    auto measured = measure(writer_, desk, Deadline::pick_up, now_ - obligation.owed.offered, today_);
    if (!measured) return measured;
  }
  meet(obligation, 1);
  obligation.resting = false;
  return put_obligation(writer_, obligation);
}

// An outcome that closes the matter ends what was owed; any other is heard, and the next is due anew.
Result<Done> Transaction::answered(const MessageId& message, const OutcomeStatement& outcome) {
  auto found = find_obligation(writer_, message, outcome.desk);
  if (!found) return found.error();
  if (!*found || !(*found)->open()) return Done{};
  Obligation& obligation = **found;
  if (!obligation.owed.status) {
    auto measured = measure(writer_, outcome.desk, Deadline::outcome, now_ - obligation.owed.offered, today_);
    if (!measured) return measured;
  }
  obligation.owed.status = outcome.status;
  obligation.heard = today_;
  obligation.resting = false;
  meet(obligation, closes(outcome) ? 3 : 2);
  if (!closes(outcome))
    run_again(obligation.owed, Deadline::outcome,
              policy::due_at(calendar(), obligation.lengths, Deadline::outcome, now_));
  if (auto put = put_obligation(writer_, obligation); !put) return put;
  return closes(outcome) ? let_sleep(message) : Result<Done>(Done{});
}

// The matter is its again, whatever it let pass before: what it owes runs from now on.
Result<Done> Transaction::take_back(Obligation obligation) {
  obligation.resting = false;
  for (std::size_t n = obligation.owed.met; n < deadlines; ++n) {
    const auto deadline = static_cast<Deadline>(n);
    run_again(obligation.owed, deadline, policy::due_at(calendar(), obligation.lengths, deadline, now_));
  }
  return put_obligation(writer_, std::move(obligation));
}

// What it said is as if it had not: the melder cannot read it.
Result<Done> Transaction::run_anew(const MessageId& message, const std::string& desk) {
  auto found = find_obligation(writer_, message, desk);
  if (!found) return found.error();
  if (!*found) return Done{};
  Obligation& obligation = **found;
  obligation.owed.status.reset();
  obligation.owed.met = 1;
  obligation.resting = false;
  for (const Deadline deadline : {Deadline::triage, Deadline::outcome})
    run_again(obligation.owed, deadline, policy::due_at(calendar(), obligation.lengths, deadline, now_));
  return put_obligation(writer_, obligation);
}

// The clear outcome of a feedback: a step in the life of the signal it answers, later than any the desk gave
// before, of a matter that is still its own.
Result<Transaction::Heard> Transaction::keep_outcome(const OutcomeStatement& outcome,
                                                     const MessageId& message, const Hash& salt) {
  const Bytes key = joined_key(outcome.parent, desk_tag(outcome.desk));
  const auto last = writer_.get(outcome_table, key);
  if (!last) return last.error();
  const Said before = *last ? said_in(**last) : Said{};
  if (before.seq >= outcome.seq)
    return Heard{Code::answered, "an outcome with this number or a later one was given before"};
  const auto owed = find_obligation(writer_, message, outcome.desk);
  if (!owed) return owed.error();
  if (*owed && !(*owed)->open()) {
    return (*owed)->owed.status == Status::doorgezet
               ? Heard{Code::closed, "this desk has handed the matter over; what it said stands"}
               : Heard{Code::closed, "this desk has closed the matter; what it said stands"};
  }
  if (before.times >= max_outcomes && !closes(outcome))
    return Heard{Code::bad_outcome,
                 "this desk has said 32 things of the matter, which is the most; it can close it"};
  auto parent = signal(message);
  if (!parent) return parent.error();
  bool woken = false;
  if (!outcome.next.empty()) {
    const auto taken = *owed ? hand_over(**owed, outcome.next, *parent) : Result<Taken>(Taken::no);
    if (!taken) return taken.error();
    if (*taken == Taken::no)
      return Heard{Code::bad_outcome,
                   "nobody to hand it over to: that desk owes nothing here, and its rule gives it nothing; "
                   "send a signal in the thread"};
    woken = *taken == Taken::woken;
  }
  const store::Shelf shelf = shelf_until(parent->keep_until);
  const Bytes record = encode(outcome);
  const auto leaf = append_to_log(*parent, LeafKind::outcome, salt, record, shelf);
  if (!leaf) return leaf.error();
  Bytes said = number_key(outcome.seq);
  put_big(said, before.times + 1, 4);
  if (auto put = writer_.put(outcome_table, key, said, shelf); !put) return put.error();
  const StoredStatus step{
      StatusEntry::Step::outcome, moment(*parent, now_), outcome.desk, record, salt, *leaf};
  if (auto added = add_status(message, step, shelf); !added) return added.error();
  if (auto met = answered(message, outcome); !met) return met.error();
  if (woken) {
    const Woken reason{message, outcome.next, salt, *leaf, today_, record};
    if (auto kept = keep_reason(reason, shelf); !kept) return kept.error();
  }
  return Heard{};
}

}  // namespace seinhuis::broker
