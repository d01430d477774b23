#pragma once

#include <functional>

#include "seinhuis/broker/world.h"
#include "seinhuis/policy/explain.h"
#include "seinhuis/policy/message.h"
#include "seinhuis/proof/leaves.h"
#include "seinhuis/wire/session.h"

namespace seinhuis::broker {

// Who asks at an anonymous endpoint. No desk is called so.
constexpr const char* anonymous_peer = "anonymous";

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
  Bytes raw;  // the prologue as it was sent
  std::vector<std::string> recipients;
  std::vector<std::string> obliged;  // of them
};
// Whose elements, for which message.
struct Evaluation {
  std::string desk;  // empty: of a message that names nobody
  MessageId message = MessageId::zero();
  std::string domain;
  IdentifierType type = IdentifierType::none;
};
// What admission must look up.
struct Known {
  // The manifest of the message that was accepted under this id.
  std::function<Result<std::optional<Hash>>(const MessageId& message)> accepted;
  std::function<Result<std::optional<Parent>>(const Hash& h0)> parent;
  // The revocation of a statement (its hash) that its issuer gave the broker before.
  std::function<Result<std::optional<Bytes>>(const Hash& statement, const std::string& issuer)> revocation;
  // How many elements a desk had evaluated for a message, in a domain and of a type.
  std::function<Result<std::optional<std::uint32_t>>(const Evaluation& evaluation)> evaluated;
  // Somebody has registered that this message shares an identifier with another.
  std::function<Result<bool>(const Hash& h0)> hit;
  // The day on which the log went on after a restore: what was lost is handed in again since.
  std::function<Result<std::optional<Day>>()> restored;
};

struct ObligedDesk {
  std::string desk;
  std::string rule;
  bundle::Deadlines deadlines;
  std::vector<std::string> chain;  // desks to whom it is escalated, as far as they have a slot
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
  Bytes cell_key;  // out of the submission
  // When it counts as received: to the day where nobody is named.
  Instant received(Instant now) const;
  // What keeping it takes, about.
  std::size_t bytes() const;
};

// A refusal of something its sender did sign leaves a tombstone in the log.
struct Refused {
  Refusal refusal;
  std::optional<MessageId> message;
  std::optional<Hash> manifest;  // when the signature was good
  Signature signature = Signature::zero();
  // This very message was accepted before, and its sender did not hear so: it is accepted still.
  std::optional<Hash> accepted;
};

// Judges a submission that came over the connection of `desk` (schemas/PROTOCOL.md, "Admission"): cheap
// checks first, one signature, one evaluation per slot. Pure but for `known`; any thread.
std::variant<Admitted, Refused> admit(const World& world, std::string_view desk, Submission submission,
                                      const Known& known, Instant now);

// Whom the policy says the message is about: the thread context of a parent.
policy::ThreadContext context_of(const policy::Policy& policy, const std::optional<Parent>& parent);

}  // namespace seinhuis::broker
