#include "seinhuis/wire/board.h"

#include "fixed.h"

namespace seinhuis {
namespace {

using namespace wire;

constexpr std::size_t max_statement = 768;
constexpr std::size_t max_outcome = 1024;

}  // namespace

Bytes encode(const BoardDay& d) {
  return Packer()
      .label("board")
      .raw(d.network.bytes())
      .day(d.day)
      .number(d.cells)
      .raw(d.content.bytes())
      .raw(d.previous.bytes())
      .number(d.quiet_size)
      .raw(d.quiet_root.bytes())
      .take();
}

Result<BoardDay> decode_board_day(ByteView raw) {
  Unpacker in(raw);
  BoardDay d;
  in.label("board");
  d.network = in.id<Hash>();
  d.day = in.day();
  d.cells = in.number<std::uint32_t>();
  d.content = in.id<Hash>();
  d.previous = in.id<Hash>();
  d.quiet_size = in.number<std::uint64_t>();
  d.quiet_root = in.id<Hash>();
  return whole(in, d);
}

Bytes encode(const OwnAccepted& o) {
  return Packer().raw(o.continuation.bytes()).raw(encode(o.record)).take();
}

Result<OwnAccepted> decode_own_accepted(ByteView raw) {
  Unpacker in(raw);
  OwnAccepted o;
  o.continuation = in.id<Signature>();
  if (in.failed()) return Error{Errc::malformed, "no signature of the words' key"};
  const auto record = decode_accepted_record(in.rest());
  if (!record) return record.error();
  o.record = *record;
  return o;
}

Bytes unsigned_bytes(const StatusNote& n) {
  return Packer()
      .label("status-note")
      .raw(n.network.bytes())
      .raw(n.h0.bytes())
      .number(static_cast<std::uint8_t>(n.step))
      .day(n.day)
      .text(n.desk)
      .sized(n.statement)
      .take();
}
Bytes encode(const StatusNote& n) { return Packer().raw(unsigned_bytes(n)).raw(n.signature.bytes()).take(); }

Result<StatusNote> decode_status_note(ByteView raw) {
  Unpacker in(raw);
  StatusNote n;
  in.label("status-note");
  n.network = in.id<Hash>();
  n.h0 = in.id<Hash>();
  const auto step = in.number<std::uint8_t>();
  if (step < 1 || step > 5) in.fail();
  n.step = static_cast<StatusEntry::Step>(step);
  n.day = in.day();
  n.desk = in.text(max_name);
  n.statement = copy(in.sized(max_statement));
  n.signature = in.id<Signature>();
  return whole(in, std::move(n));
}

Bytes unsigned_bytes(const BoardAnswer& a) {
  return Packer()
      .label("answer")
      .raw(a.network.bytes())
      .raw(a.h0.bytes())
      .text(a.desk)
      .number(a.seq)
      .number(static_cast<std::uint8_t>(a.status))
      .text(a.reason)
      .text(a.text)
      .take();
}
Bytes encode(const BoardAnswer& a) { return Packer().raw(unsigned_bytes(a)).raw(a.signature.bytes()).take(); }

Result<BoardAnswer> decode_board_answer(ByteView raw) {
  Unpacker in(raw);
  BoardAnswer a;
  in.label("answer");
  a.network = in.id<Hash>();
  a.h0 = in.id<Hash>();
  a.desk = in.text(max_name);
  a.seq = in.number<std::uint32_t>();
  a.status = unpack_word<Status>(in);
  a.reason = in.text(max_name);
  a.text = in.text(BoardAnswer::max_text);
  a.signature = in.id<Signature>();
  return whole(in, std::move(a));
}

Bytes encode(const PostedCell& c) { return Packer().day(c.day).number(c.index).raw(c.subkey.bytes()).take(); }

Result<PostedCell> decode_posted(ByteView raw) {
  Unpacker in(raw);
  PostedCell c;
  c.day = in.day();
  c.index = in.number<std::uint16_t>();
  c.subkey = in.id<Hash>();
  return whole(in, c);
}

Bytes encode(const Posting& p) {
  Packer out;
  out.sized(encode(p.outcome)).number(static_cast<std::uint8_t>(p.parts.size()));
  for (const Bytes& part : p.parts) out.raw(part);
  return out.take();
}

Result<Posting> decode_posting(ByteView raw) {
  Unpacker in(raw);
  auto outcome = decode_outcome(in.sized(max_outcome));
  if (!outcome) return outcome.error();
  Posting p{*std::move(outcome), {}};
  const auto count = in.number<std::uint8_t>();
  if (count == 0 || count > cells_of_a_desk) in.fail();
  for (std::uint8_t n = 0; n < count && !in.failed(); ++n) p.parts.push_back(copy(in.bytes(part_size)));
  return whole(in, std::move(p));
}

}  // namespace seinhuis
