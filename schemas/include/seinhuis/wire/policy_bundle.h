#pragma once

#include <string>
#include <vector>

#include "seinhuis/base/bytes.h"
#include "seinhuis/base/instant.h"
#include "seinhuis/wire/vocabulary.h"

// The policy as administrators sign it: a value of texts, checked for meaning by policy::compile.
// Every id is a text of the policy set; sets are lists in the order of the source.
namespace seinhuis::bundle {

using Texts = std::vector<std::string>;

struct Text {
  std::string nl;
  std::string en;
  friend bool operator==(const Text&, const Text&) = default;
};
// Calendar days, both ends inclusive.
struct Period {
  std::uint32_t from = 0;
  std::uint32_t until = 0xFFFFFFFF;
  bool holds(Day day) const { return day.days() >= from && day.days() <= until; }
  friend bool operator==(const Period&, const Period&) = default;
};
struct Term {  // a theme, a desk kind, a region, a field role, a data category
  std::string id;
  Text text;
  friend bool operator==(const Term&, const Term&) = default;
};
struct Purpose {
  std::string id;
  Text text;
  Texts incompatible;
  friend bool operator==(const Purpose&, const Purpose&) = default;
};
struct Regime {
  std::string id;
  Texts labels;  // what every message from a desk under it carries
  friend bool operator==(const Regime&, const Regime&) = default;
};
struct StatementType {
  enum class Sort : std::uint8_t { attest = 1, consent = 2, redaction = 3, revocation = 4 };
  std::string id;
  Sort sort = Sort::attest;
  Text text;
  Texts roles;          // desks of these roles may sign it
  bool by_all = false;  // one of each role is needed, not one of any
  friend bool operator==(const StatementType&, const StatementType&) = default;
};
struct Desk {
  std::string name;  // organisation/desk
  std::string kind;
  std::string role;
  std::string regime;
  Texts regions;  // empty = landelijk
  Texts themes;
  Texts purposes;
  friend bool operator==(const Desk&, const Desk&) = default;
};
struct Pair {
  std::string value;
  std::string becomes;
  friend bool operator==(const Pair&, const Pair&) = default;
};
// How a coarser form follows from the exact value.
struct Form {
  enum class How : std::uint8_t {
    exact = 1,
    constant = 2,
    table = 3,
    age_band = 4,
    adult = 5,
    region = 6,
    count = 7
  };
  std::string id;
  How how = How::exact;
  std::string category;   // of the form; empty = the field's
  std::string otherwise;  // constant text; for a table, what an unlisted value becomes
  std::vector<Pair> table;
  friend bool operator==(const Form&, const Form&) = default;
};
struct Field {
  std::string id;
  std::string role;            // melder, slachtoffer, verdachte, ...
  std::string category;        // gewoon, strafrechtelijk, ...
  std::vector<Pair> in_theme;  // theme -> the category it rises to there (disclosed together, it says more)
  bool redaction = false;      // free text: held until a person has redacted it
  Text text;
  std::vector<Form> forms;  // forms[0] is exact
  friend bool operator==(const Field&, const Field&) = default;
};
struct ShapeField {
  std::string field;
  std::uint32_t size = 0;  // normal size class, bytes
  friend bool operator==(const ShapeField&, const ShapeField&) = default;
};
struct Shape {
  std::string id;
  std::vector<Kind> kinds;
  Texts themes;
  std::vector<ShapeField> fields;
  friend bool operator==(const Shape&, const Shape&) = default;
};
struct Grondslag {
  enum class State : std::uint8_t { geldend = 1, voorstel = 2, vervallen = 3 };
  std::string id;
  std::string citation;
  bool giving = false;
  bool receiving = false;
  State state = State::geldend;
  Period period;
  Texts purposes;    // empty = any
  Texts categories;  // the data it covers
  bool needs_agreement = false;
  std::string replaced_by;
  std::string note;
  std::string review;  // review status by jurists
  friend bool operator==(const Grondslag&, const Grondslag&) = default;
};
struct Party {
  std::string who;  // organisation, or organisation/desk
  std::uint32_t signed_on = 0;
  friend bool operator==(const Party&, const Party&) = default;
};
struct Agreement {
  enum class Sort : std::uint8_t { convenant = 1, besluit = 2, verordening = 3 };
  enum class Binds : std::uint8_t { both = 1, giver = 2, recipient = 3 };
  std::string id;
  Sort sort = Sort::convenant;
  Binds binds = Binds::both;
  Text text;
  std::string hint;  // what to do when it is not there
  Period period;
  std::vector<Party> parties;
  Texts purposes;
  Texts themes;
  friend bool operator==(const Agreement&, const Agreement&) = default;
};
struct Selector {
  enum class Thread : std::uint8_t { none = 1, giver = 2, recipients = 3 };
  enum class Region : std::uint8_t { any = 1, same = 2, landelijk = 3, listed = 4 };
  Texts desks;
  Texts roles;
  Texts kinds;
  Texts except_kinds;
  Texts organisations;
  Thread thread = Thread::none;
  Region region = Region::any;
  Texts regions;
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
  bool silent = false;  // says so itself: obliges: false
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
  friend bool operator==(const Policy&, const Policy&) = default;
};

// Untrusted bytes in, value out. Copies, verifies, checks limits; fails with malformed or unsupported.
// What it does not know is whether the ids mean something: policy::compile does.
Result<Policy> decode(ByteView raw);
// The same value gives the same bytes.
Bytes encode(const Policy& policy);

constexpr std::size_t max_bytes = 8U << 20U;

}  // namespace seinhuis::bundle
