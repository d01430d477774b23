#include "seinhuis/client/kept.h"

#include "packed_texts.h"
#include "seinhuis/policy/explain.h"

namespace seinhuis::client {
namespace {

constexpr std::size_t max_part = 8U << 20U;
const Error unreadable{Errc::io, "a kept record has another form than this version writes"};

std::uint64_t milliseconds(Instant at) { return static_cast<std::uint64_t>(at.time_since_epoch().count()); }
Instant instant(std::uint64_t value) {
  return Instant(std::chrono::milliseconds(static_cast<std::int64_t>(value)));
}

void pack(Packer& out, const FieldView& f) {
  out.text(f.field)
      .number(static_cast<std::uint8_t>(f.state))
      .number(static_cast<std::uint8_t>(f.gate))
      .text(f.rule);
  out.text(f.why).text(f.giving).text(f.receiving).number(static_cast<std::uint16_t>(f.values.size()));
  for (const auto& [form, value] : f.values) {
    out.text(form).number(static_cast<std::uint8_t>(value.type));
    pack_texts(out, value.texts);
  }
}
FieldView unpack_field(Unpacker& in) {
  FieldView f;
  f.field = in.text(max_part);
  f.state = static_cast<FieldView::State>(in.number<std::uint8_t>());
  f.gate = static_cast<Gate>(in.number<std::uint8_t>());
  f.rule = in.text(max_part);
  f.why = in.text(max_part);
  f.giving = in.text(max_part);
  f.receiving = in.text(max_part);
  const auto count = in.number<std::uint16_t>();
  for (std::uint16_t n = 0; n < count && !in.failed(); ++n) {
    std::string form = in.text(max_part);
    seal::Value value{static_cast<seal::ValueType>(in.number<std::uint8_t>()), {}};
    value.texts = unpack_texts(in);
    f.values.emplace_back(std::move(form), std::move(value));
  }
  return f;
}

FieldView view_of(const Received& received, const policy::Policy& policy, const policy::Cell& cell) {
  const auto said = policy::explain(policy, received.facts, received.row, cell, policy::Language::nl);
  const auto citation = [&](const std::string& id) {
    const bundle::Grondslag* basis = policy::grondslag(policy, id);
    return basis == nullptr ? std::string() : basis->citation;
  };
  FieldView f{policy.source().fields[cell.field].id,
              FieldView::State::withheld,
              cell.gate,
              said.rule,
              said.why,
              citation(said.giving),
              citation(said.receiving),
              {}};
  if (cell.state == policy::CellState::held) f.state = FieldView::State::held;
  if (cell.state == policy::CellState::given) f.state = FieldView::State::kept_by_sender;
  for (const auto& [entry, value] : received.values) {
    if (received.prologue.entries[entry].field != f.field) continue;
    f.state = FieldView::State::given;
    f.values.emplace_back(received.prologue.entries[entry].form, value);
  }
  return f;
}

}  // namespace

KeptDelivery view_of(const Received& received, const Delivery& delivery, const Trusted& trusted) {
  const Prologue& p = received.prologue;
  KeptDelivery kept;
  kept.message = p.message;
  kept.h0 = received.h0;
  kept.manifest = received.manifest;
  kept.parent = p.parent;
  kept.thread = p.thread;
  kept.kind = p.kind;
  kept.weight = p.weight;
  kept.age = p.age;
  kept.from = p.mode == Mode::identified ? p.sender : p.role_class.empty() ? "anoniem" : p.role_class;
  kept.mode = p.mode;
  if (p.reply) kept.reply = p.reply->key;
  kept.theme = p.theme;
  kept.region = p.region;
  kept.purpose = received.record.purpose;
  kept.labels = p.labels;
  kept.created = p.created;
  const policy::Policy& policy = *trusted.policy(received.record.policy);
  for (const policy::Cell& cell : received.row.cells) kept.fields.push_back(view_of(received, policy, cell));
  kept.record = delivery.record;
  kept.record_salt = delivery.record_salt;
  kept.obliged = received.obliged;
  kept.purposes = p.purposes;
  return kept;
}

Bytes encode(const KeptDelivery& k) {
  Packer out;
  out.raw(k.message.bytes())
      .raw(k.h0.bytes())
      .raw(k.manifest.bytes())
      .raw(k.parent.bytes())
      .raw(k.thread.bytes());
  out.number(static_cast<std::uint8_t>(k.kind))
      .number(static_cast<std::uint8_t>(k.weight))
      .number(static_cast<std::uint8_t>(k.age));
  out.text(k.from).text(k.theme).text(k.region).text(k.purpose);
  pack_texts(out, k.labels);
  out.number(milliseconds(k.created)).number(static_cast<std::uint16_t>(k.fields.size()));
  for (const FieldView& field : k.fields) pack(out, field);
  out.sized(k.record).raw(k.record_salt.bytes()).sized(k.receipt);
  out.number(static_cast<std::uint8_t>(k.seen ? 1 : 0))
      .number(static_cast<std::uint8_t>(k.acknowledged ? 1 : 0))
      .number(static_cast<std::uint8_t>(k.obliged ? 1 : 0));
  pack_texts(out, k.purposes);
  out.number(static_cast<std::uint8_t>(k.mode)).raw(k.reply.bytes());
  return out.take();
}

Result<KeptDelivery> decode_kept(ByteView raw) {
  Unpacker in(raw);
  KeptDelivery k;
  k.message = in.id<MessageId>();
  k.h0 = in.id<Hash>();
  k.manifest = in.id<Hash>();
  k.parent = in.id<Hash>();
  k.thread = in.id<ThreadId>();
  k.kind = static_cast<Kind>(in.number<std::uint8_t>());
  k.weight = static_cast<Weight>(in.number<std::uint8_t>());
  k.age = static_cast<AgeBand>(in.number<std::uint8_t>());
  k.from = in.text(max_part);
  k.theme = in.text(max_part);
  k.region = in.text(max_part);
  k.purpose = in.text(max_part);
  k.labels = unpack_texts(in);
  k.created = instant(in.number<std::uint64_t>());
  const auto count = in.number<std::uint16_t>();
  for (std::uint16_t n = 0; n < count && !in.failed(); ++n) k.fields.push_back(unpack_field(in));
  k.record = copy(in.sized(max_part));
  k.record_salt = in.id<Hash>();
  k.receipt = copy(in.sized(max_part));
  k.seen = in.number<std::uint8_t>() == 1;
  k.acknowledged = in.number<std::uint8_t>() == 1;
  if (!in.failed() && !in.rest().empty()) {  // since 0.2
    k.obliged = in.number<std::uint8_t>() == 1;
    k.purposes = unpack_texts(in);
  }
  if (!in.failed() && !in.rest().empty()) {  // since 0.3
    k.mode = static_cast<Mode>(in.number<std::uint8_t>());
    k.reply = in.id<SealingKey>();
  }
  if (!in.ok()) return unreadable;
  return k;
}

Bytes encode(const KeptSent& k) {
  Packer out;
  out.raw(k.message.bytes()).raw(k.h0.bytes()).raw(k.manifest.bytes()).raw(k.thread.bytes());
  out.number(static_cast<std::uint8_t>(k.kind)).number(milliseconds(k.created)).sized(k.prologue);
  pack_texts(out, k.recipients);
  out.number(static_cast<std::uint8_t>(k.state)).sized(k.accepted).number(k.code).text(k.text).text(k.rule);
  return out.number(static_cast<std::uint8_t>(k.gate)).take();
}

Result<KeptSent> decode_sent(ByteView raw) {
  Unpacker in(raw);
  KeptSent k;
  k.message = in.id<MessageId>();
  k.h0 = in.id<Hash>();
  k.manifest = in.id<Hash>();
  k.thread = in.id<ThreadId>();
  k.kind = static_cast<Kind>(in.number<std::uint8_t>());
  k.created = instant(in.number<std::uint64_t>());
  k.prologue = copy(in.sized(max_part));
  k.recipients = unpack_texts(in);
  k.state = static_cast<KeptSent::State>(in.number<std::uint8_t>());
  k.accepted = copy(in.sized(max_part));
  k.code = in.number<std::uint16_t>();
  k.text = in.text(max_part);
  k.rule = in.text(max_part);
  k.gate = static_cast<Gate>(in.number<std::uint8_t>());
  if (!in.ok()) return unreadable;
  return k;
}

}  // namespace seinhuis::client
