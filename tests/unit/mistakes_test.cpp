#include <fstream>
#include <sstream>

#include "seinhuis/policy_load/load.h"
#include "support.h"

using namespace seinhuis;
using namespace seinhuis::test;

namespace {

const std::filesystem::path fixtures = SEINHUIS_FIXTURES "/mistakes";

std::string after(const std::string& line, const std::string& mark) {
  REQUIRE(line.starts_with(mark));
  return line.substr(mark.size());
}

// The small policy of `base`, with one file replaced by the fixture (whose first two lines are comments).
std::string problems_with(const std::filesystem::path& fixture, std::string& expected) {
  std::ifstream in(fixture);
  std::string file;
  std::getline(in, file);
  std::getline(in, expected);
  file = after(file, "# file: ");
  expected = after(expected, "# expect: ");
  std::ostringstream content;
  content << in.rdbuf();
  const Folder folder;
  std::filesystem::copy(fixtures / "base", folder.path() / "p", std::filesystem::copy_options::recursive);
  std::ofstream(folder.path() / "p" / file) << content.str();
  const auto loaded = policy::load(folder.path() / "p");
  if (loaded) return "";
  std::string detail = loaded.error().detail;
  while (detail.ends_with('\n')) detail.pop_back();
  for (std::size_t at = detail.find('\n'); at != std::string::npos; at = detail.find('\n'))
    detail.replace(at, 1, " | ");
  return detail;
}

}  // namespace

TEST_CASE("the small policy loads as it is") {
  const auto loaded = policy::load(fixtures / "base");
  INFO((loaded ? "" : loaded.error().detail));
  CHECK(loaded);
}

TEST_CASE("every mistake is named with its file, line, column and the word that was meant") {
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fixtures)) {
    if (entry.path().extension() != ".yaml") continue;
    std::string expected;
    const std::string detail = problems_with(entry.path(), expected);
    CAPTURE(entry.path().filename());
    CHECK(detail == expected);
    ++seen;
  }
  CHECK(seen >= 15);
}
