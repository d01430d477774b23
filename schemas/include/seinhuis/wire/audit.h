#pragma once

#include "seinhuis/wire/envelope.h"
#include "seinhuis/wire/record.h"

// What the log shows to more than the parties of a record.
namespace seinhuis {

// What stays of a message that its sender did sign and the broker refused: why a note of that sender is
// missing. L"refused" || manifest || u16 code || rule || u8 gate || day || sender || signature of the sender.
struct Tombstone {
  Hash manifest = Hash::zero();
  std::uint16_t code = 0;  // wire/session.h, Code
  std::string rule;
  Gate gate = Gate::none;
  Day day{0};
  std::string sender;
  Signature signature = Signature::zero();  // over the manifest
  friend bool operator==(const Tombstone&, const Tombstone&) = default;
};
Bytes encode(const Tombstone& tombstone);
Result<Tombstone> decode_tombstone(ByteView raw);

// One leaf of the log, as the supervisor reads it: enough to build the tree and to make a decision again.
struct AuditLeaf {
  Hash node = Hash::zero();  // H32(0x00 || leaf)
  bool erased = false;       // the record is gone; what follows is then empty
  LeafKind kind = LeafKind::accepted;
  Hash salt = Hash::zero();
  Bytes record;
  // Of a delivery, what its decision was made from.
  Bytes prologue;
  std::vector<StatementCopy> statements;  // of the message, and revocations that came before the pick-up
  Bytes parent;                           // prologue of the message it is about; empty without
  std::vector<std::string> recipients;    // of the parent
  std::vector<std::string> obliged;       // those of them that must answer it
  friend bool operator==(const AuditLeaf&, const AuditLeaf&) = default;
};
Bytes encode(const AuditLeaf& leaf);
Result<AuditLeaf> decode_audit_leaf(ByteView raw);

}  // namespace seinhuis
