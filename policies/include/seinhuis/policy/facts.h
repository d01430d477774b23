#pragma once

#include <optional>

#include "seinhuis/policy/policy.h"

namespace seinhuis::policy {

// A consent or attest that counts in this thread, from this giver, not revoked.
struct StatementFacts {
  Index type = none;
  Index subject = none;
  DeskSet to;
  Mask purposes = 0;
  bundle::Period period;
  Index issuer = none;  // desk that signed; none while it is an unsigned body (explain, policy test)
};

// What the decision depends on, and nothing else: same facts + policy + day = same plan.
struct Facts {
  Day day{0};
  Kind kind = Kind::signal;
  Mode mode = Mode::identified;
  Index from = none;        // the desk that sends; none when only its class is known
  DeskSet givers;           // who may have sent it: that desk, or every desk of its class
  std::string giver_class;  // of a confidential message (policy/role_class.h)
  Index self = none;        // to itself the sender is somebody: never-rules about it count too
  Index theme = none;
  Weight weight = Weight::zacht;
  bool urgent = false;
  Mask purposes = 0;
  Index region = none;
  AgeBand age = AgeBand::unknown;
  Mask labels = 0;
  std::vector<StatementFacts> statements;
  DeskSet to;                       // named desks; none set = all that rules select
  DeskSet thread_recipients;        // of the parent, for messages about it
  DeskSet thread_obliged;           // those of them that must answer it
  Index thread_giver = none;        // who sent the parent
  std::optional<DeskSet> enrolled;  // by the signed directory, where one is at hand
};

}  // namespace seinhuis::policy
