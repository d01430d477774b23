#include "vector_melder.h"

#include "seinhuis/board/cell.h"
#include "seinhuis/proof/board.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/token.h"
#include "seinhuis/seal/answer.h"
#include "seinhuis/seal/words.h"
#include "vector_random.h"

namespace seinhuis::tools {
namespace {

Json token_vector(Random& random, Mode mode, const std::string& role_class) {
  const TokenKind kind{TokenUse::admission, role_class, 742};
  const auto seed = proof::IssuerSeed::filled([&](std::span<std::byte> out) { random.fill(out); });
  const auto pair = proof::token_key(seed, kind);
  Redemption r{random.draw<Hash>(),
               mode,
               role_class,
               kind.epoch,
               random.draw<TokenNonce>(),
               random.draw<Hash>(),
               random.draw<Hash>(),
               Hash::zero()};
  const auto worth = proof::voprf::output_at(pair, proof::token_input(r.nonce));
  require(static_cast<bool>(worth), "a nonce has an output");
  r.mac = proof::redemption_mac(r, *worth);
  return {{"comment", "a token: the issuer's key, what a nonce is worth, and a redemption"},
          {"seed", encode_hex(seed.reveal())},
          {"use", static_cast<int>(kind.use)},
          {"class", role_class},
          {"epoch", kind.epoch},
          {"network", r.network.hex()},
          {"mode", static_cast<int>(mode)},
          {"nonce", r.nonce.hex()},
          {"h0", r.h0.hex()},
          {"manifest", r.manifest.hex()},
          {"expect",
           {{"key", encode_hex(pair.public_key.bytes())},
            {"worth", encode_hex(worth->reveal())},
            {"redemption", encode_hex(encode(r))}}}};
}

Json evaluation_token_vector(Random& random) {
  const TokenKind kind{TokenUse::evaluation, {}, 742};
  const auto seed = proof::IssuerSeed::filled([&](std::span<std::byte> out) { random.fill(out); });
  const auto pair = proof::token_key(seed, kind);
  EvaluationRedemption r{random.draw<Hash>(), kind.epoch, random.draw<TokenNonce>(), random.draw<MessageId>(),
                         Hash::zero()};
  const auto worth = proof::voprf::output_at(pair, proof::token_input(r.nonce));
  require(static_cast<bool>(worth), "a nonce has an output");
  r.mac = proof::redemption_mac(r, *worth);
  return {{"comment", "a token for pseudonyms: the issuer's key, what a nonce is worth, and a redemption"},
          {"seed", encode_hex(seed.reveal())},
          {"use", static_cast<int>(kind.use)},
          {"class", ""},
          {"epoch", kind.epoch},
          {"network", r.network.hex()},
          {"nonce", r.nonce.hex()},
          {"message", r.message.hex()},
          {"expect",
           {{"key", encode_hex(pair.public_key.bytes())},
            {"worth", encode_hex(worth->reveal())},
            {"redemption", encode_hex(encode(r))}}}};
}

class Nonce24 final : public FixedId<Nonce24, 24> {
  friend FixedId;
  Nonce24() = default;
};

// The text of a cell: its sort, the content, zeros.
Bytes cell_of(Random& random, const seal::WordKeys& keys, Day day, std::uint8_t sort, ByteView content) {
  Bytes text{static_cast<std::byte>(sort)};
  append(text, content);
  text.resize(cell_text);
  return board::seal_cell(keys.cell.reveal(), day, random.draw<Nonce24>().bytes(), text);
}

Json board_vector(Random& random) {
  const Hash network = proof::h32(view("vector network"));
  const auto words = seal::ReceiptWords::draw(random);
  const seal::WordKeys keys = words.keys(network);
  const Day day(20780);
  const auto nonce_key = seal::NonceKey::filled([&](std::span<std::byte> out) { random.fill(out); });
  const proof::Signer desk(proof::SigningSeed::filled([&](std::span<std::byte> out) { random.fill(out); }));
  BoardAnswer answer{network,
                     random.draw<Hash>(),
                     "politie-noord/avim-mensenhandel",
                     1,
                     Status::opgepakt,
                     "onderzoek",
                     std::string(1200, 'x'),
                     Signature::zero()};
  answer.signature = desk.sign(unsigned_bytes(answer));
  auto parts = seal::seal_answer(answer, keys.reply.sealing, nonce_key, random);
  require(static_cast<bool>(parts), "an answer is sealed");
  const AcceptedRecord record{answer.h0, random.draw<Hash>(), day.begins()};
  const Signature continuation =
      keys.continues.sign(proof::continuation_message(network, record.h0, record.manifest));
  const StatusNote note{network,
                        answer.h0,
                        StatusEntry::Step::accepted,
                        day,
                        {},
                        encode(OwnAccepted{continuation, record}),
                        desk.sign(view("a note"))};
  Json cells = Json::array();
  for (const Bytes& part : *parts) cells.push_back(encode_hex(cell_of(random, keys, day, 1, part)));
  cells.push_back(encode_hex(cell_of(random, keys, day, 0, Packer().sized(encode(note)).bytes())));
  cells.push_back(encode_hex(cell_of(random, keys, day.plus(1), 0, view("of another day"))));
  Bytes dummy(cell_size);
  random.fill(dummy);
  cells.push_back(encode_hex(dummy));
  return {{"comment", "cells of a day: an answer in two parts, a note, one of another day, a random one"},
          {"network", network.hex()},
          {"words", words.reveal()},
          {"day", day.days()},
          {"signer", desk.key().hex()},
          {"cells", std::move(cells)},
          {"expect",
           {{"answer", encode_hex(encode(answer))},
            {"manifest", proof::parts_hash(*parts).hex()},
            {"notes", Json::array({encode_hex(encode(note))})},
            {"accepted", Json::array({record.h0.hex() + record.manifest.hex()})},
            {"opened", parts->size() + 1}}}};
}

}  // namespace

Result<Done> write_melder_vectors(
    const std::function<Result<Done>(const std::string& name, const Json& json)>& write) {
  VectorRandom random("vector melder");
  for (const auto& [name, json] :
       {std::pair("token-confidential", token_vector(random, Mode::confidential, "professional")),
        std::pair("token-anonymous", token_vector(random, Mode::anonymous, "")),
        std::pair("board-cells", board_vector(random)),
        std::pair("token-evaluation", evaluation_token_vector(random))}) {
    if (auto done = write(name, json); !done) return done;
  }
  return Done{};
}

}  // namespace seinhuis::tools
