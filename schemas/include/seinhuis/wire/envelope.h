#pragma once

#include "seinhuis/wire/prologue.h"

namespace seinhuis {

constexpr std::size_t commitment_size = 32;
constexpr std::size_t wrap_size = 48;  // 32 bytes of key and a 16-byte tag
constexpr std::size_t note_size = 88;  // 72 bytes and a tag
constexpr std::size_t tag_size = 16;
constexpr std::size_t max_message = 4U << 20U;

struct SealedField {
  Hash commitment = Hash::zero();
  Bytes ciphertext;
  friend bool operator==(const SealedField&, const SealedField&) = default;
};
struct Wrap {
  std::uint16_t entry = 0;
  Bytes box;  // wrap_size bytes
  friend bool operator==(const Wrap&, const Wrap&) = default;
};
// One recipient's way in, with the opening of its leaf for the broker.
struct Slot {
  std::uint8_t activation = 0;  // 0 = now; n = dormant until the n-th step of a chain
  Hash salt = Hash::zero();
  std::string desk;
  Bytes card;  // the key card it is sealed to
  SealingKey enc = SealingKey::zero();
  std::vector<Wrap> wraps;  // ascending by entry
  Bytes note;               // note_size bytes
  friend bool operator==(const Slot&, const Slot&) = default;
};
struct StatementCopy {
  Hash salt = Hash::zero();
  Bytes body;
  friend bool operator==(const StatementCopy&, const StatementCopy&) = default;
};
// From a sender to the broker.
struct Submission {
  Bytes prologue;
  std::vector<SealedField> fields;  // one for each entry of the prologue
  std::vector<Slot> slots;          // one for each recipient leaf of the prologue
  std::vector<StatementCopy> statements;
  Signature signature = Signature::zero();  // over the manifest
  Bytes outcome;       // for feedback: the clear outcome statement (wire/record.h); else empty
  Bytes admission;     // of a message that is not identified: AdmissionReceipt (wire/token.h); else empty
  Bytes cell_key;      // the same: key of its cells on the board, for the broker alone (wire/board.h)
  Bytes continuation;  // the same: signature with the words' key over h0 and manifest (proof/board.h)
  friend bool operator==(const Submission&, const Submission&) = default;
};
// Fails with malformed, also when the buffer would unpack to more than it holds.
Result<Submission> decode_submission(ByteView raw);
// The same for what was admitted and encoded anew, which may be somewhat larger than it came.
Result<Submission> decode_kept_submission(ByteView raw);
Bytes encode(const Submission& submission);

struct PassedField {
  std::uint16_t entry = 0;
  Hash commitment = Hash::zero();
  Bytes ciphertext;
  Bytes wrap;
  friend bool operator==(const PassedField&, const PassedField&) = default;
};
struct SlotEntry {
  std::uint16_t entry = 0;
  Hash wrap_hash = Hash::zero();
  friend bool operator==(const SlotEntry&, const SlotEntry&) = default;
};
// From the broker to one recipient.
struct Delivery {
  Bytes prologue;
  std::vector<Hash> field_leaves;  // all of them
  std::vector<Hash> slot_leaves;   // all of them
  std::uint16_t slot = 0;          // the recipient's
  std::uint8_t activation = 0;
  Hash salt = Hash::zero();
  Bytes card;
  SealingKey enc = SealingKey::zero();
  Bytes note;
  std::vector<SlotEntry> sealed_entries;  // what the sender sealed for this recipient
  std::vector<PassedField> passed;        // what the broker let through
  std::vector<StatementCopy> statements;  // those in whose scope the recipient is
  Signature signature = Signature::zero();
  Bytes outcome;
  Bytes record;  // the delivery record (wire/record.h)
  Hash record_salt = Hash::zero();
  Bytes proof;         // that the record is in the log (wire/record.h)
  Bytes admission;     // as in Submission
  Bytes continuation;  // as in Submission
  Bytes escalation;    // with activation > 0: why it wakes (wire/obligation.h, EscalationProof)
  friend bool operator==(const Delivery&, const Delivery&) = default;
};
Result<Delivery> decode_delivery(ByteView raw);
Bytes encode(const Delivery& delivery);

}  // namespace seinhuis
