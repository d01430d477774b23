#pragma once

#include "seinhuis/wire/envelope.h"
#include "seinhuis/wire/record.h"

// What the broker keeps of a message, beside its ciphertext.
namespace seinhuis::broker {

struct StoredSignal {
  Bytes prologue;
  Hash h0 = Hash::zero();
  Hash manifest = Hash::zero();
  Instant received{};
  Hash salt = Hash::zero();
  std::uint64_t leaf = 0;  // of its acceptance
  Day keep_until{0};
  std::vector<std::string> recipients;    // in slot order
  std::vector<StatementCopy> statements;  // as the sender gave them
  std::uint16_t open_slots = 0;           // without a receipt yet, dormant ones included
  Bytes cell_key;                         // of a melder who is not named; else empty
  std::vector<std::uint8_t> dormant;      // by slot: 0 = it was never dormant, or has been woken

  bool sleeps(std::size_t slot) const { return slot < dormant.size() && dormant[slot] != 0; }
  // Who has it, or may fetch it.
  std::vector<std::string> awake() const;
};
Bytes encode(const StoredSignal& signal);
Result<StoredSignal> decode_signal(ByteView raw);

struct StoredStatus {
  StatusEntry::Step step = StatusEntry::Step::accepted;
  Instant at{};
  std::string desk;
  Bytes statement;
  Hash salt = Hash::zero();
  std::uint64_t leaf = 0;
};
Bytes encode(const StoredStatus& status);
Result<StoredStatus> decode_stored_status(ByteView raw);

struct StoredRecord {
  Bytes record;
  Hash salt = Hash::zero();
  std::uint64_t leaf = 0;
  bool receipted = false;
};
Bytes encode(const StoredRecord& record);
Result<StoredRecord> decode_stored_record(ByteView raw);

}  // namespace seinhuis::broker
