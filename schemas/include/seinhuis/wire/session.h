#pragma once

#include "seinhuis/base/fixed_id.h"
#include "seinhuis/wire/envelope.h"

namespace seinhuis {

// What a client may ask.
enum class Action : std::uint8_t {
  submit = 1,    // body: Submission                        -> one item: Accepted
  fetch = 2,     // after: cursor, wait_ms: long poll       -> items: Delivery
  receipt = 3,   // body: Receipt
  follow = 4,    // message: what I sent                    -> items: StatusEntry
  card = 5,      // body: KeyCard, signed
  cards = 6,     //                                         -> items: KeyCard, all that hold or will
  metadata = 7,  // name: file name                         -> one item: its bytes
  head = 8,      //                             -> SignedHead; of a restored log its leaf new-log as well
  growth =
      9,  // after: size of my last head             -> one item: SignedHead; hashes of the consistency proof
  record = 10,     // message: of a delivery to me         -> salt and record; proof of it under today's head
  tombstone = 11,  // body: hash of a manifest             -> salt and tombstone; proof
  revoke = 12,     // body: a signed revocation
  audit = 13,      // after: leaves I have                 -> items: AuditLeaf; supervisors of the log only
  evaluate = 14,   // body: EvaluationRequest; of nobody: PaidEvaluation -> one item: EvaluationAnswer
  hit = 15,        // body: HitRecord                  -> one item: HitAnswer
  witness = 16,    // of the notary                    -> one item: Witness
  tokens = 17,     // body: TokenRequest               -> one item: EvaluationAnswer; of the issuer
  redeem = 18,  // body: Redemption                 -> one item: AdmissionReceipt; not over a desk's session
  crowd = 19,   // name: role class; after: epoch   -> items: organisations that have its tokens
  post = 21,    // body: Posting, of a desk to a melder who is not named
  board = 22,   // after: a day; 0: which there are -> its record, the proof of it, its cells; first and last
  posted = 23,  // body: h0 32 || u32 seq of an outcome -> items: PostedCell, one for each part
  redeem_evaluation = 24,  // body: EvaluationRedemption -> one item: EvaluationReceipt; as redeem
  obligations = 25,        // message: after which        -> items: Owed, what this desk owes, at most 1,000
  overview = 26,           // supervisors only            -> items: DeskOverview
  unreadable = 27,         // body: Unreadable; at the anonymous endpoint only
  counts = 20,  // of an evaluator                  -> items: EvaluationCount, of the days before today
};

// Why the broker says no. Stable numbers (schemas/PROTOCOL.md, "Codes").
enum class Code : std::uint16_t {
  ok = 0,
  malformed = 1,
  too_large = 2,
  unsupported = 3,
  wrong_network = 4,
  expired = 5,
  replayed = 6,        // same id, other content
  stale_metadata = 7,  // names metadata below the floor or unknown
  not_you = 8,         // the connection is not the sender's
  bad_signature = 9,
  bad_statement = 10,
  bad_slot = 11,  // unopened leaf, desk twice, card unknown
  refused = 12,   // by the policy; rule and gate say where
  nobody_obliged = 13,
  bad_thread = 14,  // the parent is unknown, foreign, or of another kind
  bad_outcome = 15,
  over_quota = 16,
  busy = 17,
  full = 18,
  absent = 19,
  unauthorised = 20,  // this desk may not ask that
  internal = 21,
  closed = 22,    // the desk has closed the matter
  answered = 23,  // the same outcome, or a later one, was given before
  awaited = 24,   // what it is about was lost in a restore and may come again: to be sent again, later
};
std::string_view to_string(Code code) noexcept;

struct Request {
  static constexpr std::size_t max_bytes = max_message + 65536;
  static constexpr std::uint16_t current_version = 1;
  std::uint64_t id = 0;  // comes back in the reply
  Action action = Action::head;
  std::uint64_t after = 0;
  std::uint64_t until = 0;
  std::uint32_t wait_ms = 0;
  std::string name;
  MessageId message = MessageId::zero();
  Bytes body;
  friend bool operator==(const Request&, const Request&) = default;
};
Result<Request> decode_request(ByteView raw);
Bytes encode(const Request& request);

struct Item {
  std::uint64_t cursor = 0;
  Bytes body;
  friend bool operator==(const Item&, const Item&) = default;
};
struct Reply {
  static constexpr std::size_t max_bytes = (max_message + 65536) * 4;
  std::uint64_t id = 0;
  Code code = Code::ok;
  std::string text;
  std::string rule;
  Gate gate = Gate::none;
  std::uint32_t retry_ms = 0;  // with busy: when to try again
  std::vector<Item> items;
  friend bool operator==(const Reply&, const Reply&) = default;
};
Result<Reply> decode_reply(ByteView raw);
Bytes encode(const Reply& reply);

}  // namespace seinhuis
