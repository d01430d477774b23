#include "seinhuis/wire/obligation.h"

#include "fixed.h"

namespace seinhuis {
namespace {

using namespace wire;

constexpr std::uint8_t all_bits = (1U << deadlines) - 1;

std::uint8_t unpack_bits(Unpacker& in) {
  const auto bits = in.number<std::uint8_t>();
  if (bits > all_bits) in.fail();
  return bits;
}

}  // namespace

std::string_view to_string(Deadline deadline) noexcept {
  switch (deadline) {
    case Deadline::pick_up: return "pick-up";
    case Deadline::triage: return "triage";
    case Deadline::outcome: return "outcome";
  }
  return "";
}

Bytes encode(const Escalation& e) {
  Packer out;
  out.label("escalation")
      .raw(e.network.bytes())
      .raw(e.h0.bytes())
      .text(e.desk)
      .number(static_cast<std::uint8_t>(e.deadline))
      .number(milliseconds(e.due))
      .text(e.next)
      .number(e.log_size)
      .raw(e.log_root.bytes());
  if (!e.passed.empty()) out.number(static_cast<std::uint8_t>(e.passed.size()));
  for (const std::string& desk : e.passed) out.text(desk);
  return out.take();
}
Result<Escalation> decode_escalation(ByteView raw) {
  Unpacker in(raw);
  Escalation e;
  in.label("escalation");
  e.network = in.id<Hash>();
  e.h0 = in.id<Hash>();
  e.desk = in.text(max_name);
  const auto deadline = in.number<std::uint8_t>();
  if (deadline >= deadlines) in.fail();
  e.deadline = static_cast<Deadline>(deadline);
  e.due = unpack_instant(in);
  e.next = in.text(max_name);
  e.log_size = in.number<std::uint64_t>();
  e.log_root = in.id<Hash>();
  if (!in.failed() && !in.rest().empty()) {  // none is written as nothing
    const auto count = in.number<std::uint8_t>();
    if (count == 0 || count > Prologue::max_recipients) in.fail();
    for (std::uint8_t n = 0; n < count && !in.failed(); ++n) e.passed.push_back(in.text(max_name));
  }
  return whole(in, std::move(e));
}

Bytes encode(const EscalationProof& shown) {
  return Packer().raw(shown.salt.bytes()).sized(shown.record).sized(shown.proof).take();
}
Result<EscalationProof> decode_escalation_proof(ByteView raw) {
  constexpr std::size_t longest = 8192;
  Unpacker in(raw);
  EscalationProof shown;
  shown.salt = in.id<Hash>();
  shown.record = copy(in.sized(longest));
  shown.proof = copy(in.sized(longest));
  return whole(in, std::move(shown));
}

Bytes unsigned_bytes(const Unreadable& u) {
  Packer out;
  out.label("unreadable").raw(u.network.bytes()).raw(u.h0.bytes()).text(u.desk).number(u.seq);
  return out.raw(u.manifest.bytes()).take();
}
Bytes encode(const Unreadable& u) { return Packer().raw(unsigned_bytes(u)).raw(u.signature.bytes()).take(); }
Result<Unreadable> decode_unreadable(ByteView raw) {
  Unpacker in(raw);
  Unreadable u;
  in.label("unreadable");
  u.network = in.id<Hash>();
  u.h0 = in.id<Hash>();
  u.desk = in.text(max_name);
  u.seq = in.number<std::uint32_t>();
  u.manifest = in.id<Hash>();
  u.signature = in.id<Signature>();
  return whole(in, std::move(u));
}

Bytes encode(const Owed& o) {
  Packer out;
  out.label("owed").raw(o.message.bytes()).raw(o.h0.bytes()).text(o.rule).number(milliseconds(o.offered));
  for (const Instant due : o.due) out.number(milliseconds(due));
  const std::uint8_t status = o.status ? static_cast<std::uint8_t>(*o.status) : 0;
  return out.number(o.met).number(o.missed).number(o.reminded).number(status).text(o.next).take();
}
Result<Owed> decode_owed(ByteView raw) {
  Unpacker in(raw);
  Owed o;
  in.label("owed");
  o.message = in.id<MessageId>();
  o.h0 = in.id<Hash>();
  o.rule = in.text(max_name);
  o.offered = unpack_instant(in);
  for (Instant& due : o.due) due = unpack_instant(in);
  o.met = in.number<std::uint8_t>();
  if (o.met > deadlines) in.fail();
  o.missed = unpack_bits(in);
  o.reminded = unpack_bits(in);
  const auto status = in.number<std::uint8_t>();
  if (status != 0) o.status = word_of<Status>(status);
  if (status != 0 && !o.status) in.fail();
  o.next = in.text(max_name);
  return whole(in, std::move(o));
}

Bytes encode(const DeskOverview& overview) {
  Packer out;
  out.label("desk-overview").text(overview.desk);
  for (const auto* counts : {&overview.silence, &overview.pick_up, &overview.outcome}) {
    for (const std::uint32_t count : *counts) out.number(count);
  }
  return out.number(overview.missed).take();
}
Result<DeskOverview> decode_desk_overview(ByteView raw) {
  Unpacker in(raw);
  DeskOverview overview;
  in.label("desk-overview");
  overview.desk = in.text(max_name);
  for (auto* counts : {&overview.silence, &overview.pick_up, &overview.outcome}) {
    for (std::uint32_t& count : *counts) count = in.number<std::uint32_t>();
  }
  overview.missed = in.number<std::uint32_t>();
  return whole(in, std::move(overview));
}

}  // namespace seinhuis
