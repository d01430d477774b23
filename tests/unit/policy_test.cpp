#include <fstream>
#include <sstream>

#include "seinhuis/policy/explain.h"
#include "seinhuis/policy_load/cases.h"
#include "seinhuis/policy_load/signal_file.h"
#include "support.h"
#include "unit/set_folder.h"

using namespace seinhuis;
using namespace seinhuis::test;

namespace {

std::size_t differences(const policy::Policy& policy) {
  std::size_t count = 0;
  for (const auto& one : must(policy::run_cases(policy, set_folder)).cases) count += one.differences.size();
  return count;
}

std::string whole(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Whether somebody else gets a pseudonym, and so this desk an opening, it cannot know from its own row.
policy::Row without_openings(const policy::Policy& policy, policy::Row row) {
  for (policy::Cell& cell : row.cells) cell.forms &= ~policy.pseudonym_forms(cell.field).openings;
  return row;
}

}  // namespace

TEST_CASE("a scenario fails for every rule that is taken away, or the policy without it does not load") {
  const auto loaded = must(policy::load(set_folder));
  for (std::size_t n = 0; n < loaded.bundle.rules.size(); ++n) {
    bundle::Policy less = loaded.bundle;
    const std::string id = less.rules[n].id;
    less.rules.erase(less.rules.begin() + static_cast<std::ptrdiff_t>(n));
    CAPTURE(id);
    const auto compiled = policy::Policy::compile(less);
    CHECK((!compiled || differences(**compiled) > 0));
  }
}

TEST_CASE("a scenario fails for every never-rule of the five scenarios that is taken away") {
  const auto loaded = must(policy::load(set_folder));
  for (const char* id : {"V-01", "V-02", "V-03", "V-09", "V-10a", "V-10b", "V-14"}) {
    bundle::Policy less = loaded.bundle;
    std::erase_if(less.nevers, [&](const bundle::Never& never) { return never.id == id; });
    CAPTURE(id);
    CHECK(differences(*must(policy::Policy::compile(less))) > 0);
  }
}

TEST_CASE("the engine names nothing of the policy set") {
  const auto loaded = must(policy::load(set_folder));
  std::vector<std::string> ids;
  for (const auto& rule : loaded.bundle.rules) ids.push_back(rule.id);
  for (const auto& field : loaded.bundle.fields) ids.push_back(field.id);
  for (const auto& desk : loaded.bundle.desks) ids.push_back(desk.name);
  for (const auto& basis : loaded.bundle.grondslagen) ids.push_back(basis.id);
  int files = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::string(SEINHUIS_POLICIES) + "/src")) {
    const std::string text = whole(entry.path());
    ++files;
    for (const std::string& id : ids) {
      CAPTURE(entry.path().filename(), id);
      CHECK(text.find("\"" + id + "\"") == std::string::npos);
    }
  }
  CHECK(files >= 5);
}

TEST_CASE("a compiled bundle survives its encoding, byte for byte") {
  const auto loaded = must(policy::load(set_folder));
  const Bytes raw = bundle::encode(loaded.bundle);
  const bundle::Policy again = must(bundle::decode(raw));
  CHECK(again == loaded.bundle);
  CHECK(bundle::encode(again) == raw);
}

TEST_CASE("an unknown age is treated as the strictest of all ages") {
  auto loaded = must(policy::load(set_folder));
  for (auto& rule : loaded.bundle.rules) {
    if (rule.id == "gemeente-politie-signaal") rule.ages = {AgeBand::adult};
  }
  const auto policy = must(policy::Policy::compile(loaded.bundle));
  policy::Draft draft = must(policy::read_signal(*policy, set_folder / "examples" / "A1.json"));
  const policy::Index avim = policy->desk("politie-noord/avim-mensenhandel");
  const auto outcome = [&](AgeBand band) {
    draft.age = band;
    return policy::row_for(*policy, must(policy::facts_of(*policy, draft, must(Day::parse("2026-11-23")))),
                           avim);
  };
  CHECK(outcome(AgeBand::adult).outcome == policy::Outcome::deliver);
  CHECK(outcome(AgeBand::from_12_to_17).gate == Gate::person);
  CHECK(outcome(AgeBand::unknown).outcome == policy::Outcome::refuse);
  CHECK(outcome(AgeBand::unknown).gate == Gate::person);
}

TEST_CASE(
    "same facts, same policy, same day: the same plan to the byte, and each row is the desk's own "
    "recomputation") {
  const auto policy = must(policy::load_policy(set_folder));
  const Day day = must(Day::parse("2026-11-23"));
  for (const char* name : {"A1.json", "A3.json", "A7.json", "A9.json", "A11-nla.json"}) {
    const auto draft = must(policy::read_signal(*policy, set_folder / "examples" / name));
    const auto facts = must(policy::facts_of(*policy, draft, day));
    const auto made = policy::plan(*policy, facts);
    CHECK(policy::plan_json(*policy, facts, made, policy::Language::nl) ==
          policy::plan_json(*policy, facts, policy::plan(*policy, facts), policy::Language::nl));
    for (const auto& row : made.rows) {
      if (row.outcome != policy::Outcome::deliver) continue;
      const auto turn = row.standby > 0 ? policy::Turn::standby : policy::Turn::now;
      auto again = policy::row_for(*policy, facts, row.desk, turn);
      again.standby = row.standby;
      CHECK(without_openings(*policy, again) == without_openings(*policy, row));
    }
  }
}

TEST_CASE("a coarser form never lets an unlisted value through") {
  const auto policy = must(policy::load_policy(set_folder));
  policy::Draft draft;
  draft.region = "noord";
  const Day day = must(Day::parse("2026-11-23"));
  for (const auto& field : policy->source().fields) {
    for (const auto& form : field.forms) {
      if (form.how == bundle::Form::How::exact) continue;
      CHECK(policy::coarsen(form, {"geheim-kanarie"}, draft, day) !=
            std::vector<std::string>{"geheim-kanarie"});
    }
  }
}

TEST_CASE("free text in a confidential signal is withheld as nobody can redact it, not as a basis lacks") {
  const auto policy = must(policy::load_policy(set_folder));
  policy::Draft draft = must(policy::read_signal(*policy, set_folder / "examples" / "A2.json"));
  draft.mode = Mode::confidential;
  const auto facts = must(policy::facts_of(*policy, draft, must(Day::parse("2026-11-23"))));
  const auto row = policy::row_for(*policy, facts, policy->desk("politie-noord/avim-mensenhandel"));
  const auto cell = std::ranges::find(row.cells, policy->field("feit.toelichting"), &policy::Cell::field);
  REQUIRE(cell != row.cells.end());
  CHECK(cell->state == policy::CellState::withheld);
  CHECK(policy::explain(*policy, facts, row, *cell, policy::Language::en).why ==
        "free text that nobody redacted: who signs that, names its organisation");
}

TEST_CASE("ages are counted on the day, to the birthday") {
  const bundle::Form adult{"meerderjarig", bundle::Form::How::adult, {}, {}, {}, {}};
  const policy::Draft draft;
  const auto on = [&](const char* day) {
    return policy::coarsen(adult, {"2008-11-23"}, draft, must(Day::parse(day)))[0];
  };
  CHECK(on("2026-11-22") == "<18");
  CHECK(on("2026-11-23") == "18+");
}

TEST_CASE("a misspelt word in a signal is reported with its place and the word that was meant") {
  const auto policy = must(policy::load_policy(set_folder));
  const auto root =
      must(yaml::parse_json(R"({"from":"gemeente-groningen/toezigt","theme":"mensenhandel","class":"zacht",
 "purpose":"opsporing-mensenhandel","region":"noord","age_band":"18+","fields":{"plaats.adress":"x"}})",
                            "S.json"));
  const auto read = policy::read_signal(*policy, root, ".");
  REQUIRE_FALSE(read);
  CHECK(read.error().detail.find("S.json:1:9: unknown desk 'gemeente-groningen/toezigt'; did you mean "
                                 "'gemeente-groningen/toezicht'?") == 0);
  CHECK(read.error().detail.find(
            "S.json:2:81: unknown field 'plaats.adress'; did you mean 'plaats.adres'?") != std::string::npos);
}
