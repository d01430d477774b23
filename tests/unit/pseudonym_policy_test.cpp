#include "seinhuis/policy/pseudonym.h"
#include "seinhuis/policy_load/load.h"
#include "support.h"
#include "unit/set_folder.h"

// What a policy may say of pseudonyms, and what it may not.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

bundle::Policy example_set() { return must(policy::load(set_folder)).bundle; }
bundle::Rule& rule(bundle::Policy& set, const std::string& id) {
  return *std::ranges::find(set.rules, id, &bundle::Rule::id);
}
bundle::Grant& grant(bundle::Rule& of, const std::string& field) {
  return *std::ranges::find(of.grants, field, &bundle::Grant::field);
}
std::string problem(bundle::Policy set) {
  const auto compiled = policy::Policy::compile(std::move(set));
  return compiled ? "" : compiled.error().detail;
}
const std::string pseudonym = "pseudonym@carrousel-2026";

}  // namespace

TEST_CASE("a pseudonym goes to the domain's organisation, for the domain's purpose") {
  bundle::Policy set = example_set();
  CHECK(problem(set).empty());
  rule(set, "nla-koppelpunt").to.desks = {"nla/preventie"};
  CHECK(problem(set).find("nla/preventie is not of the organisation of domain carrousel-2026") !=
        std::string::npos);
  set = example_set();
  rule(set, "nla-koppelpunt").purpose = "opsporing-mensenhandel";
  CHECK(problem(set).find("the purpose of domain carrousel-2026 is koppeling") != std::string::npos);
}

TEST_CASE("who receives in a domain may not send pseudonyms in it") {
  bundle::Policy set = example_set();
  rule(set, "nla-koppelpunt").from.desks.emplace_back("linker/koppelpunt");
  CHECK(problem(set).find("linker/koppelpunt receives in domain carrousel-2026") != std::string::npos);
}

TEST_CASE("a pseudonym stands beside no exact value, and an opening is not granted") {
  bundle::Policy set = example_set();
  grant(rule(set, "nla-koppelpunt"), "verdachte.telefoon").forms = {"exact", pseudonym};
  CHECK(problem(set).find("a pseudonym beside the exact value hides nothing") != std::string::npos);
  set = example_set();
  grant(rule(set, "nla-koppelpunt"), "verdachte.telefoon").forms = {"opening@carrousel-2026"};
  CHECK(problem(set).find("an opening is not granted") != std::string::npos);
}

TEST_CASE("a pseudonym of what no rule gives exactly is a load error") {
  bundle::Policy set = example_set();
  rule(set, "nla-politie-signaal").kinds = {Kind::request};
  CHECK(problem(set).find("nobody gets the exact value of what carrousel-2026 gets a pseudonym of") !=
        std::string::npos);
}

TEST_CASE("nothing of a victim goes to a linker, not even as a pseudonym") {
  bundle::Policy set = example_set();
  bundle::Field& victim = *std::ranges::find(set.fields, "slachtoffer.telefoon", &bundle::Field::id);
  victim.identifier = IdentifierType::phone;
  victim.forms.push_back({pseudonym, bundle::Form::How::pseudonym, {}, {}, {}, "carrousel-2026"});
  victim.forms.push_back(
      {"opening@carrousel-2026", bundle::Form::How::opening, {}, {}, {}, "carrousel-2026"});
  rule(set, "nla-koppelpunt").grants.push_back({"slachtoffer.telefoon", {pseudonym}});
  CHECK(problem(set).find("against never-rule V-13") != std::string::npos);
}

TEST_CASE(
    "a desk may evaluate in a domain when a rule lets it send there, of that type, and it receives none") {
  const auto set = must(policy::Policy::compile(example_set()));
  const auto may = [&](const char* desk, IdentifierType type) {
    return policy::may_evaluate(*set, set->desk(desk), "carrousel-2026", type);
  };
  CHECK(may("nla/toezicht", IdentifierType::phone));
  CHECK(may("hotelketen/meldpunt", IdentifierType::plate));
  CHECK_FALSE(may("nla/toezicht", IdentifierType::bsn));
  CHECK_FALSE(may("linker/koppelpunt", IdentifierType::phone));
  CHECK_FALSE(may("gemeente-groningen/toezicht", IdentifierType::phone));
  CHECK_FALSE(policy::may_evaluate(*set, set->desk("nla/toezicht"), "overgang-18", IdentifierType::phone));
}
