#include <algorithm>

#include "promises.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/client/client.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/leaves.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/wire/audit.h"
#include "tables.h"
#include "woken.h"

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
          },
          [this](const Hash& h0) {
            const auto id = named(known_key('r', h0));
            if (!id) return false;
            if (!*id) return true;  // it never came here, or to an earlier store: no reason to accuse
            const auto delivery = kept(**id);
            return delivery && *delivery && (*delivery)->obliged;
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
    if (auto taken = take(item.body); !taken) {
      again_ = true;  // it was neither kept nor acknowledged: it comes again
      return taken.error();
    }
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
  return take_again(**earlier, *delivery, *prologue);
}

// Acknowledged again, not shown again. After a receipt that the broker has there is no reason to deliver.
Result<Done> Client::take_again(const KeptDelivery& held, const Delivery& delivery,
                                const Prologue& prologue) {
  if (held.manifest != proof::manifest_hash(delivery.prologue, delivery.field_leaves, delivery.slot_leaves)) {
    return raise({AlarmCode::conflict, "another message under an id that is known", prologue.message});
  }
  if (delivery.record == held.record && delivery.record_salt == held.record_salt)
    return acknowledge(held.receipt, prologue.message);
  if (held.acknowledged)
    return raise({AlarmCode::replay, "delivered again after its receipt", prologue.message});
  // A later day decides anew: what is acknowledged is what is kept.
  const auto received = judge(delivery, prologue);
  if (!received || !*received) return received ? Result<Done>(Done{}) : received.error();
  KeptDelivery fresh = view_of(**received, delivery, trusted_);
  if (auto own = make_own(fresh); !own) return own;
  fresh.receipt = receipt_for(fresh.h0, (*received)->record_leaf, true);
  fresh.seen = held.seen;
  const auto stored = parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    if (auto noted = Promises::note(writer, fresh, (*received)->record.day); !noted) return noted;
    return writer.put(inbox_table, fresh.message.bytes(), encode(fresh), store::permanent);
  });
  return stored ? acknowledge(fresh.receipt, fresh.message) : stored;
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
  return refresh_metadata();
}

// What holds of a delivery; nothing when it does not, which is an alarm and a receipt that says so.
Result<std::optional<Received>> Client::judge(const Delivery& delivery, const Prologue& prologue) {
  if (auto looked = look_again_for(delivery, prologue); !looked) return looked.error();
  auto judged = accept(delivery, knowledge());
  std::optional<Alarm> alarm;
  if (auto* wrong = std::get_if<Alarm>(&judged)) {
    alarm = std::move(*wrong);
  } else {
    const Received& seen = std::get<Received>(judged);
    const bool promised = seen.prologue.mode != Mode::identified;
    std::vector<SignedHead> heads;
    if (!promised) heads.push_back(seen.proof.head);
    if (const auto waking = head_of_waking(delivery); waking && !promised) heads.push_back(*waking);
    for (const SignedHead& head : heads) {
      auto forked = check_head(head);
      if (!forked) return forked.error();
      alarm = *std::move(forked);
      if (alarm) break;
    }
    if (!alarm) {
      auto untrue = check_hits(std::get<Received>(judged));
      if (!untrue) return untrue.error();
      alarm = *std::move(untrue);
    }
  }
  if (!alarm) return std::optional(std::get<Received>(std::move(judged)));
  alarm->message = prologue.message;
  if (auto raised = raise(*alarm); !raised) return raised.error();
  const Hash leaf = proof::log_leaf(LeafKind::delivery, delivery.record_salt, delivery.record);
  const Bytes receipt = receipt_for(proof::h0_of(delivery.prologue), leaf, false);
  if (auto told = acknowledge(receipt, prologue.message); !told) return told.error();
  return std::optional<Received>{};
}

Result<Done> Client::take_new(const Delivery& delivery, const Prologue& prologue) {
  const auto judged = judge(delivery, prologue);
  if (!judged || !*judged) return judged ? Result<Done>(Done{}) : judged.error();
  const Received& received = **judged;
  const auto excused = excuse(received);
  if (!excused) return excused.error();
  KeptDelivery fresh = view_of(received, delivery, trusted_);
  if (auto own = make_own(fresh); !own) return own;
  fresh.receipt = receipt_for(received.h0, received.record_leaf, true);
  bool meanwhile = false;  // another process of this desk was given it too
  auto stored = parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    const auto there = writer.get(inbox_table, fresh.message.bytes());
    if (!there) return there.error();
    meanwhile = there->has_value();
    if (meanwhile) return Done{};
    if (auto counted = count_note(writer, received, *excused); !counted) return counted;
    for (const Alarm& alarm : received.beside) {
      if (auto raised = raise_in(writer, alarm); !raised) return raised;
    }
    if (auto noted = Promises::note(writer, fresh, received.record.day); !noted) return noted;
    if (auto linked = keep_pseudonyms(writer, received, fresh); !linked) return linked;
    if (auto put = writer.put(known_table, known_key('r', fresh.h0), fresh.message.bytes(), store::permanent);
        !put)
      return put;
    return writer.put(inbox_table, fresh.message.bytes(), encode(fresh), store::permanent);
  });
  if (!stored) return stored;
  if (!meanwhile) return acknowledge(fresh.receipt, fresh.message);
  const auto held = kept(fresh.message);
  if (!held) return held.error();
  return *held ? take_again(**held, delivery, prologue) : Result<Done>(Done{});
}

// Of what others could compare, this desk keeps nothing: a pseudonym as its organisation's own, one that it
// only had to check not at all.
Result<Done> Client::make_own(KeptDelivery& kept) {
  for (FieldView& field : kept.fields) {
    const auto opens = [](const auto& form) { return form.first.starts_with("opening@"); };
    const bool checker = std::ranges::any_of(field.values, opens);
    std::erase_if(field.values,
                  [&](const auto& form) { return checker && form.first.starts_with("pseudonym@"); });
    for (auto& [form, value] : field.values) {
      if (value.type != seal::ValueType::pseudonym) continue;
      const auto key = parts_.keys.pseudonym_key(parts_.random);
      if (!key) return key.error();
      value.texts = seal::own_pseudonyms(value, **key);
    }
  }
  return Done{};
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
  return change_kept(message, [](KeptDelivery& held) { held.acknowledged = true; });
}

Result<Done> Client::mark_seen(const MessageId& message) {
  return change_kept(message, [](KeptDelivery& held) { held.seen = true; });
}

// Read and written in one transaction: another process may be changing something else of it.
Result<Done> Client::change_kept(const MessageId& message, const std::function<void(KeptDelivery&)>& change) {
  return parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    const auto raw = writer.get(inbox_table, message.bytes());
    if (!raw) return raw.error();
    if (!*raw) return Done{};
    auto held = decode_kept(**raw);
    if (!held) return held.error();
    change(*held);
    return writer.put(inbox_table, message.bytes(), encode(*held), store::permanent);
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
