#pragma once

#include "seinhuis/wire/envelope.h"
#include "seinhuis/wire/record.h"

// The hashes that bind a message together (schemas/PROTOCOL.md, "Hashes"). All public; any thread.
namespace seinhuis::proof {

Hash h0_of(ByteView prologue);
// L"leaf" || h0 || u16 e || commitment || u32 length || ciphertext
Hash field_leaf(const Hash& h0, std::uint16_t entry, const SealedField& field);
// L"recip" || salt || desk || H32(card)
Hash recipient_leaf(const Hash& salt, std::string_view desk, ByteView card);

// What a slot leaf is made of; a stripped wrap is known by its hash alone.
struct SlotParts {
  std::uint16_t number = 0;
  std::uint8_t activation = 0;
  Hash recipient = Hash::zero();
  SealingKey enc = SealingKey::zero();
  std::vector<SlotEntry> entries;
  Bytes note;
};
// L"slot" || h0 || u16 j || u8 activation || recipient leaf || enc || u16 n || n * (u16 e || H32(wrap)) ||
// H32(note)
Hash slot_leaf(const Hash& h0, const SlotParts& parts);
SlotParts parts_of(const Slot& slot, std::uint16_t number);

// H32(u32 length || prologue || u32 m || field leaves || u32 n || slot leaves)
Hash manifest_hash(ByteView prologue, const std::vector<Hash>& field_leaves,
                   const std::vector<Hash>& slot_leaves);

// All of it for a whole submission.
struct Digest {
  Hash h0 = Hash::zero();
  std::vector<Hash> field_leaves;
  std::vector<Hash> slot_leaves;
  Hash manifest = Hash::zero();
};
Digest digest(const Submission& submission);

// L"fact" || salt || statement: what the prologue says of a statement.
Hash statement_fact(const StatementCopy& statement);
// L"text" || salt || text
Hash text_hash(const Hash& salt, ByteView text);

}  // namespace seinhuis::proof
