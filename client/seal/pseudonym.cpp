#include "seinhuis/seal/pseudonym.h"

#include <algorithm>
#include <set>

#include "seinhuis/base/check.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/identifier.h"

namespace seinhuis::seal {
namespace {

using proof::Element;

constexpr std::size_t prefix_size = 16;  // of the keyset's hash, before the pseudonyms and in an opening
const Error mismatch{Errc::unauthentic, "a pseudonym does not match its identifier"};

WirePseudonym wire_of(const Hash& keyset, const proof::voprf::Output& output) {
  const Hash hash = proof::h32_keyed({Packer().label("psn").raw(keyset.bytes()).bytes()}, output.reveal());
  return WirePseudonym::from_bytes(hash.bytes());
}

Element random_point(Random& random) {
  proof::Uniform uniform{};
  random.fill(uniform);
  return proof::element_of(uniform);
}

std::string text_of_bytes(Bytes&& bytes) { return std::string(text_of(bytes)); }

// In normal form, each once, in the order they are written.
Result<std::vector<std::string>> normal_forms(IdentifierType type, const std::vector<std::string>& written) {
  std::vector<std::string> forms;
  for (const std::string& one : written) {
    auto form = proof::normalise(type, one);
    if (!form) return form.error();
    if (std::ranges::find(forms, *form) == forms.end()) forms.push_back(*std::move(form));
  }
  if (forms.size() > proof::identifiers_per_field) {
    return Error{Errc::malformed, std::string(to_string(type)) + ": at most " +
                                      std::to_string(proof::identifiers_per_field) + " in one field"};
  }
  return forms;
}

SecretBytes secret_copy(ByteView bytes) {
  SecretBytes made(bytes.size());
  std::ranges::copy(bytes, made.bytes().begin());
  return made;
}

// Behind the keyset's prefix; whole ones only.
std::vector<WirePseudonym> wires_in(const Value& value) {
  std::vector<WirePseudonym> wires;
  Unpacker in(view(value.texts[0]));
  (void)in.bytes(prefix_size);
  while (in.rest().size() >= WirePseudonym::size) wires.push_back(in.id<WirePseudonym>());
  return wires;
}

// An opening, taken apart.
struct Shown {
  struct Blind {
    std::uint16_t index = 0;
    proof::SecretScalar scalar;
  };
  std::vector<Element> inputs;
  std::vector<EvaluationAnswer> hops;
  std::vector<Blind> blinds;
};

std::vector<PointBytes> unpack_points(Unpacker& in, std::size_t count) {
  std::vector<PointBytes> points;
  for (std::size_t n = 0; n < count && !in.failed(); ++n) points.push_back(in.id<PointBytes>());
  return points;
}

Result<Shown> read_opening(const Value& value, const Hash& keyset, std::size_t evaluators) {
  Shown opened;
  Unpacker in(view(value.texts[0]));
  const ByteView prefix = in.bytes(prefix_size);
  const auto count = in.number<std::uint16_t>();
  const auto hops = in.number<std::uint8_t>();
  if (in.failed() || !std::ranges::equal(prefix, keyset.bytes().first<prefix_size>()) || count == 0 ||
      count > EvaluationRequest::max_elements || hops != evaluators)
    return mismatch;
  const auto inputs = proof::parse_elements(unpack_points(in, count));
  for (std::uint8_t n = 0; n < hops && !in.failed(); ++n) {
    EvaluationAnswer answer;
    answer.outputs = unpack_points(in, count);
    answer.proof = in.id<ProofBytes>();
    opened.hops.push_back(std::move(answer));
  }
  const auto blinds = in.number<std::uint8_t>();
  if (blinds > proof::identifiers_per_field) in.fail();
  for (std::uint8_t n = 0; n < blinds && !in.failed(); ++n) {
    const auto index = in.number<std::uint16_t>();
    auto scalar = proof::parse_secret_scalar(in.bytes(proof::SecretScalar::size));
    if (!scalar || index >= count) return mismatch;
    opened.blinds.push_back({index, *std::move(scalar)});
  }
  if (!in.ok() || !inputs) return mismatch;
  opened.inputs = *inputs;
  return opened;
}

}  // namespace

Result<Done> check_identifiers(IdentifierType type, const std::vector<std::string>& written) {
  const auto forms = normal_forms(type, written);
  return forms ? Result<Done>(Done{}) : forms.error();
}

LocalPseudonym local_pseudonym(const WirePseudonym& wire, const PseudonymKey& key) {
  const Hash hash = proof::h32_keyed({Packer().label("psn-local").raw(wire.bytes()).bytes()}, key.reveal());
  return LocalPseudonym::from_bytes(hash.bytes());
}

Hash message_handle(const Hash& h0, const PseudonymKey& key) {
  return proof::h32_keyed({Packer().label("handle").raw(h0.bytes()).bytes()}, key.reveal());
}

Hash hit_tag(const HitPlace& a, const HitPlace& b, const WirePseudonym& wire) {
  return proof::h32_keyed({tag_bytes(a, b)}, wire.bytes());
}

Result<Batch> Batch::blind(const metadata::Keyset& keyset,
                           const std::vector<std::vector<std::string>>& fields, Random& random,
                           const NonceKey& nonce_key) {
  Batch batch(keyset);
  for (const std::vector<std::string>& written : fields) {
    const auto forms = normal_forms(keyset.type, written);
    if (!forms) return forms.error();
    std::vector<Blinded>& blinded = batch.fields_.emplace_back();
    for (const std::string& form : *forms) {
      Bytes input = proof::identifier_input(keyset.type, form);
      auto scalar = proof::voprf::fresh_scalar(random, input, nonce_key.reveal());
      const auto element = proof::voprf::blind(input, scalar);
      if (!element) return element.error();
      blinded.push_back(
          {static_cast<std::uint16_t>(batch.inputs_.size()), secret_copy(input), std::move(scalar)});
      wipe(input);
      batch.inputs_.push_back(*element);
    }
    for (std::size_t n = forms->size(); n < proof::identifiers_per_field; ++n)
      batch.inputs_.push_back(random_point(random));
  }
  return batch;
}

const metadata::Evaluator* Batch::next() const {
  return hops_.size() == keyset_.evaluators.size() ? nullptr : &keyset_.evaluators[hops_.size()];
}

Result<Done> Batch::take(const EvaluationAnswer& answer) {
  require(hops_.size() < keyset_.evaluators.size(), "an answer is taken while one is waited for");
  const metadata::Evaluator& evaluator = keyset_.evaluators[hops_.size()];
  auto outputs = proof::outputs_of(evaluator.key, elements(), answer);
  if (!outputs) return Error{outputs.error().code, evaluator.name + ": " + outputs.error().detail};
  hops_.push_back({*std::move(outputs), answer.proof});
  return Done{};
}

Value Batch::pseudonyms(std::size_t field) const {
  require(next() == nullptr, "pseudonyms are there once all evaluators have answered");
  if (fields_[field].empty()) return {};
  Bytes raw = copy(hash_.bytes().first<prefix_size>());
  for (const Blinded& one : fields_[field]) {
    const auto output =
        proof::voprf::finalize(one.input.reveal(), one.blind, hops_.back().outputs[one.index]);
    append(raw, wire_of(hash_, output).bytes());
  }
  return {ValueType::pseudonym, {text_of_bytes(std::move(raw))}};
}

// keyset 16 || u16 n || u8 hops || n * 32 inputs || hops * (n * 32 || proof 64) || u8 m || m * (u16 index ||
// blind 32)
Value Batch::opening(std::size_t field) const {
  require(next() == nullptr, "openings are there once all evaluators have answered");
  if (fields_[field].empty()) return {};
  Packer out;
  out.raw(hash_.bytes().first<prefix_size>()).number(static_cast<std::uint16_t>(inputs_.size()));
  out.number(static_cast<std::uint8_t>(hops_.size()));
  for (const Element& input : inputs_) out.raw(input.bytes());
  for (const Hop& hop : hops_) {
    for (const Element& output : hop.outputs) out.raw(output.bytes());
    out.raw(hop.proof.bytes());
  }
  out.number(static_cast<std::uint8_t>(fields_[field].size()));
  for (const Blinded& one : fields_[field]) out.number(one.index).raw(one.blind.reveal());
  return {ValueType::opening, {text_of_bytes(out.take())}};
}

Result<std::vector<WirePseudonym>> read_pseudonyms(const Value& value, const metadata::Keyset& keyset) {
  if (value.type == ValueType::empty) return std::vector<WirePseudonym>{};
  if (value.type != ValueType::pseudonym) return Error{Errc::malformed, "not a pseudonym"};
  const Hash hash = proof::keyset_hash(keyset);
  const ByteView raw = view(value.texts[0]);
  if (raw.size() < prefix_size ||
      !std::ranges::equal(raw.first(prefix_size), hash.bytes().first<prefix_size>()))
    return Error{Errc::unauthentic, "a pseudonym of another keyset"};
  std::vector<WirePseudonym> wires = wires_in(value);
  if (wires.empty() || wires.size() > proof::identifiers_per_field ||
      raw.size() != prefix_size + wires.size() * WirePseudonym::size)
    return Error{Errc::malformed, "not a row of pseudonyms"};
  return wires;
}

std::vector<std::string> own_pseudonyms(const Value& value, const PseudonymKey& key) {
  std::vector<std::string> own;
  for (const WirePseudonym& wire : wires_in(value)) own.push_back(local_pseudonym(wire, key).hex());
  return own;
}

Result<Done> check_opening(const metadata::Keyset& keyset, const Value& exact, const Value& pseudonyms,
                           const Value& opening) {
  if (pseudonyms.type == ValueType::unavailable && opening.type == ValueType::unavailable) return Done{};
  const auto forms = normal_forms(keyset.type, exact.texts);
  const auto wires = read_pseudonyms(pseudonyms, keyset);
  if (!forms || !wires || wires->size() != forms->size()) return mismatch;
  if (forms->empty()) return opening.type == ValueType::empty ? Result<Done>(Done{}) : mismatch;
  if (opening.type != ValueType::opening) return mismatch;
  const Hash hash = proof::keyset_hash(keyset);
  const auto opened = read_opening(opening, hash, keyset.evaluators.size());
  if (!opened || opened->blinds.size() != forms->size()) return mismatch;
  std::vector<Element> elements = opened->inputs;
  for (std::size_t hop = 0; hop < opened->hops.size(); ++hop) {
    auto outputs = proof::outputs_of(keyset.evaluators[hop].key, elements, opened->hops[hop]);
    if (!outputs) return mismatch;
    elements = *std::move(outputs);
  }
  std::set<std::uint16_t> used;
  for (std::size_t n = 0; n < forms->size(); ++n) {
    const Shown::Blind& blind = opened->blinds[n];
    Bytes input = proof::identifier_input(keyset.type, (*forms)[n]);
    const auto blinded = proof::voprf::blind(input, blind.scalar);
    const auto output = proof::voprf::finalize(input, blind.scalar, elements[blind.index]);
    wipe(input);
    if (!used.insert(blind.index).second || !blinded || *blinded != opened->inputs[blind.index] ||
        wire_of(hash, output) != (*wires)[n])
      return mismatch;
  }
  return Done{};
}

}  // namespace seinhuis::seal
