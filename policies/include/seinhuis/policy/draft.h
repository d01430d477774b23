#pragma once

#include <map>

#include "seinhuis/policy/plan.h"

namespace seinhuis::policy {

// A consent or attest as a person writes it down; `signed_form` is empty while nobody has signed it.
struct StatementDraft {
  std::string type;
  std::string subject;
  bundle::Texts to;
  bundle::Texts purposes;
  bundle::Period period;
  Bytes signed_form;  // the statement, packed and signed (wire/statement.h)
  friend bool operator==(const StatementDraft&, const StatementDraft&) = default;
};

// A message as its sender writes it, in the words of the policy.
struct Draft {
  Kind kind = Kind::signal;
  Mode mode = Mode::identified;
  std::string role_class;  // of a confidential message; empty: that of `from`
  std::string from;        // empty in a message that is not identified
  bundle::Texts to;
  std::string theme;
  Weight weight = Weight::zacht;
  bool urgent = false;
  bundle::Texts purposes;
  std::string region;
  AgeBand age = AgeBand::unknown;
  std::vector<StatementDraft> statements;
  std::optional<ThreadId> thread;
  std::optional<MessageId> parent;
  bundle::Texts labels;
  std::map<std::string, bundle::Texts> withhold;           // desk -> fields the sender keeps back
  std::map<std::string, std::vector<std::string>> fields;  // field -> its text or texts
};

// The facts of a draft on a day. Fails with malformed, naming the word, when the policy does not know it.
// Labels of the giver's regime are added; unsigned statements count as signed by somebody who may.
Result<Facts> facts_of(const Policy& policy, const Draft& draft, Day day);

// The value that a coarser form makes of the exact one. `created` dates the age. Values the form cannot read
// give its `otherwise` text, never the exact value.
std::vector<std::string> coarsen(const bundle::Form& form, const std::vector<std::string>& exact,
                                 const Draft& draft, Day created);

}  // namespace seinhuis::policy
