#include "seinhuis/policy_load/cases.h"
#include "support.h"
#include "unit/set_folder.h"

using namespace seinhuis;
using namespace seinhuis::test;

TEST_CASE("every cell of the scenarios is what the tables say") {
  const auto policy = must(policy::load_policy(set_folder));
  const auto report = must(policy::run_cases(*policy, set_folder));
  CHECK(report.cases.size() >= 35);
  for (const auto& one : report.cases) {
    CAPTURE(one.name);
    for (const auto& difference : one.differences) FAIL_CHECK(difference);
  }
}
