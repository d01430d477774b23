#include "transaction.h"

#include <algorithm>

#include "h0_index.h"
#include "owed.h"
#include "quiet.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/wire/audit.h"
#include "tables.h"

namespace seinhuis::broker {
namespace {

constexpr std::uint32_t replay_days = 5;        // an id is remembered at least this long
constexpr std::uint32_t revocation_days = 800;  // longer than any message that names what it revokes
constexpr int max_rounds = 64;                  // of expired entries, in one fetch
constexpr std::size_t max_delivered_bytes = 3U << 20U;

Hash salt_number(const Hash& salt, std::uint32_t number) {
  return proof::h32(Packer().label("salt").raw(salt.bytes()).number(number).bytes());
}

Bytes queue_value(const MessageId& message, std::uint16_t slot) {
  return Packer().raw(message.bytes()).number(slot).take();
}

}  // namespace

Result<Done> Transaction::apply(const Command& command) {
  return std::visit([&](const auto& what) { return take(what, command.salt); }, command.what);
}

void Transaction::answer(Code code, std::string text) {
  Answer made;
  made.reply.code = code;
  made.reply.text = std::move(text);
  answers_.push_back(std::move(made));
}

void Transaction::answer_accepted(const StoredSignal& signal) {
  Answer made;
  made.accepted.push_back(
      {signal.salt, encode(AcceptedRecord{signal.h0, signal.manifest, signal.received}), {}});
  made.leaves.push_back(signal.leaf);
  if (signal.leaf == held_leaf)
    made.promises.push_back(
        promise(LeafKind::accepted, signal.salt, made.accepted.back().record, Day::of(signal.received)));
  answers_.push_back(std::move(made));
}

Result<std::vector<Reply>> Transaction::answers() {
  std::vector<Reply> replies;
  for (Answer& made : answers_) {
    std::size_t n = 0;
    std::size_t promised = 0;
    for (Accepted& accepted : made.accepted) {
      if (made.leaves[n] == held_leaf) {
        ++n;
        made.reply.items.push_back({0, encode(accepted)});
        made.reply.items.push_back({0, encode(made.promises[promised++])});
        continue;
      }
      auto proof = log_.prove(made.leaves[n++]);
      if (!proof) return proof.error();
      accepted.proof = *std::move(proof);
      made.reply.items.push_back({0, encode(accepted)});
    }
    for (HitAnswer& hit : made.hits) {
      auto proof = log_.prove(made.leaves[n++]);
      if (!proof) return proof.error();
      hit.proof = *std::move(proof);
      made.reply.items.push_back({0, encode(hit)});
    }
    for (auto& [cursor, delivery] : made.deliveries) {
      const std::uint64_t leaf = made.leaves[n++];
      const auto proof = leaf == held_leaf ? Result<LogProof>(LogProof{}) : log_.prove(leaf);
      if (!proof) return proof.error();
      delivery.proof = leaf == held_leaf ? encode(made.promises[promised++]) : encode(*proof);
      made.reply.items.push_back({cursor, encode(delivery)});
    }
    replies.push_back(std::move(made.reply));
  }
  return replies;
}

Result<StoredSignal> Transaction::signal(const MessageId& message) const {
  const auto kept = writer_.get(signal_table, message.bytes());
  if (!kept) return kept.error();
  if (!*kept) return Error{Errc::absent, "no such message"};
  return decode_signal(**kept);
}

Result<bool> Transaction::within_quota(std::string_view desk) {
  const Bytes key = desk_key(desk, today_.days());
  const auto kept = writer_.get(quota_table, key);
  if (!kept) return kept.error();
  const std::uint64_t used = *kept ? big(**kept) : 0;
  if (used >= limits_.submissions_per_desk_and_day) return false;
  if (auto put = writer_.put(quota_table, key, number_key(used + 1), shelf_until(today_)); !put)
    return put.error();
  return true;
}

Result<Done> Transaction::take(const Submit& submit, const Hash& salt) {
  const Admitted& admitted = submit.admitted;
  const auto earlier = signal(admitted.prologue.message);
  if (earlier && earlier->manifest == admitted.digest.manifest) {
    answer_accepted(*earlier);  // a retry: the same answer
    return Done{};
  }
  if (earlier) {
    answer(Code::replayed, "another message has this id");
    return Done{};
  }
  if (earlier.error().code != Errc::absent) return earlier.error();
  const auto buried = refused_before(admitted.digest.manifest);
  if (!buried) return buried.error();
  if (*buried) {  // a message is accepted or refused, never both: its next reader was told which
    answer(**buried, "this message was refused before; make it anew");
    return Done{};
  }
  const auto fits = has_room(writer_, admitted.bytes());
  if (!fits) return fits.error();
  if (!*fits) {
    answer(Code::full, "no room to keep the message; it was not accepted");
    return Done{};
  }
  const bool named = admitted.prologue.mode == Mode::identified;  // the others pay with tokens
  const auto room = named ? within_quota(admitted.prologue.sender) : Result<bool>(true);
  if (!room) return room.error();
  if (!*room) {
    answer(Code::over_quota, "this desk has sent its messages of today; the quota is set by the network");
    return Done{};
  }
  if (admitted.outcome) {
    const auto kept = keep_outcome(*admitted.outcome, admitted.parent->message, salt_number(salt, 1));
    if (!kept) return kept.error();
    if (kept->code != Code::ok) {
      answer(kept->code, kept->why);
      return bury({admitted.digest.manifest,
                   static_cast<std::uint16_t>(kept->code),
                   {},
                   Gate::none,
                   today_,
                   admitted.prologue.sender,
                   admitted.submission.signature},
                  salt);
    }
  }
  return store_signal(admitted, salt);
}

Result<Done> Transaction::store_signal(const Admitted& admitted, const Hash& salt) {
  const Prologue& p = admitted.prologue;
  StoredSignal signal{admitted.submission.prologue,
                      admitted.digest.h0,
                      admitted.digest.manifest,
                      admitted.received(now_),
                      salt,
                      0,
                      today_,
                      {},
                      admitted.submission.statements,
                      0,
                      admitted.cell_key,
                      {}};
  for (const Slot& slot : admitted.submission.slots) {
    signal.recipients.push_back(slot.desk);
    signal.dormant.push_back(slot.activation);
  }
  signal.open_slots = static_cast<std::uint16_t>(signal.recipients.size());
  signal.keep_until =
      std::max(Day::of(p.expires), today_.plus(std::max(replay_days, admitted.retention_days)));
  const store::Shelf shelf = shelf_until(signal.keep_until);
  const AcceptedRecord record{signal.h0, signal.manifest, signal.received};
  const Bytes accepted = encode(record);
  const auto leaf = append_to_log(signal, LeafKind::accepted, salt, accepted, shelf);
  if (!leaf) return leaf.error();
  signal.leaf = *leaf;
  Bytes expiry;
  put_big(expiry, Day::of(p.expires).days(), 4);
  append(expiry, p.message.bytes());
  for (const auto& put :
       {writer_.put(signal_table, p.message.bytes(), encode(signal), shelf),
        index_h0(writer_, signal.h0, today_, p.message, shelf),
        writer_.put(body_table, p.message.bytes(), encode(admitted.submission), shelf),
        writer_.put(expiry_table, expiry, {}, shelf),
        add_status(p.message, {StatusEntry::Step::accepted, signal.received, {}, accepted, salt, signal.leaf},
                   shelf)}) {
    if (!put) return put;
  }
  if (auto obliged = oblige(admitted, signal); !obliged) return obliged;
  if (!signal.cell_key.empty()) {
    const auto continuation = Signature::parse(admitted.submission.continuation);
    require(static_cast<bool>(continuation), "a message without one is not admitted");
    const Bytes own = encode(OwnAccepted{*continuation, record});
    if (auto told = tell_melder(signal, StatusEntry::Step::accepted, {}, own, salt); !told) return told;
  }
  auto queued =
      signal.cell_key.empty() || p.urgent ? queue_slots(p, signal) : hold_for_tomorrow(p.message, salt);
  if (!queued) return queued;
  if (auto owing = owe(writer_, admitted.submission.slots.size()); !owing) return owing;
  answer_accepted(signal);
  return Done{};
}

Result<std::uint64_t> Transaction::append_to_log(const StoredSignal& signal, LeafKind kind, const Hash& salt,
                                                 ByteView record, store::Shelf shelf) {
  if (signal.cell_key.empty()) return log_.append(kind, salt, record, shelf);
  if (auto held = hold_leaf(writer_, kind, salt, record, shelf, today_); !held) return held.error();
  return held_leaf;
}

Promise Transaction::promise(LeafKind kind, const Hash& salt, ByteView record, Day day) const {
  Promise made{world_.network.id, proof::log_leaf(kind, salt, record), day, Signature::zero()};
  made.signature = log_key_.sign(unsigned_bytes(made));
  return made;
}

Result<std::uint64_t> Transaction::next_cursor() {
  const auto kept = writer_.get(meta_table, view("cursor"));
  if (!kept) return kept.error();
  const std::uint64_t next = (*kept ? big(**kept) : 0) + 1;
  if (auto put = writer_.put(meta_table, view("cursor"), number_key(next), store::permanent); !put)
    return put.error();
  return next;
}

Result<Done> Transaction::queue_slots(const Prologue& prologue, const StoredSignal& signal) {
  for (std::size_t j = 0; j < signal.recipients.size(); ++j) {
    if (signal.sleeps(j)) continue;
    auto queued = queue_slot(prologue, static_cast<std::uint16_t>(j), signal.recipients[j]);
    if (!queued) return queued;
  }
  return Done{};
}

Result<Done> Transaction::queue_slot(const Prologue& prologue, std::uint16_t slot, const std::string& desk) {
  const store::Shelf shelf = shelf_until(Day::of(prologue.expires));
  const auto cursor = next_cursor();
  if (!cursor) return cursor.error();
  const Bytes value = queue_value(prologue.message, slot);
  if (auto put = writer_.put(queue_table, desk_key(desk, *cursor), value, shelf); !put) return put;
  return writer_.put(place_table, joined_key(prologue.message, desk_tag(desk)), number_key(*cursor), shelf);
}

Result<Done> Transaction::add_status(const MessageId& message, const StoredStatus& status,
                                     store::Shelf shelf) {
  const auto earlier = writer_.scan(status_table, message.bytes(), {}, max_steps);
  if (!earlier) return earlier.error();
  Bytes key = copy(message.bytes());
  put_big(key, earlier->size(), 4);
  return writer_.put(status_table, key, encode(status), shelf);
}

// Of what names nobody the broker keeps the day.
Instant Transaction::moment(const StoredSignal& signal, Instant now) {
  return signal.cell_key.empty() ? now : Day::of(now).begins();
}

Result<Done> Transaction::take(const Fetch& fetch, const Hash& salt) {
  Answer made;
  std::uint64_t after = fetch.after;
  for (int round = 0; round < max_rounds && made.deliveries.empty(); ++round) {
    const auto queued = writer_.scan(queue_table, desk_tag(fetch.desk),
                                     after == 0 ? Bytes{} : desk_key(fetch.desk, after), fetch.most);
    if (!queued) return queued.error();
    if (queued->empty()) break;
    for (const store::Record& entry : *queued) {
      after = big(ByteView(entry.key).last(8));
      if (auto taken = take_entry(fetch.desk, entry, salt, made); !taken) return taken;
      if (made.bytes > max_delivered_bytes) break;
    }
  }
  answers_.push_back(std::move(made));
  return Done{};
}

// One queued message into the answer; what was swept leaves the queue, or it would stand in the way of what
// comes after. What has expired by a clock that nobody vouches for stays.
Result<Done> Transaction::take_entry(const std::string& desk, const store::Record& entry, const Hash& salt,
                                     Answer& made) {
  Unpacker in(entry.value);
  const auto message = in.id<MessageId>();
  const auto slot = in.number<std::uint16_t>();
  auto released =
      release(message, slot, desk, salt_number(salt, static_cast<std::uint32_t>(made.leaves.size())));
  if (!released) return released.error();
  if (!*released) {
    const auto body = writer_.get(body_table, message.bytes());
    if (!body) return body.error();
    if (*body && !world_.vouches_for(now_)) return Done{};
    if (auto gone = writer_.erase(place_table, joined_key(message, desk_tag(desk))); !gone) return gone;
    return writer_.erase(queue_table, entry.key);
  }
  Release& one = **released;
  for (const PassedField& field : one.delivery.passed) made.bytes += field.ciphertext.size();
  for (const StatementCopy& copy : one.delivery.statements) made.bytes += copy.body.size();
  made.bytes += one.delivery.prologue.size();
  if (one.leaf == held_leaf) made.promises.push_back(one.promise);
  made.deliveries.emplace_back(big(ByteView(entry.key).last(8)), std::move(one.delivery));
  made.leaves.push_back(one.leaf);
  return Done{};
}

Result<Done> Transaction::take(const KeepCard& keep, const Hash& salt) {
  const KeyCard& card = keep.card;
  Bytes key = desk_tag(card.desk);
  key.push_back(static_cast<std::byte>(card.use));
  put_big(key, card.epoch, 4);
  const Bytes raw = encode(card);
  const auto earlier = writer_.get(card_table, key);
  if (!earlier) return earlier.error();
  if (*earlier && **earlier != raw) {
    answer(Code::replayed, "another card for this desk and epoch was given before");
    return Done{};
  }
  if (!*earlier) {
    const store::Shelf shelf = shelf_until(card.until.plus(400));
    if (auto put = writer_.put(card_table, key, raw, shelf); !put) return put;
    if (auto leaf = log_.append(LeafKind::card, salt, raw, shelf); !leaf) return leaf.error();
  }
  answer(Code::ok, {});
  return Done{};
}

Result<Done> Transaction::take(const Revoke& revoke, const Hash& salt) {
  const Bytes raw = encode(revoke.revocation);
  const Bytes key = joined_key(revoke.revocation.text, desk_tag(revoke.revocation.issuer));
  const auto earlier = writer_.get(revocation_table, key);
  if (!earlier) return earlier.error();
  if (!*earlier) {
    const auto fits = has_room(writer_, raw.size());
    if (!fits) return fits.error();
    if (!*fits) {
      answer(Code::full, "no room to keep the revocation; it does not count yet");
      return Done{};
    }
    const auto room = within_quota(revoke.revocation.issuer);
    if (!room) return room.error();
    if (!*room) {
      answer(Code::over_quota, "this desk has sent its messages of today; the quota is set by the network");
      return Done{};
    }
    const store::Shelf shelf = shelf_until(today_.plus(revocation_days));
    if (auto put = writer_.put(revocation_table, key, raw, shelf); !put) return put;
    if (auto leaf = log_.append(LeafKind::revocation, salt, raw, shelf); !leaf) return leaf.error();
  }
  answer(Code::ok, {});
  return Done{};
}

}  // namespace seinhuis::broker
