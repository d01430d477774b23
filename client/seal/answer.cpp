#include "seinhuis/seal/answer.h"

#include "labels.h"
#include "seinhuis/proof/hash.h"

namespace seinhuis::seal {
namespace {

constexpr std::size_t clear_size = part_size - SealingKey::size - tag_size;
constexpr std::size_t piece_size = clear_size - 8;

Bytes info(const Hash& network) { return Packer().label("answer-cell").raw(network.bytes()).take(); }
Bytes place() { return Packer().label("answer-part").take(); }

class AnswerSeed final : public Secret<AnswerSeed, 32> {
  friend Secret;
  AnswerSeed() = default;
};

// A generator that repeats itself under another answer gives another key.
KeyPair ephemeral_pair(ByteView clear, const NonceKey& nonce_key, Random& random) {
  const Hash fresh = random.draw<Hash>();
  const Bytes label = Packer().label("answer-eph").raw(fresh.bytes()).take();
  const auto seed = AnswerSeed::filled([&](std::span<std::byte, 32> out) {
    proof::h32_secret({label, clear}, nonce_key.reveal(), out);
  });
  return derive_key_pair(seed.reveal());
}

}  // namespace

Result<std::vector<Bytes>> seal_answer(const BoardAnswer& answer, const SealingKey& reply,
                                       const NonceKey& nonce_key, Random& random) {
  const Bytes whole = encode(answer);
  const std::size_t count = (whole.size() + piece_size - 1) / piece_size;
  if (count > cells_of_a_desk)
    return Error{Errc::malformed, "the text is too long: an answer on the board has about " +
                                      std::to_string(BoardAnswer::max_text) + " characters at most"};
  std::vector<Bytes> parts;
  for (std::size_t n = 0; n < count; ++n) {
    const ByteView piece =
        ByteView(whole).subspan(n * piece_size).first(std::min(piece_size, whole.size() - n * piece_size));
    Bytes clear = Packer()
                      .number(answer.seq)
                      .number(static_cast<std::uint8_t>(n))
                      .number(static_cast<std::uint8_t>(count))
                      .number(static_cast<std::uint16_t>(piece.size()))
                      .raw(piece)
                      .take();
    clear.resize(clear_size);
    const KeyPair ephemeral = ephemeral_pair(clear, nonce_key, random);
    const auto exporter = set_up_sender(reply, info(answer.network), ephemeral);
    if (!exporter) return exporter.error();
    Bytes part = copy(ephemeral.sealing.bytes());
    append(part, encrypt(exporter->key(place()).reveal(), place(), clear));
    wipe(clear);
    parts.push_back(std::move(part));
  }
  return parts;
}

std::optional<AnswerPart> open_part(ByteView part, const Hash& network, const OpeningKey& key) {
  if (part.size() != part_size) return std::nullopt;
  const auto exporter =
      set_up_recipient(SealingKey::from_bytes(part.first<SealingKey::size>()), key, info(network));
  if (!exporter) return std::nullopt;
  SecretBytes clear(clear_size);
  if (!decrypt(exporter->key(place()).reveal(), place(), part.subspan(SealingKey::size), clear.bytes()))
    return std::nullopt;
  Unpacker in(clear.reveal());
  AnswerPart seen;
  seen.seq = in.number<std::uint32_t>();
  seen.part = in.number<std::uint8_t>();
  seen.parts = in.number<std::uint8_t>();
  const auto size = in.number<std::uint16_t>();
  seen.piece = copy(in.bytes(size));
  const bool sound = !in.failed() && seen.part < seen.parts && seen.parts <= cells_of_a_desk &&
                     std::ranges::all_of(in.rest(), [](std::byte b) { return b == std::byte{}; });
  return sound ? std::optional(std::move(seen)) : std::nullopt;
}

}  // namespace seinhuis::seal
