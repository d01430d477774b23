#include "seinhuis/policy_load/cases.h"
#include "support.h"

using namespace seinhuis;
using namespace seinhuis::test;

namespace {
const std::filesystem::path set_folder = SEINHUIS_POLICIES "/nl-mensenhandel";
}

TEST_CASE("every cell of the scenarios is what the tables say") {
  const auto policy = must(policy::load_policy(set_folder));
  const auto report = must(policy::run_cases(*policy, set_folder));
  CHECK(report.cases.size() >= 35);
  for (const auto& one : report.cases) {
    CAPTURE(one.name);
    for (const auto& difference : one.differences) FAIL_CHECK(difference);
  }
}
