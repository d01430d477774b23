#pragma once

#include "seinhuis/client/accept.h"
#include "seinhuis/client/compose.h"

// What a desk keeps of what it received and sent.
namespace seinhuis::client {

// One field of a delivery, as a person reads it.
struct FieldView {
  enum class State : std::uint8_t { given = 1, held = 2, withheld = 3, kept_by_sender = 4 };
  std::string field;
  State state = State::withheld;
  Gate gate = Gate::none;
  std::string rule;
  std::string why;
  std::string giving;                                       // citation of the giver's basis
  std::string receiving;                                    // citation of the receiver's basis
  std::vector<std::pair<std::string, seal::Value>> values;  // form -> value
};

struct KeptDelivery {
  MessageId message = MessageId::zero();
  Hash h0 = Hash::zero();
  Hash manifest = Hash::zero();
  Hash parent = Hash::zero();
  ThreadId thread = ThreadId::zero();
  Kind kind = Kind::signal;
  Weight weight = Weight::zacht;
  AgeBand age = AgeBand::unknown;
  std::string from;  // desk
  std::string theme;
  std::string region;
  std::string purpose;
  std::vector<std::string> labels;
  Instant created{};
  std::vector<FieldView> fields;
  Bytes record;
  Hash record_salt = Hash::zero();
  Bytes receipt;
  bool seen = false;                      // shown to a person
  bool acknowledged = false;              // the broker has the receipt
  bool obliged = false;                   // to answer it
  std::vector<std::string> purposes;      // of the message; `purpose` is what this desk has it for
  Mode mode = Mode::identified;           // else `from` is a role class, or "anoniem"
  SealingKey reply = SealingKey::zero();  // where nobody is named: what answers are sealed to
};
KeptDelivery view_of(const Received& received, const Delivery& delivery, const Trusted& trusted);
Bytes encode(const KeptDelivery& kept);
Result<KeptDelivery> decode_kept(ByteView raw);

struct KeptSent {
  enum class State : std::uint8_t { queued = 1, accepted = 2, refused = 3 };
  MessageId message = MessageId::zero();
  Hash h0 = Hash::zero();
  Hash manifest = Hash::zero();
  ThreadId thread = ThreadId::zero();
  Kind kind = Kind::signal;
  Instant created{};
  Bytes prologue;
  std::vector<std::string> recipients;
  State state = State::queued;
  Bytes accepted;          // wire Accepted
  std::uint16_t code = 0;  // why it was refused
  std::string text;
  std::string rule;
  Gate gate = Gate::none;
};
Bytes encode(const KeptSent& kept);
Result<KeptSent> decode_sent(ByteView raw);

}  // namespace seinhuis::client
