#include "seinhuis/proof/leaves.h"

#include "seinhuis/base/packed.h"
#include "seinhuis/proof/hash.h"

namespace seinhuis::proof {

Hash h0_of(ByteView prologue) { return h32({Packer().label("h0").bytes(), prologue}); }

Hash field_leaf(const Hash& h0, std::uint16_t entry, const SealedField& field) {
  Packer head;
  head.label("leaf").raw(h0.bytes()).number(entry).raw(field.commitment.bytes());
  head.number(static_cast<std::uint32_t>(field.ciphertext.size()));
  return h32({head.bytes(), field.ciphertext});
}

Hash recipient_leaf(const Hash& salt, std::string_view desk, ByteView card) {
  return h32(Packer().label("recip").raw(salt.bytes()).text(desk).raw(h32(card).bytes()).bytes());
}

Hash slot_leaf(const Hash& h0, const SlotParts& parts) {
  Packer out;
  out.label("slot").raw(h0.bytes()).number(parts.number).number(parts.activation);
  out.raw(parts.recipient.bytes())
      .raw(parts.enc.bytes())
      .number(static_cast<std::uint16_t>(parts.entries.size()));
  for (const SlotEntry& entry : parts.entries) out.number(entry.entry).raw(entry.wrap_hash.bytes());
  return h32(out.raw(h32(parts.note).bytes()).bytes());
}

SlotParts parts_of(const Slot& slot, std::uint16_t number) {
  SlotParts parts{number, slot.activation, recipient_leaf(slot.salt, slot.desk, slot.card), slot.enc,
                  {},     slot.note};
  for (const Wrap& wrap : slot.wraps) parts.entries.push_back({wrap.entry, h32(wrap.box)});
  return parts;
}

Hash manifest_hash(ByteView prologue, const std::vector<Hash>& field_leaves,
                   const std::vector<Hash>& slot_leaves) {
  Packer out;
  out.sized(prologue).number(static_cast<std::uint32_t>(field_leaves.size()));
  for (const Hash& leaf : field_leaves) out.raw(leaf.bytes());
  out.number(static_cast<std::uint32_t>(slot_leaves.size()));
  for (const Hash& leaf : slot_leaves) out.raw(leaf.bytes());
  return h32(out.bytes());
}

Digest digest(const Submission& submission) {
  Digest made;
  made.h0 = h0_of(submission.prologue);
  for (std::size_t e = 0; e < submission.fields.size(); ++e) {
    made.field_leaves.push_back(field_leaf(made.h0, static_cast<std::uint16_t>(e), submission.fields[e]));
  }
  for (std::size_t j = 0; j < submission.slots.size(); ++j) {
    made.slot_leaves.push_back(
        slot_leaf(made.h0, parts_of(submission.slots[j], static_cast<std::uint16_t>(j))));
  }
  made.manifest = manifest_hash(submission.prologue, made.field_leaves, made.slot_leaves);
  return made;
}

Hash statement_fact(const StatementCopy& statement) {
  return h32({Packer().label("fact").raw(statement.salt.bytes()).bytes(), statement.body});
}

Hash text_hash(const Hash& salt, ByteView text) {
  return h32({Packer().label("text").raw(salt.bytes()).bytes(), text});
}

}  // namespace seinhuis::proof
