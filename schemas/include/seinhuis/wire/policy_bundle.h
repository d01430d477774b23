#pragma once

#include "seinhuis/base/bytes.h"
#include "seinhuis/wire/policy_terms.h"

// The policy as administrators sign it: a value of texts, checked for meaning by policy::compile.
// Every id is a text of the policy set; sets are lists in the order of the source.
namespace seinhuis::bundle {

struct Selector {
  enum class Thread : std::uint8_t { none = 1, giver = 2, recipients = 3, obliged = 4 };
  enum class Region : std::uint8_t { any = 1, same = 2, landelijk = 3, listed = 4 };
  Texts desks;
  Texts roles;
  Texts kinds;
  Texts except_kinds;
  Texts organisations;
  Thread thread = Thread::none;
  Region region = Region::any;
  Texts regions;
  Texts classes;  // role classes (policy/role_class.h)
  friend bool operator==(const Selector&, const Selector&) = default;
};
struct Requirement {
  std::string type;     // a StatementType
  std::string subject;  // a field role, or empty
  bool holds = false;   // missing: hold instead of withhold
  friend bool operator==(const Requirement&, const Requirement&) = default;
};
struct Grant {
  std::string field;
  Texts forms;
  friend bool operator==(const Grant&, const Grant&) = default;
};
struct Deadlines {  // minutes; pick_up 0 = obliges nobody
  std::uint32_t pick_up = 0;
  std::uint32_t triage = 0;
  std::uint32_t outcome = 0;
  bool silent = false;       // says so itself: obliges: false
  std::uint8_t working = 0;  // bits 1, 2, 4: that one counts working time only
  friend bool operator==(const Deadlines&, const Deadlines&) = default;
};
struct Rule {
  std::string id;
  std::vector<Kind> kinds;
  std::vector<Mode> modes;
  std::vector<Weight> weights;
  std::vector<AgeBand> ages;
  Selector from;
  Selector to;
  Texts themes;
  std::string purpose;
  std::string giving;
  std::string receiving;
  Texts exceptions;
  Texts agreements;
  Texts labels;  // the message must carry all of these
  std::vector<Requirement> requirements;
  std::vector<Grant> grants;
  std::uint32_t min_cell = 0;
  Period period;
  Deadlines deadlines;
  Texts chain;  // roles, in order of escalation
  std::uint32_t retention_days = 0;
  Text text;
  Deadlines urgent;      // of what is urgent; pick_up 0 = no others
  bool standby = false;  // for desks of a chain, once it has come to them
  friend bool operator==(const Rule&, const Rule&) = default;
};
// A never-rule. `check` names a structural one; the others are boxes.
struct Never {
  enum class Check : std::uint8_t { box = 1, agreement = 2, deadlines = 3, citation = 4 };
  struct Unless {
    Texts statements;       // any of these types in force
    Texts agreements;       // any of these in force
    Texts bases;            // the rule stands on one of these
    std::string status_of;  // this grondslag is in force
    bool empty() const {
      return statements.empty() && agreements.empty() && bases.empty() && status_of.empty();
    }
    friend bool operator==(const Unless&, const Unless&) = default;
  };
  std::string id;
  Check check = Check::box;
  Gate gate = Gate::minimisation;
  Text text;
  Selector from;
  Selector to;
  Texts themes;
  Texts labels;
  Texts fields;
  Texts roles;
  Texts categories;
  Unless unless;
  std::vector<Mode> modes;  // empty: all
  friend bool operator==(const Never&, const Never&) = default;
};

struct Policy {
  std::string id;
  std::uint32_t version = 0;
  std::vector<Term> kinds;
  std::vector<Term> regions;
  std::vector<Term> themes;
  std::vector<Term> subjects;    // field roles
  std::vector<Term> categories;  // data categories
  std::vector<Term> organisations;
  std::vector<Term> reasons;  // codes a desk may give with its feedback
  std::vector<Regime> regimes;
  std::vector<Purpose> purposes;
  std::vector<StatementType> statements;
  std::vector<Desk> desks;
  std::vector<Field> fields;
  std::vector<Shape> shapes;
  std::vector<Grondslag> grondslagen;
  std::vector<Agreement> agreements;
  std::vector<Rule> rules;
  std::vector<Never> nevers;
  std::vector<Domain> domains;
  std::uint32_t least_crowd = 0;  // organisations that must have tokens before anybody hides among them
  Calendar calendar;
  std::uint32_t least_cell = 0;  // a smaller count is not shown to who supervises
  Texts overview;                // roles that see how desks answer, in counts, and nothing else of the log
  friend bool operator==(const Policy&, const Policy&) = default;
};

// Untrusted bytes in, value out. Copies, verifies, checks limits; fails with malformed or unsupported.
// What it does not know is whether the ids mean something: policy::compile does.
Result<Policy> decode(ByteView raw);
// The same value gives the same bytes.
Bytes encode(const Policy& policy);

constexpr std::size_t max_bytes = 8U << 20U;

}  // namespace seinhuis::bundle
