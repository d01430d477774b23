#include "seinhuis/wire/audit.h"

#include "fixed.h"

namespace seinhuis {
namespace {

using namespace wire;

constexpr std::size_t max_record = 32768;
constexpr std::size_t max_statements = 2 * Prologue::max_statements;

Gate unpack_gate(Unpacker& in) {
  const auto gate = in.number<std::uint8_t>();
  if (gate > static_cast<std::uint8_t>(Gate::minimisation)) in.fail();
  return static_cast<Gate>(gate);
}

LeafKind unpack_kind(Unpacker& in) {
  const auto kind = in.number<std::uint8_t>();
  if (kind < 1 || kind > static_cast<std::uint8_t>(LeafKind::new_log)) in.fail();
  return static_cast<LeafKind>(kind);
}

}  // namespace

Bytes encode(const Tombstone& t) {
  return Packer()
      .label("refused")
      .raw(t.manifest.bytes())
      .number(t.code)
      .text(t.rule)
      .number(static_cast<std::uint8_t>(t.gate))
      .day(t.day)
      .text(t.sender)
      .raw(t.signature.bytes())
      .take();
}
Result<Tombstone> decode_tombstone(ByteView raw) {
  Unpacker in(raw);
  Tombstone t;
  in.label("refused");
  t.manifest = in.id<Hash>();
  t.code = in.number<std::uint16_t>();
  t.rule = in.text(max_name);
  t.gate = unpack_gate(in);
  t.day = in.day();
  t.sender = in.text(max_name);
  t.signature = in.id<Signature>();
  return whole(in, std::move(t));
}

Bytes encode(const AuditLeaf& leaf) {
  Packer out;
  out.label("audit").raw(leaf.node.bytes()).number(static_cast<std::uint8_t>(leaf.erased ? 1 : 0));
  out.number(static_cast<std::uint8_t>(leaf.kind)).raw(leaf.salt.bytes()).sized(leaf.record);
  out.sized(leaf.prologue).number(static_cast<std::uint16_t>(leaf.statements.size()));
  for (const StatementCopy& copy : leaf.statements) out.raw(copy.salt.bytes()).sized(copy.body);
  out.sized(leaf.parent);
  pack(out, leaf.recipients);
  pack(out, leaf.obliged);
  return out.take();
}
Result<AuditLeaf> decode_audit_leaf(ByteView raw) {
  Unpacker in(raw);
  AuditLeaf leaf;
  in.label("audit");
  leaf.node = in.id<Hash>();
  leaf.erased = unpack_flag(in);
  leaf.kind = unpack_kind(in);
  leaf.salt = in.id<Hash>();
  leaf.record = copy(in.sized(max_record));
  leaf.prologue = copy(in.sized(Prologue::max_bytes));
  const auto count = in.number<std::uint16_t>();
  if (count > max_statements) in.fail();
  for (std::uint16_t n = 0; n < count && !in.failed(); ++n) {
    const auto salt = in.id<Hash>();
    leaf.statements.push_back({salt, copy(in.sized(max_record))});
  }
  leaf.parent = copy(in.sized(Prologue::max_bytes));
  leaf.recipients = unpack_texts(in);
  leaf.obliged = unpack_texts(in);
  return whole(in, std::move(leaf));
}

}  // namespace seinhuis
