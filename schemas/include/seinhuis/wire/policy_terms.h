#pragma once

#include <string>
#include <vector>

#include "seinhuis/base/instant.h"
#include "seinhuis/wire/vocabulary.h"

// The nouns of a policy: words, desks, fields, bases, agreements. The rules over them: policy_bundle.h.
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
// Minutes of a day in Amsterdam, from and up to, on some days of the week.
struct Hours {
  std::uint16_t opens = 0;
  std::uint16_t closes = 0;
  std::uint8_t days = 0;  // bit 0 = Monday
  friend bool operator==(const Hours&, const Hours&) = default;
};
// When somebody is on duty at a desk for what is urgent (piket).
struct Roster {
  std::string desk;
  std::vector<Hours> duty;
  std::vector<Period> away;
  friend bool operator==(const Roster&, const Roster&) = default;
};
struct Holiday {
  std::uint32_t day = 0;  // since 1970-01-01
  std::string name;
  friend bool operator==(const Holiday&, const Holiday&) = default;
};
struct Calendar {
  Hours hours;                    // working time of the network; closes 0 = the usual (policy/calendar.h)
  std::vector<Holiday> holidays;  // ascending
  std::vector<Roster> rosters;    // by desk
  friend bool operator==(const Calendar&, const Calendar&) = default;
};
struct Pair {
  std::string value;
  std::string becomes;
  friend bool operator==(const Pair&, const Pair&) = default;
};
// One receiving organisation's purpose, within which equal identifiers have equal pseudonyms.
struct Domain {
  std::string id;
  Text text;
  std::string organisation;
  std::string purpose;
  std::uint32_t quota = 0;  // elements that an organisation may have evaluated a day, of each type
  friend bool operator==(const Domain&, const Domain&) = default;
};
// How another form follows from the exact value.
struct Form {
  enum class How : std::uint8_t {
    exact = 1,
    constant = 2,
    table = 3,
    age_band = 4,
    adult = 5,
    region = 6,
    count = 7,
    week = 8,       // ISO week of a day
    pseudonym = 9,  // for its domain's organisation
    opening = 10    // for who has the exact value: lets it check the pseudonym. Follows; is never granted
  };
  std::string id;
  How how = How::exact;
  std::string category;   // of the form; empty = the field's
  std::string otherwise;  // constant text; for a table, what an unlisted value becomes
  std::vector<Pair> table;
  std::string domain;  // of a pseudonym or an opening
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
  IdentifierType identifier = IdentifierType::none;
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

}  // namespace seinhuis::bundle
