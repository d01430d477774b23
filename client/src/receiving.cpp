#include <algorithm>

#include "seinhuis/base/packed.h"
#include "seinhuis/client/client.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/leaves.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/wire/audit.h"
#include "tables.h"

namespace seinhuis::client {
Result<std::optional<KeptDelivery>> Client::kept(const MessageId& message) const {
  std::optional<KeptDelivery> found;
  const auto done = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto raw = reader.get(inbox_table, message.bytes());
    if (!raw) return raw.error();
    if (!*raw) return Done{};
    auto delivery = decode_kept(**raw);
    if (!delivery) return delivery.error();
    found = *std::move(delivery);
    return Done{};
  });
  if (!done) return done.error();
  return found;
}

Result<std::optional<MessageId>> Client::named(ByteView key) const {
  std::optional<MessageId> found;
  const auto done = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto raw = reader.get(known_table, key);
    if (!raw) return raw.error();
    if (!*raw) return Done{};
    const auto id = MessageId::parse(**raw);
    if (!id) return id.error();
    found = *id;
    return Done{};
  });
  if (!done) return done.error();
  return found;
}

Knowledge Client::knowledge() const {
  return {trusted_,
          parts_.desk,
          parts_.clock(),
          [this](ByteView raw) -> const seal::OpeningKey* {
            const auto card = decode_card(raw);
            return card ? parts_.keys.opening_key(card->key) : nullptr;
          },
          [this](const Hash& h0) {
            const auto id = named(known_key('s', h0));
            return id && id->has_value();
          },
          [this](const Hash& h0) {
            const auto id = named(known_key('r', h0));
            if (!id || !*id) return std::string();
            const auto delivery = kept(**id);
            return delivery && *delivery ? (*delivery)->from : std::string();
          }};
}

Result<std::size_t> Client::fetch(std::chrono::milliseconds wait) {
  if (auto fresh = check_fresh(); !fresh) return fresh.error();
  Request request;
  request.action = Action::fetch;
  request.after = cursor_;
  request.wait_ms = static_cast<std::uint32_t>(wait.count());
  const auto reply = parts_.link.ask(std::move(request), parts_.patience + wait);
  if (!reply) return reply.error();
  if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
  if (reply->code != Code::ok) return Error{Errc::refused, reply->text};
  // Each item once: one that cannot be acknowledged must not come round for ever.
  for (const Item& item : reply->items) {
    cursor_ = std::max(cursor_, item.cursor);
    if (auto taken = take(item.body); !taken) return taken.error();
  }
  if (reply->items.empty() && again_) {
    cursor_ = 0;  // a receipt did not arrive: its delivery comes again with the next fetch
    again_ = false;
  }
  return reply->items.size();
}

Result<Done> Client::take(const Bytes& raw) {
  const auto delivery = decode_delivery(raw);
  if (!delivery) return raise({AlarmCode::malformed, delivery.error().detail, MessageId::zero()});
  const auto prologue = decode_prologue(delivery->prologue);
  if (!prologue) return raise({AlarmCode::malformed, prologue.error().detail, MessageId::zero()});
  const auto earlier = kept(prologue->message);
  if (!earlier) return earlier.error();
  if (!*earlier) return take_new(*delivery, *prologue);
  const KeptDelivery& held = **earlier;
  if (held.manifest !=
      proof::manifest_hash(delivery->prologue, delivery->field_leaves, delivery->slot_leaves)) {
    return raise({AlarmCode::conflict, "another message under an id that is known", prologue->message});
  }
  // Delivered again: acknowledged again, not shown. After a receipt that the broker has there is no reason
  // to.
  const Hash leaf = proof::log_leaf(LeafKind::delivery, delivery->record_salt, delivery->record);
  const bool same = delivery->record == held.record && delivery->record_salt == held.record_salt;
  if (held.acknowledged && !same)
    return raise({AlarmCode::replay, "delivered again after its receipt", prologue->message});
  return acknowledge(same ? held.receipt : receipt_for(held.h0, leaf, true), prologue->message);
}

Bytes Client::receipt_for(const Hash& h0, const Hash& record, bool authentic) const {
  Receipt receipt{trusted_.network.id, h0, parts_.desk, record, authentic, Signature::zero()};
  receipt.signature = parts_.keys.signer().sign(unsigned_bytes(receipt));
  return seinhuis::encode(receipt);
}

// Made under metadata that was published after this desk's last look. It looks again before it judges: that
// something is not authentic is said once and for all.
Result<Done> Client::look_again_for(const Delivery& delivery, const Prologue& prologue) {
  const auto record = decode_record(delivery.record);
  const std::uint32_t directory =
      std::max(prologue.directory.number, record ? record->directory.number : std::uint32_t{0});
  const std::uint32_t policy =
      std::max(prologue.policy.number, record ? record->policy.number : std::uint32_t{0});
  if (directory <= trusted_.network.directories.back().version.number &&
      policy <= trusted_.network.policies.back().version.number)
    return Done{};
  auto refreshed = refresh_metadata();
  if (!refreshed) again_ = true;  // the delivery comes again
  return refreshed;
}

Result<Done> Client::take_new(const Delivery& delivery, const Prologue& prologue) {
  if (auto looked = look_again_for(delivery, prologue); !looked) return looked;
  auto judged = accept(delivery, knowledge());
  if (auto* alarm = std::get_if<Alarm>(&judged)) {
    alarm->message = prologue.message;
    if (auto raised = raise(*alarm); !raised) return raised;
    const Hash leaf = proof::log_leaf(LeafKind::delivery, delivery.record_salt, delivery.record);
    return acknowledge(receipt_for(proof::h0_of(delivery.prologue), leaf, false), prologue.message);
  }
  const Received& received = std::get<Received>(judged);
  auto forked = check_head(received.proof.head);
  if (!forked) return forked.error();
  if (*forked) {
    (*forked)->message = prologue.message;
    if (auto raised = raise(**forked); !raised) return raised;
    return acknowledge(receipt_for(received.h0, received.record_leaf, false), prologue.message);
  }
  KeptDelivery fresh = view_of(received, delivery, trusted_);
  fresh.receipt = receipt_for(received.h0, received.record_leaf, true);
  Noted seen;
  auto stored = parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    auto noted = check_note(writer, received);
    if (!noted) return noted.error();
    seen = *std::move(noted);
    if (auto put = writer.put(known_table, known_key('r', fresh.h0), fresh.message.bytes(), store::permanent);
        !put)
      return put;
    return writer.put(inbox_table, fresh.message.bytes(), encode(fresh), store::permanent);
  });
  if (!stored) return stored;
  if (seen.missing == 1) {  // a tombstone explains one hole, and nothing behind it
    const auto known = explained(received);
    if (!known) return known.error();
    if (*known) seen.alarm.reset();
  }
  if (seen.alarm) {
    if (auto raised = raise(*seen.alarm); !raised) return raised;
  }
  return acknowledge(fresh.receipt, fresh.message);
}

// The note says which of this sender's messages to me this is. A hole or a second one is an alarm, not a
// verdict: the message is shown.
Result<Client::Noted> Client::check_note(store::Writer& writer, const Received& received) {
  const Bytes key = Packer().raw(received.prologue.signer.bytes()).raw(received.note.instance.bytes()).take();
  const auto last = writer.get(note_in_table, key);
  if (!last) return last.error();
  std::uint64_t expected = 0;
  Hash previous = Hash::zero();
  if (*last) {
    Unpacker in(**last);
    expected = in.number<std::uint64_t>() + 1;
    previous = in.id<Hash>();
  }
  const Bytes now = Packer().number(received.note.seq).raw(received.manifest.bytes()).take();
  if (received.note.seq >= expected) {
    if (auto put = writer.put(note_in_table, key, now, store::permanent); !put) return put.error();
  }
  const MessageId& id = received.prologue.message;
  if (received.note.seq > expected) {
    const std::uint64_t missing = received.note.seq - expected;
    return Noted{
        Alarm{AlarmCode::gap,
              std::to_string(missing) + " message(s) of this sender are missing before this one", id},
        missing};
  }
  if (received.note.seq < expected || received.note.previous != previous) {
    return Noted{Alarm{AlarmCode::fork, "another message of this sender was here before at this place", id},
                 0};
  }
  return Noted{};
}

// The message that should have come before this one was refused by the broker, and the log says so.
Result<bool> Client::explained(const Received& received) const {
  Request request;
  request.action = Action::tombstone;
  request.body = copy(received.note.previous.bytes());
  const auto reply = ask(std::move(request));
  if (!reply) return reply.error();
  if (reply->items.size() != 2 || reply->items[0].body.size() < Hash::size) return false;
  const ByteView raw = reply->items[0].body;
  const Hash salt = Hash::from_bytes(raw.first<Hash::size>());
  const auto tombstone = decode_tombstone(raw.subspan(Hash::size));
  const auto proof = decode_log_proof(reply->items[1].body);
  const metadata::Directory& directory = trusted_.network.directory_on(today())->directory;
  return tombstone && proof && tombstone->manifest == received.note.previous &&
         proof::verifies(received.prologue.signer, tombstone->signature,
                         proof::manifest_message(tombstone->manifest)) &&
         proof::proves(*proof, proof::log_leaf(LeafKind::refused, salt, raw.subspan(Hash::size)),
                       trusted_.network.id, directory.log_id, directory.log_key);
}

Result<Done> Client::acknowledge(const Bytes& receipt, const MessageId& message) {
  Request request;
  request.action = Action::receipt;
  request.body = receipt;
  const auto reply = ask(std::move(request));
  if (!reply) return reply.error();
  if (reply->code != Code::ok) {
    again_ = true;  // it is delivered again, and acknowledged again
    return Done{};
  }
  auto held = kept(message);
  if (!held) return held.error();
  if (!*held) return Done{};
  (*held)->acknowledged = true;
  return parts_.store.write([&](store::Writer& writer) {
    return writer.put(inbox_table, message.bytes(), encode(**held), store::permanent);
  });
}

Result<Done> Client::mark_seen(const MessageId& message) {
  auto held = kept(message);
  if (!held) return held.error();
  if (!*held || (*held)->seen) return Done{};
  (*held)->seen = true;
  return parts_.store.write([&](store::Writer& writer) {
    return writer.put(inbox_table, message.bytes(), encode(**held), store::permanent);
  });
}

Result<std::vector<KeptDelivery>> Client::inbox() const {
  std::vector<KeptDelivery> all;
  const auto done = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto records = reader.scan(inbox_table, {}, {}, 100'000);
    if (!records) return records.error();
    for (const store::Record& record : *records) {
      auto one = decode_kept(record.value);
      if (!one) return one.error();
      all.push_back(*std::move(one));
    }
    return Done{};
  });
  if (!done) return done.error();
  std::ranges::sort(all, {}, &KeptDelivery::created);
  return all;
}

}  // namespace seinhuis::client
