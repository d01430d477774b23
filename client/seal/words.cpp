#include "seinhuis/seal/words.h"

#include <sodium.h>

#include <algorithm>
#include <optional>

#include "seinhuis/base/check.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/proof/hash.h"

namespace seinhuis::seal {
namespace generated {
extern const std::string_view nl_1;  // the file, made into code by the build
}  // namespace generated
namespace {

constexpr std::size_t list_size = 7776;
constexpr std::size_t drawn = 7;
constexpr std::size_t letters = 4;  // that tell two words apart
constexpr unsigned long long passes = 3;
constexpr std::size_t memory = std::size_t{64} << 20U;

class WordsSeed final : public Secret<WordsSeed, 32> {
  friend Secret;
  WordsSeed() = default;
};

WordList read_list() {
  WordList list{"nl-1", {}, proof::h32(view(generated::nl_1))};
  for (std::string_view rest = generated::nl_1; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    list.words.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end, rest.size() - 1) + 1);
  }
  require(list.words.size() == list_size, "the word list has its size");
  return list;
}

// The word that `typed` is, or begins, from four letters on.
std::optional<std::uint16_t> number_of(std::string_view typed) {
  const auto& words = word_list().words;
  const auto found = std::ranges::lower_bound(words, typed);
  if (found == words.end() || typed.size() < letters || !found->starts_with(typed)) return std::nullopt;
  return static_cast<std::uint16_t>(found - words.begin());
}

std::uint16_t check_number(ByteView indices) {
  const Hash hash =
      proof::h32(Packer().label("words-check").raw(word_list().hash.bytes()).raw(indices).bytes());
  return static_cast<std::uint16_t>(Unpacker(hash.bytes()).number<std::uint64_t>() % list_size);
}

template <class Key>
Key labelled(const WordsSeed& seed, std::string_view label) {
  const Hash hash = proof::h32_keyed({Packer().label(label).bytes()}, seed.reveal());
  return Key::filled([&](std::span<std::byte> out) { std::ranges::copy(hash.bytes(), out.begin()); });
}

}  // namespace

const WordList& word_list() {
  static const WordList list = read_list();
  return list;
}

ReceiptWords ReceiptWords::draw(Random& random) {
  return ReceiptWords(Indices::filled([&](std::span<std::byte> out) {
    for (std::size_t n = 0; n < drawn; ++n) {
      std::uint16_t number = 0;
      do {  // eight times the list fits in 16 bits; what lies above is drawn again
        std::array<std::byte, 2> raw{};
        random.fill(raw);
        number = Unpacker(raw).number<std::uint16_t>();
      } while (number >= 8 * list_size);
      number %= list_size;
      out[2 * n] = static_cast<std::byte>(number & 0xFFU);
      out[2 * n + 1] = static_cast<std::byte>(number >> 8U);
    }
  }));
}

Result<ReceiptWords> ReceiptWords::parse(std::string_view typed) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char letter : typed) {
    const bool space = letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
    if (!space && !inside) words.emplace_back();
    if (!space)
      words.back() += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    inside = !space;
  }
  if (words.size() != count)
    return Error{Errc::malformed,
                 "a code has " + std::to_string(count) + " words, here are " + std::to_string(words.size())};
  std::array<std::uint16_t, count> numbers{};
  for (std::size_t n = 0; n < count; ++n) {
    const auto number = number_of(words[n]);
    if (!number)
      return Error{Errc::malformed,
                   "word " + std::to_string(n + 1) + " is not on the list; is it spelt right?"};
    numbers[n] = *number;
  }
  ReceiptWords made(Indices::filled([&](std::span<std::byte> out) {
    for (std::size_t n = 0; n < drawn; ++n) {
      out[2 * n] = static_cast<std::byte>(numbers[n] & 0xFFU);
      out[2 * n + 1] = static_cast<std::byte>(numbers[n] >> 8U);
    }
  }));
  if (made.numbers().back() != numbers.back())
    return Error{Errc::malformed, "these words do not belong together; is their order right?"};
  return made;
}

std::vector<std::uint16_t> ReceiptWords::numbers() const {
  std::vector<std::uint16_t> all;
  Unpacker in(indices_.reveal());
  for (std::size_t n = 0; n < drawn; ++n) all.push_back(in.number<std::uint16_t>());
  all.push_back(check_number(indices_.reveal()));
  return all;
}

std::string ReceiptWords::reveal() const {
  std::string text;
  for (const std::uint16_t number : numbers()) {
    if (!text.empty()) text += ' ';
    text += word_list().words[number];
  }
  return text;
}

WordKeys ReceiptWords::keys(const Hash& network) const {
  const Hash salt =
      proof::h32(Packer().label("words-salt").raw(network.bytes()).raw(word_list().hash.bytes()).bytes());
  const auto seed = WordsSeed::filled([&](std::span<std::byte> out) {
    const ByteView indices = indices_.reveal();
    const int done =
        crypto_pwhash(octets(out), out.size(), reinterpret_cast<const char*>(octets(indices)), indices.size(),
                      octets(salt.bytes()), passes, memory, crypto_pwhash_ALG_ARGON2ID13);
    require(done == 0, "64 MiB can be had");
  });
  return {derive_key_pair(labelled<OpeningKey>(seed, "words/kem").reveal()),
          proof::Signer(labelled<proof::SigningSeed>(seed, "words/continue")),
          labelled<CellKey>(seed, "words/cell"), labelled<DraftKey>(seed, "words/draft")};
}

}  // namespace seinhuis::seal
