#include <iostream>
#include <memory>

#include "commands.h"
#include "seinhuis/policy_load/cases.h"
#include "seinhuis/policy_load/signal_file.h"

namespace seinhuis::tools {
namespace {

struct PolicyOptions {
  std::string policies;
  std::string signal;
  std::string from;
  std::string date;
  std::string mode = "identified";
};

int explain(const PolicyOptions& options, const Style& style) {
  const auto policy = policy::load_policy(options.policies);
  if (!policy) return fail(style, policy.error());
  auto draft = policy::read_signal(**policy, options.signal);
  if (!draft) return fail(style, draft.error());
  draft->mode = *word_of<Mode>(std::string_view(options.mode));
  if (!options.from.empty() && options.from != draft->from) {
    return fail(style, {Errc::refused, "the signal is from " + draft->from + ", not from " + options.from});
  }
  const auto day = options.date.empty() ? Result<Day>(Day::of(system_now())) : Day::parse(options.date);
  if (!day) return fail(style, day.error());
  const auto facts = policy::facts_of(**policy, *draft, *day);
  if (!facts) return fail(style, facts.error());
  const auto plan = policy::plan(**policy, *facts);
  if (style.json) {
    std::cout << policy::plan_json(**policy, *facts, plan, style.language) << '\n';
  } else {
    std::cout << plan_table(**policy, *facts, plan, style);
  }
  return 0;
}

int check(const PolicyOptions& options, const Style& style) {
  const auto loaded = policy::load(options.policies);
  if (!loaded) return fail(style, loaded.error());
  const auto policy = policy::Policy::compile(loaded->bundle);
  if (!policy) return fail(style, policy.error());
  const auto report = policy::run_cases(**policy, options.policies);
  if (!report) return fail(style, report.error());
  std::size_t failed = 0;
  for (const auto& one : report->cases)
    if (!one.differences.empty()) ++failed;
  if (style.json) {
    print({{"policy", (*policy)->source().id},
           {"version", (*policy)->source().version},
           {"hash", (*policy)->hash().hex()},
           {"rules", (*policy)->rules().size()},
           {"warnings", loaded->warnings},
           {"cases", report->cases.size()},
           {"failed", failed}});
  } else {
    for (const std::string& warning : loaded->warnings) std::cout << warning << '\n';
    std::cout << (*policy)->source().id << " version " << (*policy)->source().version << ": "
              << (*policy)->rules().size() << " rules, " << report->cases.size() << " cases, " << failed
              << " failed\n";
  }
  return failed == 0 ? 0 : 1;
}

int test(const PolicyOptions& options, const Style& style) {
  const auto policy = policy::load_policy(options.policies);
  if (!policy) return fail(style, policy.error());
  const auto report = policy::run_cases(**policy, options.policies);
  if (!report) return fail(style, report.error());
  std::size_t failed = 0;
  Json cases = Json::array();
  for (const auto& one : report->cases) {
    if (!one.differences.empty()) ++failed;
    cases.push_back(
        {{"case", one.name}, {"passed", one.differences.empty()}, {"differences", one.differences}});
    if (style.json) continue;
    std::cout << (one.differences.empty() ? "ok    " : "FAIL  ") << one.name << '\n';
    for (const std::string& difference : one.differences) std::cout << "      " << difference << '\n';
  }
  if (style.json) print({{"passed", report->cases.size() - failed}, {"failed", failed}, {"cases", cases}});
  if (!style.json) std::cout << report->cases.size() - failed << " passed, " << failed << " failed\n";
  return failed == 0 ? 0 : 1;
}

int coverage(const PolicyOptions& options, const Style& style) {
  const auto policy = policy::load_policy(options.policies);
  if (!policy) return fail(style, policy.error());
  const auto report = policy::run_cases(**policy, options.policies);
  if (!report) return fail(style, report.error());
  Json missed = Json::array();
  for (const bundle::Rule& rule : (*policy)->source().rules) {
    if (!report->used.contains(rule.id)) missed.push_back(rule.id);
  }
  for (const bundle::Never& never : (*policy)->source().nevers) {
    if (never.check == bundle::Never::Check::box && !report->used.contains(never.id))
      missed.push_back(never.id);
  }
  if (style.json) {
    print({{"rules", (*policy)->rules().size()}, {"not_tested", missed}});
  } else {
    std::cout << (*policy)->rules().size() << " rules; no case touches: " << (missed.empty() ? "none" : "")
              << '\n';
    for (const Json& id : missed) std::cout << "  " << id.get<std::string>() << '\n';
  }
  return 0;
}

}  // namespace

void add_policy_commands(CLI::App& app, Style& style, Outcome& outcome) {
  auto options = std::make_shared<PolicyOptions>();  // outlives this call, with the callbacks below
  auto* explain_command =
      app.add_subcommand("explain", "May I share this, with whom, and why not? Local; sends nothing.");
  explain_command->add_option("--policies", options->policies, "policy folder")->required();
  explain_command->add_option("--signal", options->signal, "signal file (JSON)")->required();
  explain_command->add_option("--from", options->from, "organisation/desk; must be the signal's");
  explain_command->add_option("--date", options->date, "YYYY-MM-DD; default today");
  add_mode(*explain_command, options->mode);
  explain_command->add_flag("--json", style.json, "one JSON document on standard output");
  explain_command
      ->add_option_function<std::string>(
          "--lang",
          [&style](const std::string& language) {
            style.language = language == "en" ? policy::Language::en : policy::Language::nl;
          },
          "nl or en")
      ->check(CLI::IsMember({"nl", "en"}));
  explain_command->callback([options, &style, &outcome] { outcome.code = explain(*options, style); });

  auto* policy_command = app.add_subcommand("policy", "Check and test a policy folder.");
  policy_command->require_subcommand(1);
  const auto add = [&](const char* name, const char* text, int (*run)(const PolicyOptions&, const Style&)) {
    auto* command = policy_command->add_subcommand(name, text);
    command->add_option("policies", options->policies, "policy folder")->required();
    command->add_flag("--json", style.json, "one JSON document on standard output");
    command->callback([options, run, &style, &outcome] { outcome.code = run(*options, style); });
  };
  add("check", "load, never-rules, tests; lists rules that sleep", check);
  add("test", "run the scenarios in tests/", test);
  add("coverage", "rules that no scenario touches", coverage);
}

}  // namespace seinhuis::tools
