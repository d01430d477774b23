#pragma once

#include "seinhuis/wire/prologue.h"

// What is signed or put in the log has a fixed encoding (base/packed.h): equal values, equal bytes.
namespace seinhuis {

// One epoch of a desk's sealing key. L"card" || network || desk || u8 kind || u32 epoch || u32 from || u32
// until || key 32 || signature 64.
struct KeyCard {
  enum class Use : std::uint8_t { current = 1, standby = 2 };
  Hash network = Hash::zero();
  std::string desk;
  Use use = Use::current;
  std::uint32_t epoch = 0;
  Day from{0};
  Day until{0};
  SealingKey key = SealingKey::zero();
  Signature signature = Signature::zero();
  friend bool operator==(const KeyCard&, const KeyCard&) = default;
};
// The days of an epoch: a week of 7 days since 1970-01-01 (current), or a quarter of a year (standby).
struct CardDays {
  Day from{0};
  Day until{0};
};
CardDays span_of(KeyCard::Use use, std::uint32_t epoch);
std::uint32_t epoch_of(KeyCard::Use use, Day day);
Bytes unsigned_bytes(const KeyCard& card);
Bytes encode(const KeyCard& card);
Result<KeyCard> decode_card(ByteView raw);

// A consent, attest, redaction or revocation, in one thread, from one giver.
struct Statement {
  Hash network = Hash::zero();
  ThreadId thread = ThreadId::zero();
  std::string giver;  // organisation
  MessageId nonce = MessageId::zero();
  std::string type;
  std::string subject;
  std::vector<std::string> to;        // desks, strictly ascending
  std::vector<std::string> purposes;  // strictly ascending
  Day from{0};
  Day until{0};
  std::string issuer;        // desk
  Hash text = Hash::zero();  // hash of its text, or of the statement that a revocation revokes; zero without
  Signature signature = Signature::zero();
  friend bool operator==(const Statement&, const Statement&) = default;
};
Bytes unsigned_bytes(const Statement& statement);
Bytes encode(const Statement& statement);
Result<Statement> decode_statement(ByteView raw);

// What a desk says in clear to the broker beside its sealed feedback.
// L"outcome" || network || h0 of the parent || desk || u32 seq || u8 status || reason || H32(M of the
// feedback) || signature. When the matter is handed over: L"outcome-to" || the same || next desk ||
// signature.
struct OutcomeStatement {
  Hash network = Hash::zero();
  Hash parent = Hash::zero();
  std::string desk;
  std::uint32_t seq = 0;
  Status status = Status::opgepakt;
  std::string reason;
  Hash manifest = Hash::zero();
  Signature signature = Signature::zero();
  std::string next = {};  // who must answer from now on; only with doorgezet
  friend bool operator==(const OutcomeStatement&, const OutcomeStatement&) = default;
};
Bytes unsigned_bytes(const OutcomeStatement& outcome);
Bytes encode(const OutcomeStatement& outcome);
Result<OutcomeStatement> decode_outcome(ByteView raw);

// What the broker did for one recipient.
struct EntryVerdict {
  std::uint16_t entry = 0;
  bool passed = false;
  std::string rule;
  Gate gate = Gate::none;
  friend bool operator==(const EntryVerdict&, const EntryVerdict&) = default;
};
struct DeliveryRecord {
  Hash network = Hash::zero();
  Hash h0 = Hash::zero();
  std::string desk;
  std::string purpose;
  Version policy;
  Version directory;
  Day day{0};
  std::vector<EntryVerdict> entries;  // those sealed for the desk, ascending
  friend bool operator==(const DeliveryRecord&, const DeliveryRecord&) = default;
};
Bytes encode(const DeliveryRecord& record);
Result<DeliveryRecord> decode_record(ByteView raw);

// A recipient's answer to a delivery.
struct Receipt {
  Hash network = Hash::zero();
  Hash h0 = Hash::zero();
  std::string desk;
  Hash record = Hash::zero();  // leaf of the delivery record
  bool authentic = false;      // false: refused, for a reason told to the supervisor only
  Signature signature = Signature::zero();
  friend bool operator==(const Receipt&, const Receipt&) = default;
};
Bytes unsigned_bytes(const Receipt& receipt);
Bytes encode(const Receipt& receipt);
Result<Receipt> decode_receipt(ByteView raw);

// The kinds of leaves in the log.
enum class LeafKind : std::uint8_t {
  accepted = 1,
  refused = 2,
  delivery = 3,
  receipt = 4,
  outcome = 5,
  card = 6,
  revocation = 7,
  hit = 8,
  board = 9,
  escalation = 10,
  unreadable = 11,
  new_log = 12  // wire/new_log.h
};

// L"head" || network || log id || u64 size || root || hash of the previous head.
struct Head {
  Hash network = Hash::zero();
  Hash log = Hash::zero();
  std::uint64_t size = 0;
  Hash root = Hash::zero();
  Hash previous = Hash::zero();
  friend bool operator==(const Head&, const Head&) = default;
};
struct SignedHead {
  Head head;
  Signature signature = Signature::zero();
  friend bool operator==(const SignedHead&, const SignedHead&) = default;
};
Bytes encode(const Head& head);
Bytes encode(const SignedHead& head);
Result<SignedHead> decode_head(ByteView raw);

// That a leaf is in the log: its place, the path to the root, and the head that signs it.
struct LogProof {
  std::uint64_t index = 0;
  std::vector<Hash> path;
  SignedHead head;
  friend bool operator==(const LogProof&, const LogProof&) = default;
};
Bytes encode(const LogProof& proof);
Result<LogProof> decode_log_proof(ByteView raw);

// Of a record of a message that names nobody: it is in the quiet log when the day is over. L"promise" ||
// network || leaf || u32 day || signature under the log key.
struct Promise {
  Hash network = Hash::zero();
  Hash leaf = Hash::zero();
  Day day{0};
  Signature signature = Signature::zero();
  friend bool operator==(const Promise&, const Promise&) = default;
};
Bytes unsigned_bytes(const Promise& promise);
Bytes encode(const Promise& promise);
Result<Promise> decode_promise(ByteView raw);

// What the sender gets for a signal: the leaf of its acceptance and the proof.
struct Accepted {
  Hash salt = Hash::zero();
  Bytes record;  // AcceptedRecord
  LogProof proof;
  friend bool operator==(const Accepted&, const Accepted&) = default;
};
Bytes encode(const Accepted& accepted);
Result<Accepted> decode_accepted(ByteView raw);
// The record behind it: h0 || H32(M) || u64 received, milliseconds.
struct AcceptedRecord {
  Hash h0 = Hash::zero();
  Hash manifest = Hash::zero();
  Instant at{};
  friend bool operator==(const AcceptedRecord&, const AcceptedRecord&) = default;
};
Bytes encode(const AcceptedRecord& record);
Result<AcceptedRecord> decode_accepted_record(ByteView raw);

// One step in the life of a signal, as its sender may follow it.
struct StatusEntry {
  enum class Step : std::uint8_t { accepted = 1, received = 2, outcome = 3, escalated = 4, unreadable = 5 };
  Step step = Step::accepted;
  Instant at{};
  std::string desk;  // by whom; empty for accepted
  Bytes statement;   // AcceptedRecord, Receipt, OutcomeStatement or Escalation
  Hash salt = Hash::zero();
  LogProof proof;
  friend bool operator==(const StatusEntry&, const StatusEntry&) = default;
};
Bytes encode(const StatusEntry& entry);
Result<StatusEntry> decode_status(ByteView raw);

}  // namespace seinhuis
