#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "seinhuis/base/random.h"
#include "seinhuis/proof/sign.h"
#include "seinhuis/seal/hpke.h"

// Receipt words: what a melder whom nobody can name keeps of a signal, and all that is needed to read the
// answer (schemas/PROTOCOL.md, "Receipt words").
namespace seinhuis::seal {

// The list that new codes are drawn from: client/words/nl-1.txt, frozen.
struct WordList {
  std::string_view name;
  std::vector<std::string_view> words;  // 7,776, ascending
  Hash hash = Hash::zero();             // of the file
};
const WordList& word_list();

// Key of one board cell; the broker is given it to post under.
class CellKey final : public Secret<CellKey, 32> {
  friend Secret;
  CellKey() = default;
};
class DraftKey final : public Secret<DraftKey, 32> {
  friend Secret;
  DraftKey() = default;
};
// What follows from the words in one network.
struct WordKeys {
  KeyPair reply;            // answers are sealed to it
  proof::Signer continues;  // signs what the same melder sends later
  CellKey cell;
  DraftKey draft;  // of the outbox copy
};

// One code: seven random words, 90.5 bit, and a check word. Never printed but through reveal().
class ReceiptWords {
 public:
  static constexpr std::size_t count = 8;

  static ReceiptWords draw(Random& random);
  // As a person typed them: any case and space; four letters of a word are enough. Fails with malformed,
  // saying which word is not on the list, or that the check word does not fit; it repeats no word.
  static Result<ReceiptWords> parse(std::string_view typed);

  // The eight words, separated by a space.
  std::string reveal() const;
  // Argon2id, 3 passes over 64 MiB: about 0.2 s, so that guessing is slow. Salted with the network and the
  // list.
  WordKeys keys(const Hash& network) const;

  ReceiptWords(ReceiptWords&& from) noexcept = default;
  ReceiptWords& operator=(ReceiptWords&& from) noexcept = default;
  ReceiptWords(const ReceiptWords&) = delete;
  ReceiptWords& operator=(const ReceiptWords&) = delete;
  ~ReceiptWords() = default;

 private:
  class Indices final : public Secret<Indices, 14> {  // seven u16, little-endian
    friend Secret;
    Indices() = default;
  };
  explicit ReceiptWords(Indices indices) : indices_(std::move(indices)) {}
  std::vector<std::uint16_t> numbers() const;  // all eight

  Indices indices_;
};

}  // namespace seinhuis::seal
