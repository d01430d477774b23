#include <algorithm>

#include "h0_index.h"
#include "owed.h"
#include "quiet.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/leaves.h"
#include "tables.h"
#include "transaction.h"

// What leaves the broker for one recipient: evaluated again on the day it is picked up.
namespace seinhuis::broker {
namespace {

// The statements that a recipient needs to recompute its row: those with it in scope.
std::vector<StatementCopy> statements_for(const Submission& body, const std::string& desk) {
  std::vector<StatementCopy> shown;
  for (const StatementCopy& copy : body.statements) {
    const auto statement = decode_statement(copy.body);
    if (statement && std::ranges::find(statement->to, desk) != statement->to.end()) shown.push_back(copy);
  }
  return shown;
}

Delivery strip(const Submission& body, const proof::Digest& digest, std::uint16_t number,
               const DeliveryRecord& record) {
  const Slot& slot = body.slots[number];
  Delivery d;
  d.prologue = body.prologue;
  d.field_leaves = digest.field_leaves;
  d.slot_leaves = digest.slot_leaves;
  d.slot = number;
  d.activation = slot.activation;
  d.salt = slot.salt;
  d.card = slot.card;
  d.enc = slot.enc;
  d.note = slot.note;
  d.sealed_entries = proof::parts_of(slot, number).entries;
  for (std::size_t n = 0; n < slot.wraps.size(); ++n) {
    if (!record.entries[n].passed) continue;
    const SealedField& field = body.fields[slot.wraps[n].entry];
    d.passed.push_back({slot.wraps[n].entry, field.commitment, field.ciphertext, slot.wraps[n].box});
  }
  d.statements = statements_for(body, slot.desk);
  d.signature = body.signature;
  d.outcome = body.outcome;
  d.admission = body.admission;
  d.continuation = body.continuation;
  return d;
}

}  // namespace

Result<std::optional<Parent>> find_parent_in(const store::Reader& reader, const Hash& h0) {
  const auto found = message_of(reader, h0);
  if (!found) return found.error();
  if (!*found) return std::optional<Parent>{};
  const MessageId message = **found;
  const auto kept = reader.get(signal_table, message.bytes());
  if (!kept) return kept.error();
  if (!*kept) return std::optional<Parent>{};
  auto signal = decode_signal(**kept);
  if (!signal) return signal.error();
  auto prologue = decode_prologue(signal->prologue);
  if (!prologue) return prologue.error();
  Parent parent{message, *std::move(prologue), std::move(signal->prologue), signal->awake(), {}};
  for (const std::string& desk : parent.recipients) {
    const auto owes = reader.get(owed_table, joined_key(message, desk_tag(desk)));
    if (!owes) return owes.error();
    if (*owes) parent.obliged.push_back(desk);
  }
  return std::optional(std::move(parent));
}

Result<std::optional<Parent>> Transaction::parent_of(const Prologue& prologue) const {
  if (prologue.parent.is_zero()) return std::optional<Parent>{};
  return find_parent_in(writer_, prologue.parent);
}

Result<std::optional<Bytes>> find_revocation_in(const store::Reader& reader, const Hash& statement,
                                                const std::string& issuer) {
  return reader.get(revocation_table, joined_key(statement, desk_tag(issuer)));
}

// Revocations of statements of this message that reached the broker after it.
Result<std::vector<StatementCopy>> Transaction::revocations_of(const Submission& body) const {
  std::vector<StatementCopy> revocations;
  for (const StatementCopy& copy : body.statements) {
    const auto statement = decode_statement(copy.body);
    if (!statement) continue;
    auto found = find_revocation_in(writer_, proof::h32(copy.body), statement->issuer);
    if (!found) return found.error();
    if (*found) revocations.push_back({Hash::zero(), **std::move(found)});
  }
  return revocations;
}

Result<std::optional<policy::Row>> Transaction::row_today(const Leaving& leaving) const {
  const policy::Policy& policy = *world_.policy(world_.network.policy_on(today_)->version);
  std::vector<Statement> statements;
  for (const StatementCopy& copy : leaving.body.statements) {
    // Checked when it was admitted, under the policy of its day; what today's does not know does not count.
    if (auto statement = decode_statement(copy.body)) statements.push_back(*std::move(statement));
  }
  for (const StatementCopy& copy : leaving.revocations) {
    if (auto revocation = policy::check_revocation(world_.network, leaving.prologue, copy))
      statements.push_back(*std::move(revocation));
  }
  const auto parent = parent_of(leaving.prologue);
  if (!parent) return parent.error();
  const auto facts = policy::facts_of(policy, world_.network.directory_on(today_), leaving.prologue,
                                      statements, context_of(policy, *parent), today_);
  const policy::Index desk = policy.desk(leaving.desk());
  if (!facts || desk == policy::none) return std::optional<policy::Row>{};
  const bool standby = leaving.body.slots[leaving.slot].activation > 0;
  return std::optional(
      policy::row_for(policy, *facts, desk, standby ? policy::Turn::standby : policy::Turn::now));
}

// Today's plan for the slot's desk, as a record of what passes.
Result<DeliveryRecord> Transaction::decide(const Leaving& leaving) const {
  const proof::PolicyVersion& version = *world_.network.policy_on(today_);
  const auto row = row_today(leaving);
  if (!row) return row.error();
  std::vector<std::uint16_t> sealed;
  for (const Wrap& wrap : leaving.body.slots[leaving.slot].wraps) sealed.push_back(wrap.entry);
  DeliveryRecord record =
      *row ? policy::record_of(*world_.policy(version.version), **row, leaving.prologue, sealed)
           : policy::nothing_of(sealed);
  record.network = world_.network.id;
  record.h0 = leaving.signal.h0;
  record.desk = leaving.desk();
  record.policy = version.version;
  record.directory = world_.network.directory_on(today_)->version;
  record.day = today_;
  return record;
}

// The same day under the same policy the same record, unless a revocation came in between; a later day
// decides anew.
Result<StoredRecord> Transaction::record_for(const Leaving& leaving, const Hash& salt) {
  const Bytes key = joined_key(leaving.message, desk_tag(leaving.desk()));
  const auto kept = writer_.get(record_table, key);
  if (!kept) return kept.error();
  std::optional<StoredRecord> earlier;
  if (*kept) {
    auto stored = decode_stored_record(**kept);
    if (!stored) return stored;
    earlier = *std::move(stored);
    const auto made = decode_record(earlier->record);
    if (leaving.revocations.empty() && made && made->day == today_ &&
        made->policy == world_.network.policy_on(today_)->version)
      return *earlier;
  }
  const auto record = decide(leaving);
  if (!record) return record.error();
  StoredRecord made{encode(*record), salt, 0, false};
  if (earlier && earlier->record == made.record) return *earlier;
  const store::Shelf shelf = shelf_until(leaving.signal.keep_until);
  const auto leaf = append_to_log(leaving.signal, LeafKind::delivery, salt, made.record, shelf);
  if (!leaf) return leaf.error();
  made.leaf = *leaf;
  if (!leaving.revocations.empty()) {
    Packer applied;
    for (const StatementCopy& copy : leaving.revocations) applied.sized(copy.body);
    if (auto put = writer_.put(applied_table, number_key(*leaf), applied.bytes(), shelf); !put)
      return put.error();
  }
  if (auto put = writer_.put(record_table, key, encode(made), shelf); !put) return put.error();
  return made;
}

// What the desk gets of the message today; nothing when the message has expired or every receipt is in.
Result<std::optional<Transaction::Release>> Transaction::release(const MessageId& message, std::uint16_t slot,
                                                                 std::string_view desk, const Hash& salt) {
  const auto stored = signal(message);
  if (!stored && stored.error().code == Errc::absent) return std::optional<Release>{};  // forgotten
  if (!stored) return stored.error();
  auto whole = leaving_of(message, *stored);
  if (!whole) return whole.error();
  if (!*whole) return std::optional<Release>{};
  Leaving& leaving = **whole;
  require(slot < leaving.body.slots.size() && leaving.body.slots[slot].desk == desk,
          "the queue names a slot of its desk");
  leaving.slot = slot;
  auto record = record_for(leaving, salt);
  if (!record) return record.error();
  const auto decoded = decode_record(record->record);
  if (!decoded) return decoded.error();
  Release made{strip(leaving.body, proof::digest(leaving.body), slot, *decoded), record->leaf, {}};
  if (record->leaf == held_leaf)
    made.promise = promise(LeafKind::delivery, record->salt, record->record, decoded->day);
  if (made.delivery.activation > 0) {
    auto reason = reason_of(message, desk);
    if (!reason) return reason.error();
    made.delivery.escalation = *std::move(reason);
  }
  made.delivery.record = record->record;
  made.delivery.record_salt = record->salt;
  const auto& shown = made.delivery.statements;
  for (const StatementCopy& revocation : leaving.revocations) {
    const auto revoked = decode_statement(revocation.body);
    const auto of_shown = [&](const StatementCopy& copy) {
      return revoked && proof::h32(copy.body) == revoked->text;
    };
    if (std::ranges::any_of(shown, of_shown)) made.delivery.statements.push_back(revocation);
  }
  return std::optional(std::move(made));
}

// Nothing of it is owed to this desk any more; the last receipt ends the ciphertext.
Result<Done> Transaction::leave_queue(StoredSignal& stored, const MessageId& message,
                                      const std::string& desk) {
  if (stored.open_slots > 0) {
    --stored.open_slots;
    if (auto settled = settle(writer_, 1); !settled) return settled;
  }
  if (stored.open_slots == 0) {
    if (auto gone = writer_.erase(body_table, message.bytes()); !gone) return gone;
  }
  const Bytes key = joined_key(message, desk_tag(desk));
  const auto place = writer_.get(place_table, key);
  if (!place) return place.error();
  if (!*place) return Done{};
  if (auto gone = writer_.erase(queue_table, desk_key(desk, big(**place))); !gone) return gone;
  return writer_.erase(place_table, key);
}

Result<Done> Transaction::take(const TakeReceipt& taken, const Hash& salt) {
  const Receipt& receipt = taken.receipt;
  const auto found = message_of(writer_, receipt.h0);
  if (!found) return found.error();
  if (!*found) {
    answer(Code::absent, "a receipt for a message that is not known here");
    return Done{};
  }
  const MessageId message = **found;
  const Bytes key = joined_key(message, desk_tag(receipt.desk));
  const auto kept = writer_.get(record_table, key);
  if (!kept) return kept.error();
  if (!*kept) {
    answer(Code::absent, "a receipt for a delivery that was never made");
    return Done{};
  }
  auto record = decode_stored_record(**kept);
  if (!record) return record.error();
  if (record->receipted) {
    answer(Code::ok, {});  // a retry
    return Done{};
  }
  if (proof::log_leaf(LeafKind::delivery, record->salt, record->record) != receipt.record) {
    answer(Code::absent, "a receipt for another delivery record than the newest");
    return Done{};
  }
  auto stored = signal(message);
  if (!stored) return stored.error();
  const store::Shelf shelf = shelf_until(stored->keep_until);
  const Bytes raw = encode(receipt);
  const auto leaf = append_to_log(*stored, LeafKind::receipt, salt, raw, shelf);
  if (!leaf) return leaf.error();
  record->receipted = true;
  if (auto left = leave_queue(*stored, message, receipt.desk); !left) return left;
  for (const auto& put :
       {writer_.put(record_table, key, encode(*record), shelf),
        writer_.put(signal_table, message.bytes(), encode(*stored), shelf),
        add_status(message,
                   {StatusEntry::Step::received, moment(*stored, now_), receipt.desk, raw, salt, *leaf},
                   shelf)}) {
    if (!put) return put;
  }
  if (receipt.authentic) {
    if (auto met = picked_up(message, receipt.desk); !met) return met;
  }
  if (!stored->cell_key.empty()) {
    if (auto told = tell_melder(*stored, StatusEntry::Step::received, receipt.desk, raw, salt); !told)
      return told;
  }
  answer(Code::ok, {});
  return Done{};
}

}  // namespace seinhuis::broker
