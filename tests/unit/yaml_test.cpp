#include "seinhuis/yaml/yaml.h"

#include "support.h"

using namespace seinhuis;

namespace {
std::string problem(std::string_view text) {
  const auto parsed = yaml::parse(text, "f.yaml");
  return parsed ? "" : parsed.error().detail;
}
}  // namespace

TEST_CASE("what YAML allows and an administrator can trip over is refused with its place") {
  CHECK(problem("a: 1\na: 2\n") == "f.yaml:2:1: 'a' stands twice (first on line 1)");
  CHECK(problem("a: &x 1\n") == "f.yaml:1:4: an anchor (&); write the value out");
  CHECK(problem("a: !!int 1\n").starts_with("f.yaml:1:4: a tag"));
  CHECK(problem("a: 1\n---\nb: 2\n").find("a second document") != std::string::npos);
  CHECK(problem("").find("empty") != std::string::npos);
  CHECK(problem("a: [1\n").starts_with("f.yaml:"));
  std::string deep;
  for (int n = 0; n < 40; ++n) deep += "[";
  CHECK(problem(deep).find("nested too deeply") != std::string::npos);
}

TEST_CASE("an unknown key is reported with its place and the word that was meant") {
  const auto node = yaml::parse("theems: [x]\nrol: y\n", "f.yaml");
  REQUIRE(node);
  yaml::Report report;
  const yaml::Fields fields(*node, report, {"rol"}, {"themes"});
  REQUIRE(report.lines().size() == 1);
  CHECK(report.lines()[0] == "f.yaml:1:1: unknown key 'theems'; did you mean 'themes'?");
  CHECK(fields.text("rol") == "y");
}

TEST_CASE("a number beyond every range in JSON is refused, not thrown") {
  const auto parsed = yaml::parse_json("4e411", "f.json");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().detail == "f.json:1:1: not JSON that can be read: a number out of range");
  CHECK_FALSE(yaml::parse_json("{\"a\": 1,}", "f.json"));
}
