#pragma once

#include <functional>
#include <variant>

#include "seinhuis/client/alarm.h"
#include "seinhuis/policy/message.h"
#include "seinhuis/seal/seal.h"

namespace seinhuis::client {

// A network with its policies compiled, as this desk verified it.
struct Trusted {
  proof::Network network;
  std::map<std::uint32_t, policy::PolicyRef> policies;
  const policy::Policy* policy(const Version& version) const;
};
Result<Trusted> make_trusted(proof::Network network);

// What a desk knows that decides whether a delivery is good.
struct Knowledge {
  const Trusted& trusted;
  std::string desk;
  Instant now;
  // The private key of one of my cards; nullptr when it is none of mine, or its time is over.
  std::function<const seal::OpeningKey*(ByteView card)> key_of;
  // Did I send the message with this h0? Do I hold it, and from whom?
  std::function<bool(const Hash& h0)> sent_by_me;
  std::function<std::string(const Hash& h0)> held_from;
  // Must I answer the message with this h0? Also true when I do not know it: then it cannot be held against
  // anybody.
  std::function<bool(const Hash& h0)> obliged_by;
};

// A delivery that passed every check.
struct Received {
  Prologue prologue;
  Hash h0 = Hash::zero();
  Hash manifest = Hash::zero();
  DeliveryRecord record;
  Hash record_leaf = Hash::zero();
  LogProof proof;
  seal::Note note;
  std::map<std::uint16_t, seal::Value> values;  // by entry
  std::vector<std::uint16_t> sealed;            // entries that the sender sealed for me
  policy::Facts facts;
  policy::Row row;            // the plan for me on the day of the record
  bool obliged = false;       // to answer, on that day or on the day it was made
  bool escalated = false;     // a chain came to this desk: there is no number in its note
  std::vector<Alarm> beside;  // what its sender did wrong that does not make the rest of it wrong
};

// Every check of schemas/PROTOCOL.md, "At the recipient", that needs no state of this desk beyond
// `Knowledge`; fail closed, nothing is opened before what can be checked in public holds. Pure; any thread.
std::variant<Received, Alarm> accept(const Delivery& delivery, const Knowledge& knowledge);

}  // namespace seinhuis::client
