#pragma once

#include <map>

#include "seinhuis/client/accept.h"

namespace seinhuis::client {

// What a draft would do, before anything leaves: the plan on today's policy.
struct Planned {
  MessageId message = MessageId::zero();  // what it will be called if it is sent
  policy::Draft draft;
  policy::Facts facts;
  policy::Plan plan;
  std::vector<StatementCopy> statements;
  std::optional<ReplyAddress> reply;  // where nobody is named: of the words that were drawn for it
  Hash parent = Hash::zero();
  ThreadId thread = ThreadId::zero();
};

// Counters of what this desk sends each recipient, so that it can see a gap.
using NoteFor = std::function<seal::Note(const std::string& desk)>;

struct Sender {
  const Trusted& trusted;
  std::string desk;
  const proof::Signer& signer;
  const seal::NonceKey& nonce_key;
  Random& random;
  Instant now;
};

// Fails with malformed when the draft says what the policy does not know.
Result<Planned> plan_for(const Sender& sender, policy::Draft draft, const policy::ThreadContext& thread,
                         const Hash& parent);

// The values of the forms that are made of more than the exact value (client/pseudonymise.h): by field and
// form.
using FormValues = std::map<std::pair<std::string, std::string>, seal::Value>;

// Seals what the plan gives, and nothing else. Fails with refused when no desk gets anything, absent when a
// recipient has no key card, malformed when a value is too large.
Result<seal::Sealed> seal_planned(const Sender& sender, const Planned& planned, const NoteFor& note_for,
                                  const FormValues& made = {});

}  // namespace seinhuis::client
