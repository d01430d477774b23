#include "vector_pseudonym.h"

#include "seinhuis/base/check.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/seal/pseudonym.h"
#include "vector_random.h"

namespace seinhuis::tools {
namespace {

constexpr std::array<const char*, 2> evaluators{"broker", "notary"};

proof::EvaluatorSeed seed_of(const std::string& name) {
  return key_from<proof::EvaluatorSeed>(name + " seed");
}

metadata::Keyset keyset_for(std::uint32_t generation) {
  metadata::Keyset keyset{"carrousel-2026", IdentifierType::phone, generation, Day(20776), Day(21140), {}};
  VectorRandom random("vector keyset");
  for (const char* name : evaluators)
    keyset.evaluators.push_back(proof::evaluator_entry(name, keyset, seed_of(name), random));
  return keyset;
}

EvaluationAnswer answer_of(const char* name, const metadata::Keyset& keyset, const seal::Batch& batch,
                           Random& random) {
  const proof::EvaluatorSeed seed = seed_of(name);
  const auto key = proof::evaluator_key(seed, keyset);
  const auto nonce = proof::voprf::fresh_scalar(random, view(name), seed.reveal());
  const auto made = proof::voprf::evaluate(key, batch.elements(), nonce);
  require(static_cast<bool>(made), "the vector batch evaluates");
  return proof::answer_of(*made);
}

struct Sealed {
  seal::Value pseudonyms;
  seal::Value opening;
};

Sealed seal_phones(const metadata::Keyset& keyset, const std::vector<std::string>& phones) {
  VectorRandom random("vector pseudonyms");
  auto batch = seal::Batch::blind(keyset, {phones}, random, key_from<seal::NonceKey>("nonce key"));
  require(static_cast<bool>(batch), "the vector identifiers are identifiers");
  for (const char* name : evaluators) {
    const auto taken = batch->take(answer_of(name, keyset, *batch, random));
    require(static_cast<bool>(taken), "the vector evaluators are honest");
  }
  return {batch->pseudonyms(0), batch->opening(0)};
}

std::string raw_of(const seal::Value& value) {
  return value.texts.empty() ? "" : encode_hex(view(value.texts[0]));
}

Json vector(const std::string& comment, const metadata::Keyset& keyset, const std::vector<std::string>& exact,
            const Sealed& sealed, const Json& expect) {
  Json entries = Json::array();
  for (const metadata::Evaluator& evaluator : keyset.evaluators) {
    entries.push_back({{"name", evaluator.name},
                       {"key", evaluator.key.hex()},
                       {"possession", encode_hex(evaluator.possession)},
                       {"seed", encode_hex(seed_of(evaluator.name).reveal())}});
  }
  return {{"comment", comment},
          {"domain", keyset.domain},
          {"type", static_cast<int>(keyset.type)},
          {"generation", keyset.generation},
          {"evaluators", entries},
          {"exact", exact},
          {"pseudonyms", raw_of(sealed.pseudonyms)},
          {"opening", raw_of(sealed.opening)},
          {"expect", expect}};
}

Json matching(const metadata::Keyset& keyset, const Sealed& sealed) {
  const auto wires = seal::read_pseudonyms(sealed.pseudonyms, keyset);
  require(static_cast<bool>(wires), "vector pseudonyms are read");
  Json hexes = Json::array();
  for (const seal::WirePseudonym& wire : *wires) hexes.push_back(wire.hex());
  return {{"result", "opens"}, {"keyset", proof::keyset_hash(keyset).hex()}, {"pseudonyms", hexes}};
}

std::string flipped(const seal::Value& value, std::size_t at) {
  std::string raw = value.texts[0];
  raw[at] = static_cast<char>(raw[at] ^ 1);
  return raw;
}

seal::Value pseudonym_in(const Json& json, const char* key, seal::ValueType type) {
  const std::string text = json.value(key, "");
  Bytes raw(text.size() / 2);
  if (text.empty() || !decode_hex(text, raw)) return {};
  return {type, {std::string(text_of(raw))}};
}

}  // namespace

Result<Done> write_pseudonym_vectors(
    const std::function<Result<Done>(const std::string& name, const Json& json)>& write) {
  const metadata::Keyset keyset = keyset_for(1);
  const std::vector<std::string> exact{"+31 6 12345678", "+32 470 12 34 56"};
  const Sealed good = seal_phones(keyset, exact);
  const Json wrong{{"result", "wrong-pseudonym"}};
  if (auto done = write("pseudonym-opens",
                        vector("two phones, two evaluators; a second program derives the keys from "
                               "the seeds and follows the opening",
                               keyset, exact, good, matching(keyset, good)));
      !done)
    return done;
  if (auto done = write("pseudonym-none", vector("no identifier: both values are empty", keyset, {}, {},
                                                 {{"result", "opens"},
                                                  {"keyset", proof::keyset_hash(keyset).hex()},
                                                  {"pseudonyms", Json::array()}}));
      !done)
    return done;
  constexpr std::size_t inputs_at = 16 + 3;
  constexpr std::size_t outputs_at = inputs_at + std::size_t{4} * 32;
  constexpr std::size_t proof_at = outputs_at + std::size_t{4} * 32;
  const std::size_t end = good.opening.texts[0].size();
  struct Wrong {
    const char* name;
    const char* comment;
    Sealed sealed;
    std::vector<std::string> exact;
  };
  const auto opening = [&](std::string raw) {
    return Sealed{good.pseudonyms, {seal::ValueType::opening, {std::move(raw)}}};
  };
  std::string swapped = good.opening.texts[0];
  std::swap_ranges(swapped.begin() + outputs_at, swapped.begin() + outputs_at + 32,
                   swapped.begin() + outputs_at + 32);
  const Sealed later = seal_phones(keyset_for(2), exact);
  for (const Wrong& bad : std::initializer_list<Wrong>{
           {"other-identifier", "the opening is of another phone", good, {"+31 6 12345679", exact[1]}},
           {"other-order", "the pseudonyms stand in another order", good, {exact[1], exact[0]}},
           {"one-more", "an identifier without a pseudonym", good, {exact[0], exact[1], "+31 6 00000000"}},
           {"other-wire",
            "a pseudonym that was not made",
            {{seal::ValueType::pseudonym, {flipped(good.pseudonyms, 20)}}, good.opening},
            exact},
           {"other-generation", "made under another keyset", later, exact},
           {"swapped-outputs", "two outputs of the first evaluator exchanged", opening(swapped), exact},
           {"other-proof", "a bit of a proof turned", opening(flipped(good.opening, proof_at)), exact},
           {"other-blind", "a bit of a blind turned", opening(flipped(good.opening, end - 32)), exact},
           {"short", "an opening cut off", opening(good.opening.texts[0].substr(0, end - 1)), exact}}) {
    if (auto done = write(std::string("pseudonym-") + bad.name,
                          vector(bad.comment, keyset, bad.exact, bad.sealed, wrong));
        !done)
      return done;
  }
  return Done{};
}

int open_pseudonym_vector(const Json& json, const Style& style) {
  metadata::Keyset keyset;
  keyset.domain = json.value("domain", "");
  keyset.type = static_cast<IdentifierType>(json.value("type", 0));
  keyset.generation = json.value("generation", 0U);
  for (const Json& one : json.value("evaluators", Json::array())) {
    const auto key = PointBytes::parse_hex(one.value("key", ""));
    if (!key) return fail(style, {Errc::malformed, "a key is not 32 bytes"});
    keyset.evaluators.push_back({one.value("name", ""), *key, {}});
  }
  std::vector<std::string> exact = json.value("exact", std::vector<std::string>{});
  const auto pseudonyms = pseudonym_in(json, "pseudonyms", seal::ValueType::pseudonym);
  const auto opening = pseudonym_in(json, "opening", seal::ValueType::opening);
  const auto checked = seal::check_opening(keyset, seal::value_of(exact), pseudonyms, opening);
  if (!checked) return fail(style, {Errc::unauthentic, "wrong-pseudonym"});
  Json shown = matching(keyset, {pseudonyms, opening});
  shown.erase("result");
  print(shown);
  return 0;
}

}  // namespace seinhuis::tools
