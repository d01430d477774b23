#include "seinhuis/base/check.h"
#include "seinhuis/base/random.h"
#include "seinhuis/seal/pseudonym.h"

// What a sender may have sealed as pseudonym and opening: never a crash, and never a match for what was not
// evaluated (the keyset's key is drawn anew in each run, so no input can know it).
using namespace seinhuis;  // NOLINT(google-build-using-namespace)

namespace {

metadata::Keyset fresh_keyset() {
  SystemRandom random;
  metadata::Keyset keyset{"domain", IdentifierType::phone, 1, Day(1), Day(2), {}};
  const auto seed = proof::EvaluatorSeed::filled([&](std::span<std::byte> out) { random.fill(out); });
  keyset.evaluators.push_back(proof::evaluator_entry("broker", keyset, seed, random));
  return keyset;
}

// With the right prefix, so that what comes after it is read too.
seal::Value value(seal::ValueType type, const Hash& keyset, ByteView bytes) {
  Bytes raw = copy(keyset.bytes().first<16>());
  append(raw, bytes);
  return {type, {std::string(text_of(raw))}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const metadata::Keyset keyset = fresh_keyset();
  static const Hash hash = proof::keyset_hash(keyset);
  const ByteView bytes = std::as_bytes(std::span(data, size));
  const std::size_t half = size == 0 ? 0 : std::min(size, std::size_t{data[0]} + 1);
  const auto pseudonyms = value(seal::ValueType::pseudonym, hash, bytes.first(half));
  const auto opening = value(seal::ValueType::opening, hash, bytes.subspan(half));
  (void)seal::read_pseudonyms(pseudonyms, keyset);
  const auto checked =
      seal::check_opening(keyset, {seal::ValueType::text, {"+31612345678"}}, pseudonyms, opening);
  require(!checked, "nobody opens what was not evaluated");
  return 0;
}
