#pragma once

#include <filesystem>
#include <set>

#include "seinhuis/policy_load/load.h"

namespace seinhuis::policy {

struct CaseResult {
  std::string name;                      // "file: scenario: case"
  std::vector<std::string> differences;  // empty = passed
};

struct CaseReport {
  std::vector<CaseResult> cases;
  std::set<std::string> used;  // rules and never-rules that decided something
};

// Runs the scenarios in `folder`/tests/*.yaml (policies/LANGUAGE.md). A case lists what each desk must get;
// every field it does not list must be withheld. Fails with malformed when a scenario cannot be read.
Result<CaseReport> run_cases(const Policy& policy, const std::filesystem::path& folder);

}  // namespace seinhuis::policy
