#pragma once

#include "seinhuis/wire/record.h"

namespace seinhuis {

// Where a pseudonym stands: an entry of a message.
struct HitPlace {
  Hash h0 = Hash::zero();
  std::uint16_t entry = 0;
  friend auto operator<=>(const HitPlace&, const HitPlace&) = default;
};

// That the same pseudonym stands in two messages, as who links them says it (schemas/PROTOCOL.md, "Linking").
// L"hit" || network || desk || h0_a || u16 e_a || h0_b || u16 e_b || tag || signature. The tag is keyed with
// the pseudonym: only who has it can tell whether it is true.
struct HitRecord {
  Hash network = Hash::zero();
  std::string desk;  // that links
  HitPlace a;        // < b
  HitPlace b;
  Hash tag = Hash::zero();
  Signature signature = Signature::zero();
  friend bool operator==(const HitRecord&, const HitRecord&) = default;
};
Bytes unsigned_bytes(const HitRecord& record);
Bytes encode(const HitRecord& record);
// Fails with malformed, also when a is not below b.
Result<HitRecord> decode_hit(ByteView raw);
// What the tag is the keyed hash of: L"hit-tag" || h0_a || u16 e_a || h0_b || u16 e_b.
Bytes tag_bytes(const HitPlace& a, const HitPlace& b);

// What the broker answers: where the record is in its log, and whom it concerns. At most 64 desks a side,
// ascending.
struct HitAnswer {
  Hash salt = Hash::zero();
  LogProof proof;
  std::vector<std::string> obliged_a;
  std::vector<std::string> obliged_b;
  friend bool operator==(const HitAnswer&, const HitAnswer&) = default;
};
Bytes encode(const HitAnswer& answer);
Result<HitAnswer> decode_hit_answer(ByteView raw);

// What a desk gets to check one by: u32 length || record, salt, proof.
struct HitEvidence {
  HitRecord record;
  Hash salt = Hash::zero();
  LogProof proof;
  friend bool operator==(const HitEvidence&, const HitEvidence&) = default;
};
Bytes encode(const HitEvidence& evidence);
Result<HitEvidence> decode_hit_evidence(ByteView raw);

}  // namespace seinhuis
