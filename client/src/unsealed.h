#pragma once

#include "seinhuis/client/compose.h"
#include "seinhuis/seal/words.h"
#include "seinhuis/wire/token.h"

// A message that names nobody and waits for its pseudonyms. They are made when it leaves: asked for when it
// is written, they would show when that was.
namespace seinhuis::client {

constexpr std::size_t max_part = 8U << 20U;  // bytes of each part of what is kept until it leaves

// What of the words a message is sealed with. The rest of them stays with the melder.
struct OfWords {
  ReplyAddress reply;
  proof::Signer continues;
  seal::CellKey cell;
};
OfWords of_words(seal::WordKeys keys);

// The randomness of the blinds, so that whoever is asked twice is asked the same.
class BlindSeed final : public Secret<BlindSeed, 32> {
  friend Secret;
  BlindSeed() = default;
};
class Blinds final : public Random {
 public:
  explicit Blinds(const BlindSeed& seed) : seed_(seed) {}
  void fill(std::span<std::byte> out) override;

 private:
  const BlindSeed& seed_;
  std::uint64_t drawn_ = 0;
};

struct Unsealed {
  policy::Draft draft;
  ThreadId thread = ThreadId::zero();
  Day written{0};
  OfWords words;
  BlindSeed blinds;
  EvaluationRedemption payment;
  std::optional<EvaluationReceipt> receipt;  // once the token is spent
};
SecretBytes pack(const Unsealed& unsealed);
// Fails with io when it cannot be read.
Result<Unsealed> unpack_unsealed(ByteView raw);

}  // namespace seinhuis::client
