#pragma once

#include <functional>

#include "seinhuis/broker/world.h"
#include "seinhuis/policy/explain.h"
#include "seinhuis/policy/message.h"
#include "seinhuis/proof/leaves.h"
#include "seinhuis/wire/session.h"

namespace seinhuis::broker {

// A "no" that explains itself.
struct Refusal {
  Code code = Code::internal;
  std::string text;
  std::string rule;
  Gate gate = Gate::none;
};

// What the ledger knows of the parent of a message.
struct Parent {
  MessageId message = MessageId::zero();
  Prologue prologue;
  std::vector<std::string> recipients;
};
using FindParent = std::function<Result<std::optional<Parent>>(const Hash& h0)>;

struct ObligedDesk {
  std::string desk;
  std::string rule;
  bundle::Deadlines deadlines;
};

// A submission that passed every check that needs no write.
struct Admitted {
  Submission submission;
  Prologue prologue;
  proof::Digest digest;
  std::vector<ObligedDesk> obliged;
  std::optional<OutcomeStatement> outcome;
  std::optional<Parent> parent;
  std::uint32_t retention_days = 0;
};

// A refusal of something its sender did sign leaves a tombstone in the log.
struct Refused {
  Refusal refusal;
  std::optional<MessageId> message;
  std::optional<Hash> manifest;  // when the signature was good
};

// Judges a submission that came over the connection of `desk` (schemas/PROTOCOL.md, "Admission"): cheap
// checks first, one signature, one evaluation per slot. Pure but for `find`; any thread.
std::variant<Admitted, Refused> admit(const World& world, std::string_view desk, Submission submission,
                                      const FindParent& find, Instant now);

// Whom the policy says the message is about: the thread context of a parent.
policy::ThreadContext context_of(const policy::Policy& policy, const std::optional<Parent>& parent);

}  // namespace seinhuis::broker
