#include "seinhuis/seal/words.h"

#include <algorithm>
#include <map>
#include <set>

#include "seinhuis/proof/hash.h"
#include "support.h"

// The code that a melder keeps.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

const Hash network = proof::h32(view("a network"));

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words{""};
  for (const char letter : text) {
    if (letter == ' ') {
      words.emplace_back();
    } else {
      words.back() += letter;
    }
  }
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

SCENARIO("the word list is what a telephone can carry") {
  const seal::WordList& list = seal::word_list();
  CHECK(list.words.size() == 7776);
  CHECK(std::ranges::is_sorted(list.words));
  // Frozen: codes that were made of it must stay readable.
  CHECK(list.hash.hex() == "01faff4e931f5690b57295a2db27128f41205211a01d25e9f1f214f4370b4453");
  std::set<std::string_view> starts;
  for (const std::string_view word : list.words) {
    REQUIRE(word.size() >= 4);
    REQUIRE(word.size() <= 7);
    REQUIRE(std::ranges::all_of(word, [](char letter) { return letter >= 'a' && letter <= 'z'; }));
    starts.insert(word.substr(0, 4));
  }
  CHECK(starts.size() == list.words.size());
}

SCENARIO("what was written down is read again, however it was typed") {
  SystemRandom random;
  const auto words = seal::ReceiptWords::draw(random);
  const std::string text = words.reveal();
  REQUIRE(split(text).size() == 8);
  std::string loud = "  " + text + "\n";
  std::ranges::transform(loud, loud.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  CHECK(must(seal::ReceiptWords::parse(loud)).reveal() == text);
  auto short_words = split(text);
  for (std::string& word : short_words) word.resize(4);
  CHECK(must(seal::ReceiptWords::parse(joined(short_words))).reveal() == text);
}

SCENARIO("a slip of the pen is said, and no word is repeated") {
  SeededRandom random(7);
  const std::string text = seal::ReceiptWords::draw(random).reveal();
  auto words = split(text);
  SECTION("two words exchanged") { std::swap(words[0], words[1]); }
  SECTION("a word too few") { words.pop_back(); }
  SECTION("a word that is none") { words[2] = "qqqqq"; }
  SECTION("another check word") { words[7] = words[7] == "aagje" ? "acacia" : "aagje"; }
  SECTION("three letters") { words[3].resize(3); }
  const auto parsed = seal::ReceiptWords::parse(joined(words));
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == Errc::malformed);
  for (const std::string& word : words) CHECK(parsed.error().detail.find(word + " ") == std::string::npos);
}

SCENARIO("the keys of a code are apart from each other, and other in another network") {
  SeededRandom random(11);
  const auto words = seal::ReceiptWords::draw(random);
  const auto keys = words.keys(network);
  const auto again = must(seal::ReceiptWords::parse(words.reveal())).keys(network);
  const auto raw = [](const auto& secret) { return copy(secret.reveal()); };
  CHECK(keys.reply.sealing == again.reply.sealing);
  CHECK(keys.continues.key() == again.continues.key());
  CHECK(raw(keys.cell) == raw(again.cell));
  CHECK(raw(keys.draft) == raw(again.draft));
  std::set<Bytes> apart{raw(keys.cell), raw(keys.draft), raw(keys.reply.opening),
                        copy(keys.reply.sealing.bytes()), copy(keys.continues.key().bytes())};
  CHECK(apart.size() == 5);
  CHECK(words.keys(proof::h32(view("another"))).reply.sealing != keys.reply.sealing);
}

SCENARIO("every word of the list is drawn about as often") {
  SeededRandom random(13);
  std::map<std::string, int> seen;
  for (int n = 0; n < 20'000; ++n) {
    const auto words = split(seal::ReceiptWords::draw(random).reveal());
    for (std::size_t word = 0; word < 7; ++word) ++seen[words[word]];
  }
  CHECK(seen.size() == 7776);  // 18 times on average
  double squares = 0;
  const double expected = 140'000.0 / 7776;
  for (const auto& [word, times] : seen) squares += (times - expected) * (times - expected) / expected;
  CHECK(squares < 8250);  // chi-square with 7,775 degrees of freedom: 8,250 is 3.8 standard deviations
}
