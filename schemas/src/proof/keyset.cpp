#include "seinhuis/proof/keyset.h"

#include <algorithm>
#include <set>

#include "seinhuis/base/check.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/identifier.h"
#include "seinhuis/proof/possession.h"

namespace seinhuis::proof {
namespace {

using metadata::Evaluator;
using metadata::Keyset;

constexpr std::string_view evaluator_possession = "SH1/psn-pop-HashToGroup";

Error bad(Errc code, const Keyset& keyset, const std::string& text) {
  return {code, "keyset " + keyset.domain + " " + std::string(to_string(keyset.type)) + " " +
                    std::to_string(keyset.generation) + ": " + text};
}

Bytes possession_statement(std::string_view name, const Keyset& keyset, const PointBytes& key) {
  return Packer()
      .label("psn-pop")
      .text(name)
      .text(keyset.domain)
      .number(static_cast<std::uint8_t>(keyset.type))
      .number(keyset.generation)
      .raw(key.bytes())
      .take();
}

auto place_of(const Keyset& keyset) { return std::tuple(keyset.domain, keyset.type, keyset.generation); }

Result<Done> check_one(const Keyset& keyset, std::set<PointBytes>& keys) {
  if (keyset.domain.empty() || keyset.type == IdentifierType::none || keyset.until < keyset.from)
    return bad(Errc::malformed, keyset, "names no domain, type or days");
  if (keyset.evaluators.empty() || keyset.evaluators.size() > max_evaluators)
    return bad(Errc::malformed, keyset, "has no evaluator, or more than " + std::to_string(max_evaluators));
  std::set<std::string> names;
  for (const Evaluator& evaluator : keyset.evaluators) {
    if (!names.insert(evaluator.name).second || !keys.insert(evaluator.key).second)
      return bad(Errc::unauthentic, keyset, "an evaluator or a key stands twice");
    if (!possesses(evaluator.key, possession_statement(evaluator.name, keyset, evaluator.key),
                   evaluator_possession, evaluator.possession))
      return bad(Errc::unauthentic, keyset, "the key of " + evaluator.name + " has no proof of possession");
  }
  return Done{};
}

}  // namespace

Hash keyset_hash(const Keyset& keyset) {
  Packer out;
  out.label("psn-keys").text(keyset.domain).number(static_cast<std::uint8_t>(keyset.type));
  out.number(keyset.generation).number(normalisation_version);
  out.number(static_cast<std::uint8_t>(keyset.evaluators.size()));
  for (const Evaluator& evaluator : keyset.evaluators) out.raw(evaluator.key.bytes());
  return h32(out.bytes());
}

std::string seed_file(std::string_view domain, std::uint32_t generation) {
  return std::string(domain) + "-" + std::to_string(generation) + ".seed";
}

voprf::KeyPair evaluator_key(const EvaluatorSeed& seed, const Keyset& keyset) {
  const Bytes info = Packer()
                         .label("psn-key")
                         .text(keyset.domain)
                         .number(static_cast<std::uint8_t>(keyset.type))
                         .number(keyset.generation)
                         .take();
  auto pair = voprf::derive_key_pair(seed.reveal(), info);
  require(static_cast<bool>(pair), "a seed gives a key");
  return *std::move(pair);
}

Evaluator evaluator_entry(std::string_view name, const Keyset& keyset, const EvaluatorSeed& seed,
                          Random& random) {
  const voprf::KeyPair key = evaluator_key(seed, keyset);
  Evaluator made{std::string(name), PointBytes::from_bytes(key.public_key.bytes()), {}};
  made.possession = prove_possession(key, possession_statement(name, keyset, made.key), evaluator_possession,
                                     random, seed.reveal());
  return made;
}

Result<Done> check_keysets(const std::vector<Keyset>& keysets) {
  std::set<PointBytes> keys;
  const Keyset* last = nullptr;
  for (const Keyset& keyset : keysets) {
    if (last != nullptr && place_of(keyset) <= place_of(*last))
      return bad(Errc::malformed, keyset, "is out of order or twice");
    const bool follows = last != nullptr && last->domain == keyset.domain && last->type == keyset.type;
    if (follows && keyset.from <= last->until)
      return bad(Errc::malformed, keyset, "begins before the generation before it ends");
    if (auto sound = check_one(keyset, keys); !sound) return sound;
    last = &keyset;
  }
  return Done{};
}

const Keyset* keyset_on(const metadata::Directory& directory, std::string_view domain, IdentifierType type,
                        Day day) {
  const auto found = std::ranges::find_if(directory.keysets, [&](const Keyset& keyset) {
    return keyset.domain == domain && keyset.type == type && keyset.from <= day && day <= keyset.until;
  });
  return found == directory.keysets.end() ? nullptr : &*found;
}

Result<std::vector<Element>> parse_elements(const std::vector<PointBytes>& points) {
  std::vector<Element> elements;
  elements.reserve(points.size());
  for (const PointBytes& point : points) {
    const auto element = parse_element(point.bytes());
    if (!element) return element.error();
    elements.push_back(*element);
  }
  return elements;
}

std::vector<PointBytes> points_of(const std::vector<Element>& elements) {
  std::vector<PointBytes> points;
  points.reserve(elements.size());
  for (const Element& element : elements) points.push_back(PointBytes::from_bytes(element.bytes()));
  return points;
}

EvaluationAnswer answer_of(const voprf::Evaluated& evaluated) {
  EvaluationAnswer answer;
  answer.outputs = points_of(evaluated.outputs);
  answer.proof = ProofBytes::filled(
      [&](std::span<std::byte> out) { std::ranges::copy(voprf::encode(evaluated.proof), out.begin()); });
  return answer;
}

Result<std::vector<Element>> outputs_of(const PointBytes& key, const std::vector<Element>& inputs,
                                        const EvaluationAnswer& answer) {
  const auto public_key = parse_element(key.bytes());
  auto outputs = parse_elements(answer.outputs);
  const auto proof = voprf::decode_proof(answer.proof.bytes());
  if (!public_key || !outputs || !proof || !voprf::verifies(*public_key, inputs, *outputs, *proof))
    return Error{Errc::unauthentic, "an evaluator did not use the key that the directory names"};
  return outputs;
}

}  // namespace seinhuis::proof
