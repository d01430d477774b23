#include <algorithm>

#include "owed.h"
#include "quiet.h"
#include "seinhuis/policy/calendar.h"
#include "tables.h"
#include "transaction.h"

// Dormant slots: sealed by the sender for the desks of a chain, handed out when the chain comes to them.
namespace seinhuis::broker {
namespace {

constexpr std::uint8_t never = 0xFF;  // of a slot that sleeps on: nothing is owed any more

}  // namespace

bool Transaction::is_there(std::string_view desk) const {
  return proof::find_desk(world_.network.directory_on(today_)->directory, desk) != nullptr;
}

Result<Transaction::HandedOn> Transaction::hand_on(Obligation& from, StoredSignal& stored) {
  HandedOn handed;
  auto leaving = leaving_of(from.owed.message, stored);
  if (!leaving) return leaving.error();
  if (!*leaving) return handed;
  while (!from.chain.empty()) {
    const std::string next = from.chain.front();
    from.chain.erase(from.chain.begin());
    const auto found = std::ranges::find(stored.recipients, next);
    if (found == stored.recipients.end()) continue;
    const auto slot = static_cast<std::uint16_t>(found - stored.recipients.begin());
    if (!stored.sleeps(slot)) {
      const auto owed = find_obligation(writer_, from.owed.message, next);
      if (!owed) return owed.error();
      if (!*owed || !running(**owed) || !is_there(next)) continue;
      handed.next = next;  // whom a deadline still makes answer
      return handed;
    }
    if (stored.dormant[slot] == never) continue;
    (*leaving)->slot = slot;
    const auto woken = wake(from, **leaving, stored);
    if (!woken) return woken.error();
    if (*woken) {
      handed.next = next;
      return handed;
    }
    handed.passed.push_back(next);
  }
  return handed;
}

Result<Transaction::Taken> Transaction::hand_over(Obligation from, const std::string& next,
                                                  StoredSignal& stored) {
  const MessageId& message = from.owed.message;
  const auto found = std::ranges::find(stored.recipients, next);
  if (next == from.desk || found == stored.recipients.end() || !is_there(next)) return Taken::no;
  const auto slot = static_cast<std::uint16_t>(found - stored.recipients.begin());
  if (!stored.sleeps(slot)) {
    const auto owed = find_obligation(writer_, message, next);
    if (!owed) return owed.error();
    if (!*owed || !(*owed)->open()) return Taken::no;
    if (auto back = take_back(**owed); !back) return back.error();
    return Taken::owed;
  }
  if (stored.dormant[slot] == never) return Taken::no;
  auto leaving = leaving_of(message, stored);
  if (!leaving) return leaving.error();
  if (!*leaving) return Taken::no;
  (*leaving)->slot = slot;
  std::erase(from.chain, next);
  const auto woken = wake(from, **leaving, stored);
  if (!woken) return woken.error();
  return *woken ? Taken::woken : Taken::no;
}

// The message as it would leave today; nothing when it is not here any more.
Result<std::optional<Transaction::Leaving>> Transaction::leaving_of(const MessageId& message,
                                                                    const StoredSignal& stored) const {
  const auto kept = writer_.get(body_table, message.bytes());
  if (!kept) return kept.error();
  if (!*kept) return std::optional<Leaving>{};
  auto body = decode_kept_submission(**kept);
  if (!body) return Error{Errc::io, "a stored message cannot be read"};
  auto prologue = decode_prologue(body->prologue);
  if (!prologue) return prologue.error();
  if (prologue->expires <= now_) return std::optional<Leaving>{};
  auto revocations = revocations_of(*body);
  if (!revocations) return revocations.error();
  return std::optional(
      Leaving{message, stored, *std::move(body), *std::move(prologue), 0, *std::move(revocations)});
}

// False when the policy gives it nothing today, or it is not in the directory any more.
Result<bool> Transaction::wake(const Obligation& from, const Leaving& leaving, StoredSignal& stored) {
  if (!is_there(leaving.desk())) return false;
  const auto row = row_today(leaving);
  if (!row) return row.error();
  const policy::Policy& policy = *world_.policy(world_.network.policy_on(today_)->version);
  const bundle::Rule* rule = *row ? policy::obligation(policy, **row) : nullptr;
  if (rule == nullptr) return false;
  stored.dormant[leaving.slot] = 0;
  const store::Shelf shelf = shelf_until(stored.keep_until);
  if (auto put = writer_.put(signal_table, leaving.message.bytes(), encode(stored), shelf); !put)
    return put.error();
  if (auto queued = queue_slot(leaving.prologue, leaving.slot, leaving.desk()); !queued)
    return queued.error();
  Obligation made;
  made.desk = leaving.desk();
  made.lengths = policy::lengths_of(*rule, leaving.prologue.urgent);
  made.chain = from.chain;
  made.quiet = from.quiet;
  made.keep_until = from.keep_until;
  made.owed.message = leaving.message;
  made.owed.h0 = stored.h0;
  made.owed.rule = rule->id;
  if (auto begun = begin(std::move(made), now_, leaving.prologue.urgent); !begun) return begun.error();
  woken_.push_back(leaving.desk());
  return true;
}

Result<Done> Transaction::keep_reason(const Woken& woken, store::Shelf shelf) {
  const Bytes value =
      Packer().raw(woken.salt.bytes()).number(woken.leaf).day(woken.day).sized(woken.record).take();
  return writer_.put(woken_table, joined_key(woken.message, desk_tag(woken.desk)), value, shelf);
}

// Why the desk has it, proved.
Result<Bytes> Transaction::reason_of(const MessageId& message, std::string_view desk) const {
  const auto kept = writer_.get(woken_table, joined_key(message, desk_tag(desk)));
  if (!kept) return kept.error();
  if (!*kept) return Error{Errc::io, "why a slot was woken is not there"};
  Unpacker in(**kept);
  EscalationProof shown;
  shown.salt = in.id<Hash>();
  const auto leaf = in.number<std::uint64_t>();
  const Day day = in.day();
  shown.record = copy(in.sized(1024));
  if (!in.ok()) return Error{Errc::io, "why a slot was woken cannot be read"};
  if (leaf == held_leaf) {
    const LeafKind kind = decode_outcome(shown.record) ? LeafKind::outcome : LeafKind::escalation;
    shown.proof = encode(promise(kind, shown.salt, shown.record, day));
  } else {
    const auto proof = log_.prove(leaf);
    if (!proof) return proof.error();
    shown.proof = encode(*proof);
  }
  return encode(shown);
}

// Every desk has closed the matter: what sleeps sleeps on, and is not kept for it.
Result<Done> Transaction::let_sleep(const MessageId& message) {
  auto stored = signal(message);
  if (!stored) return stored.error();
  std::uint16_t sleeping = 0;
  for (std::size_t n = 0; n < stored->recipients.size(); ++n) {
    const auto owed = find_obligation(writer_, message, stored->recipients[n]);
    if (!owed) return owed.error();
    if (*owed && (*owed)->open()) return Done{};
    if (stored->sleeps(n) && stored->dormant[n] != never) ++sleeping;
  }
  sleeping = std::min(sleeping, stored->open_slots);  // 0 when it has expired
  if (sleeping == 0) return Done{};
  for (std::uint8_t& step : stored->dormant) step = step == 0 ? step : never;
  stored->open_slots = static_cast<std::uint16_t>(stored->open_slots - sleeping);
  if (auto settled = settle(writer_, sleeping); !settled) return settled;
  if (stored->open_slots == 0) {
    if (auto gone = writer_.erase(body_table, message.bytes()); !gone) return gone;
  }
  return writer_.put(signal_table, message.bytes(), encode(*stored), shelf_until(stored->keep_until));
}

}  // namespace seinhuis::broker
