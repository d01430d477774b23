#include "seinhuis/wire/record.h"

#include "fixed.h"

namespace seinhuis {
namespace {

constexpr std::size_t max_logged = 1024;  // the record of a leaf that is shown with its proof

using namespace wire;

constexpr std::size_t max_path = 64;
constexpr std::uint32_t days_a_week = 7;
constexpr std::uint32_t quarters_a_year = 4;
constexpr unsigned months_a_quarter = 3;
constexpr int first_year = 1970;

Day first_day_of_quarter(std::uint32_t quarter) {
  const std::chrono::year year(first_year + static_cast<int>(quarter / quarters_a_year));
  const std::chrono::month month(quarter % quarters_a_year * months_a_quarter + 1);
  const std::chrono::sys_days day = year / month / 1;
  return Day(static_cast<std::uint32_t>(day.time_since_epoch().count()));
}

void pack(Packer& out, const SignedHead& head) { out.raw(encode(head.head)).raw(head.signature.bytes()); }
SignedHead unpack_head(Unpacker& in) {
  SignedHead seen;
  in.label("head");
  seen.head.network = in.id<Hash>();
  seen.head.log = in.id<Hash>();
  seen.head.size = in.number<std::uint64_t>();
  seen.head.root = in.id<Hash>();
  seen.head.previous = in.id<Hash>();
  seen.signature = in.id<Signature>();
  return seen;
}

void pack(Packer& out, const LogProof& proof) {
  out.number(proof.index).number(static_cast<std::uint8_t>(proof.path.size()));
  for (const Hash& step : proof.path) out.raw(step.bytes());
  pack(out, proof.head);
}
LogProof unpack_proof(Unpacker& in) {
  LogProof seen;
  seen.index = in.number<std::uint64_t>();
  const auto steps = in.number<std::uint8_t>();
  if (steps > max_path) in.fail();
  for (std::uint8_t n = 0; n < steps && !in.failed(); ++n) seen.path.push_back(in.id<Hash>());
  seen.head = unpack_head(in);
  return seen;
}

template <class Record>
Bytes signed_bytes(const Record& record) {
  return Packer().raw(unsigned_bytes(record)).raw(record.signature.bytes()).take();
}

}  // namespace

CardDays span_of(KeyCard::Use use, std::uint32_t epoch) {
  if (use == KeyCard::Use::current)
    return {Day(epoch * days_a_week), Day(epoch * days_a_week).plus(days_a_week - 1)};
  return {first_day_of_quarter(epoch), Day(first_day_of_quarter(epoch + 1).days() - 1)};
}

std::uint32_t epoch_of(KeyCard::Use use, Day day) {
  if (use == KeyCard::Use::current) return day.days() / days_a_week;
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day.days()))};
  const int years = static_cast<int>(date.year()) - first_year;
  return static_cast<std::uint32_t>(years) * quarters_a_year +
         (static_cast<unsigned>(date.month()) - 1) / months_a_quarter;
}

Bytes unsigned_bytes(const KeyCard& card) {
  return Packer()
      .label("card")
      .raw(card.network.bytes())
      .text(card.desk)
      .number(static_cast<std::uint8_t>(card.use))
      .number(card.epoch)
      .day(card.from)
      .day(card.until)
      .raw(card.key.bytes())
      .take();
}
Bytes encode(const KeyCard& card) { return signed_bytes(card); }
Result<KeyCard> decode_card(ByteView raw) {
  Unpacker in(raw);
  KeyCard card;
  in.label("card");
  card.network = in.id<Hash>();
  card.desk = in.text(max_name);
  const auto use = in.number<std::uint8_t>();
  if (use != 1 && use != 2) in.fail();
  card.use = static_cast<KeyCard::Use>(use);
  card.epoch = in.number<std::uint32_t>();
  card.from = in.day();
  card.until = in.day();
  card.key = in.id<SealingKey>();
  card.signature = in.id<Signature>();
  return whole(in, card);
}

Bytes unsigned_bytes(const Statement& s) {
  Packer out;
  out.label("statement").raw(s.network.bytes()).raw(s.thread.bytes()).text(s.giver).raw(s.nonce.bytes());
  out.text(s.type).text(s.subject);
  pack(out, s.to);
  pack(out, s.purposes);
  return out.day(s.from).day(s.until).text(s.issuer).raw(s.text.bytes()).take();
}
Bytes encode(const Statement& statement) { return signed_bytes(statement); }
Result<Statement> decode_statement(ByteView raw) {
  Unpacker in(raw);
  Statement s;
  in.label("statement");
  s.network = in.id<Hash>();
  s.thread = in.id<ThreadId>();
  s.giver = in.text(max_name);
  s.nonce = in.id<MessageId>();
  s.type = in.text(max_name);
  s.subject = in.text(max_name);
  s.to = unpack_texts(in);
  s.purposes = unpack_texts(in);
  s.from = in.day();
  s.until = in.day();
  s.issuer = in.text(max_name);
  s.text = in.id<Hash>();
  s.signature = in.id<Signature>();
  return whole(in, std::move(s));
}

Bytes unsigned_bytes(const OutcomeStatement& o) {
  Packer out;
  out.label(o.next.empty() ? "outcome" : "outcome-to")
      .raw(o.network.bytes())
      .raw(o.parent.bytes())
      .text(o.desk)
      .number(o.seq)
      .number(static_cast<std::uint8_t>(o.status))
      .text(o.reason)
      .raw(o.manifest.bytes());
  if (!o.next.empty()) out.text(o.next);
  return out.take();
}
Bytes encode(const OutcomeStatement& outcome) { return signed_bytes(outcome); }
Result<OutcomeStatement> decode_outcome(ByteView raw) {
  Unpacker in(raw);
  OutcomeStatement o;
  const Bytes handed_over = Packer().label("outcome-to").take();
  const bool names_next =
      raw.size() > handed_over.size() && std::ranges::equal(raw.first(handed_over.size()), handed_over);
  in.label(names_next ? "outcome-to" : "outcome");
  o.network = in.id<Hash>();
  o.parent = in.id<Hash>();
  o.desk = in.text(max_name);
  o.seq = in.number<std::uint32_t>();
  o.status = unpack_word<Status>(in);
  o.reason = in.text(max_name);
  o.manifest = in.id<Hash>();
  if (names_next) o.next = in.text(max_name);
  if (names_next && (o.next.empty() || o.status != Status::doorgezet)) in.fail();
  o.signature = in.id<Signature>();
  return whole(in, std::move(o));
}

Bytes encode(const DeliveryRecord& r) {
  Packer out;
  out.label("delivery").raw(r.network.bytes()).raw(r.h0.bytes()).text(r.desk).text(r.purpose);
  pack(out, r.policy);
  pack(out, r.directory);
  out.day(r.day).number(static_cast<std::uint16_t>(r.entries.size()));
  for (const EntryVerdict& entry : r.entries) {
    out.number(entry.entry).number(static_cast<std::uint8_t>(entry.passed ? 1 : 0)).text(entry.rule);
    out.number(static_cast<std::uint8_t>(entry.gate));
  }
  return out.take();
}
Result<DeliveryRecord> decode_record(ByteView raw) {
  Unpacker in(raw);
  DeliveryRecord r;
  in.label("delivery");
  r.network = in.id<Hash>();
  r.h0 = in.id<Hash>();
  r.desk = in.text(max_name);
  r.purpose = in.text(max_name);
  r.policy = unpack_version(in);
  r.directory = unpack_version(in);
  r.day = in.day();
  const auto count = in.number<std::uint16_t>();
  if (count > Prologue::max_entries) in.fail();
  for (std::uint16_t n = 0; n < count && !in.failed(); ++n) {
    EntryVerdict entry;
    entry.entry = in.number<std::uint16_t>();
    entry.passed = unpack_flag(in);
    entry.rule = in.text(max_name);
    const auto gate = in.number<std::uint8_t>();
    if (gate > 9 || (n > 0 && entry.entry <= r.entries.back().entry)) in.fail();
    entry.gate = static_cast<Gate>(gate);
    r.entries.push_back(std::move(entry));
  }
  return whole(in, std::move(r));
}

Bytes unsigned_bytes(const Receipt& r) {
  return Packer()
      .label("receipt")
      .raw(r.network.bytes())
      .raw(r.h0.bytes())
      .text(r.desk)
      .raw(r.record.bytes())
      .number(static_cast<std::uint8_t>(r.authentic ? 1 : 0))
      .take();
}
Bytes encode(const Receipt& receipt) { return signed_bytes(receipt); }
Result<Receipt> decode_receipt(ByteView raw) {
  Unpacker in(raw);
  Receipt r;
  in.label("receipt");
  r.network = in.id<Hash>();
  r.h0 = in.id<Hash>();
  r.desk = in.text(max_name);
  r.record = in.id<Hash>();
  r.authentic = unpack_flag(in);
  r.signature = in.id<Signature>();
  return whole(in, std::move(r));
}

Bytes encode(const Head& h) {
  return Packer()
      .label("head")
      .raw(h.network.bytes())
      .raw(h.log.bytes())
      .number(h.size)
      .raw(h.root.bytes())
      .raw(h.previous.bytes())
      .take();
}
Bytes encode(const SignedHead& head) {
  Packer out;
  pack(out, head);
  return out.take();
}
Result<SignedHead> decode_head(ByteView raw) {
  Unpacker in(raw);
  auto head = unpack_head(in);
  return whole(in, head);
}

Bytes encode(const LogProof& proof) {
  Packer out;
  pack(out, proof);
  return out.take();
}
Result<LogProof> decode_log_proof(ByteView raw) {
  Unpacker in(raw);
  auto proof = unpack_proof(in);
  return whole(in, std::move(proof));
}

Bytes encode(const AcceptedRecord& r) {
  return Packer()
      .label("accepted")
      .raw(r.h0.bytes())
      .raw(r.manifest.bytes())
      .number(milliseconds(r.at))
      .take();
}
Result<AcceptedRecord> decode_accepted_record(ByteView raw) {
  Unpacker in(raw);
  AcceptedRecord r;
  in.label("accepted");
  r.h0 = in.id<Hash>();
  r.manifest = in.id<Hash>();
  r.at = unpack_instant(in);
  return whole(in, r);
}

Bytes unsigned_bytes(const Promise& p) {
  return Packer().label("promise").raw(p.network.bytes()).raw(p.leaf.bytes()).day(p.day).take();
}
Bytes encode(const Promise& p) { return Packer().raw(unsigned_bytes(p)).raw(p.signature.bytes()).take(); }

Result<Promise> decode_promise(ByteView raw) {
  Unpacker in(raw);
  Promise p;
  in.label("promise");
  p.network = in.id<Hash>();
  p.leaf = in.id<Hash>();
  p.day = in.day();
  p.signature = in.id<Signature>();
  return whole(in, p);
}

Bytes encode(const Accepted& a) {
  Packer out;
  out.raw(a.salt.bytes()).sized(a.record);
  pack(out, a.proof);
  return out.take();
}
Result<Accepted> decode_accepted(ByteView raw) {
  Unpacker in(raw);
  Accepted a;
  a.salt = in.id<Hash>();
  a.record = copy(in.sized(max_logged));
  a.proof = unpack_proof(in);
  return whole(in, std::move(a));
}

Bytes encode(const StatusEntry& e) {
  Packer out;
  out.number(static_cast<std::uint8_t>(e.step))
      .number(milliseconds(e.at))
      .text(e.desk)
      .sized(e.statement)
      .raw(e.salt.bytes());
  pack(out, e.proof);
  return out.take();
}
Result<StatusEntry> decode_status(ByteView raw) {
  Unpacker in(raw);
  StatusEntry e;
  const auto step = in.number<std::uint8_t>();
  if (step < 1 || step > 5) in.fail();
  e.step = static_cast<StatusEntry::Step>(step);
  e.at = unpack_instant(in);
  e.desk = in.text(max_name);
  e.statement = copy(in.sized(2048));
  e.salt = in.id<Hash>();
  e.proof = unpack_proof(in);
  return whole(in, std::move(e));
}

}  // namespace seinhuis
