#pragma once

#include "seinhuis/client/kept.h"
#include "seinhuis/wire/record.h"

// What goes into and comes out of the work of a client (client/client.h).
namespace seinhuis::client {

struct FeedbackDraft {
  MessageId signal = MessageId::zero();  // that I received
  Status status = Status::opgepakt;
  std::string reason;
  std::string text;
  bool redacted = false;  // signs the attest that a person has read and redacted the text
  std::string to = {};    // with doorgezet: the desk that must answer from now on
};

struct Sent {
  KeptSent kept;
  Planned planned;
  // Domains of which the pseudonyms could not be made, and why; their recipients are told "unavailable", and
  // get them in a supplement once they can be made; not of a message that names nobody.
  std::vector<std::pair<std::string, Error>> unavailable;
  bool before = false;  // it was sent earlier, and this is what became of it; there is no plan
};

// One step in the life of a signal.
struct Step {
  StatusEntry entry;
  std::string status;  // accepted, received, or the outcome
  std::string reason;
  std::string text;
  std::string next = {};  // of an outcome: to whom the matter was handed over
};

struct LogReport {
  Head head;
  std::size_t records = 0;  // of mine, found in the log and recomputed
};
struct AuditReport {
  Head head;
  std::uint64_t quiet = 0;            // leaves of the log of what names nobody
  std::size_t replayed = 0;           // records that hold and decisions that come out the same
  std::size_t erased = 0;             // whose retention is over; the log still holds their place
  std::vector<std::string> failures;  // at most 1,000
  std::vector<std::string> restored;  // where the log goes on after a restore, and what of it was seen before
};

}  // namespace seinhuis::client
