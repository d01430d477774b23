#include "seinhuis/proof/voprf.h"

#include <sodium.h>

#include "seinhuis/base/check.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/proof/hash.h"

namespace seinhuis::proof::voprf {
namespace {

// contextString of section 3.1, behind a prefix.
std::string domain(std::string_view prefix, Mode mode = Mode::voprf) {
  std::string text(prefix);
  text += "OPRFV1-";
  text += static_cast<char>(mode);
  text += "-ristretto255-SHA512";
  return text;
}

// Big-endian, as the RFC writes lengths; everything else in this project is little-endian.
std::array<std::byte, 2> two_bytes(std::size_t number) {
  return {static_cast<std::byte>(number >> 8U & 0xFFU), static_cast<std::byte>(number & 0xFFU)};
}

class Transcript {
 public:
  Transcript& sized(ByteView part) {
    append(bytes_, two_bytes(part.size()));
    append(bytes_, part);
    return *this;
  }
  Transcript& raw(ByteView part) {
    append(bytes_, part);
    return *this;
  }
  ByteView bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

Uniform sha512(ByteView message) {
  Uniform out;
  crypto_hash_sha512(octets(std::span<std::byte>(out)), octets(message), message.size());
  return out;
}

// ComputeComposites (section 2.2.1), the part that both sides do: one number for each pair.
std::vector<PublicScalar> weights(const Element& public_key, const std::vector<Element>& inputs,
                                  const std::vector<Element>& outputs) {
  const std::string seed_domain = domain("Seed-");
  const Uniform seed = sha512(Transcript().sized(public_key.bytes()).sized(view(seed_domain)).bytes());
  const std::string scalar_domain = domain("HashToScalar-");
  std::vector<PublicScalar> made;
  made.reserve(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Transcript composite = Transcript()
                                     .sized(seed)
                                     .raw(two_bytes(i))
                                     .sized(inputs[i].bytes())
                                     .sized(outputs[i].bytes())
                                     .raw(view("Composite"));
    made.push_back(hash_to_scalar({composite.bytes()}, scalar_domain));
  }
  return made;
}

Element weighted_sum(const std::vector<PublicScalar>& weights, const std::vector<Element>& elements) {
  Element total = Element::zero();
  for (std::size_t i = 0; i < elements.size(); ++i) total = sum(total, multiply(weights[i], elements[i]));
  return total;
}

PublicScalar challenge_of(const Element& public_key, std::initializer_list<const Element*> others) {
  Transcript transcript;
  transcript.sized(public_key.bytes());
  for (const Element* element : others) transcript.sized(element->bytes());
  return hash_to_scalar({transcript.raw(view("Challenge")).bytes()}, domain("HashToScalar-"));
}

Output hash_output(ByteView input, const Element& value) {
  require(input.size() <= 0xFFFF, "an input has at most 65,535 bytes");
  const auto length = two_bytes(input.size());
  const auto element_length = two_bytes(Element::size);
  return Output::filled([&](std::span<std::byte> out) {
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    for (const ByteView part :
         {ByteView(length), input, ByteView(element_length), ByteView(value.bytes()), view("Finalize")})
      crypto_hash_sha512_update(&state, octets(part), part.size());
    crypto_hash_sha512_final(&state, octets(out));
    sodium_memzero(&state, sizeof state);
  });
}

}  // namespace

Result<KeyPair> derive_key_pair(ByteView seed, ByteView info, Mode mode) {
  constexpr unsigned max_tries = 256;
  if (info.size() > 0xFFFF) return Error{Errc::malformed, "the info of a key has at most 65,535 bytes"};
  const std::string key_domain = domain("DeriveKeyPair", mode);
  for (unsigned counter = 0; counter < max_tries; ++counter) {
    const std::array<std::byte, 1> count{static_cast<std::byte>(counter)};
    const auto length = two_bytes(info.size());
    auto key = parse_secret_scalar(hash_to_secret_scalar({seed, length, info, count}, key_domain).reveal());
    if (!key) continue;
    const Element public_key = multiply_base(*key);
    return KeyPair{*std::move(key), public_key};
  }
  return Error{Errc::malformed, "no key comes of this seed"};
}

Result<Element> blind(ByteView input, const SecretScalar& blind, Mode mode) {
  auto element = hash_to_element(input, domain("HashToGroup-", mode));
  if (!element) return element;
  return multiply(blind, *element);
}

Output finalize(ByteView input, const SecretScalar& blind, const Element& evaluated) {
  return hash_output(input, multiply(inverse(blind), evaluated));
}

Result<Output> output_at(const KeyPair& key, ByteView input) {
  const auto element = hash_to_element(input, domain("HashToGroup-"));
  if (!element) return element.error();
  return hash_output(input, multiply(key.key, *element));
}

Result<Evaluated> evaluate(const KeyPair& key, const std::vector<Element>& inputs,
                           const SecretScalar& nonce) {
  if (inputs.empty() || inputs.size() > max_batch)
    return Error{Errc::malformed, "a batch has 1 to " + std::to_string(max_batch) + " elements"};
  Evaluated made;
  made.outputs.reserve(inputs.size());
  for (const Element& input : inputs) made.outputs.push_back(multiply(key.key, input));
  const Element m = weighted_sum(weights(key.public_key, inputs, made.outputs), inputs);
  if (m.is_zero()) return Error{Errc::malformed, "a batch that sums to the identity"};
  const Element z = multiply(key.key, m);
  const Element t2 = multiply_base(nonce);
  const Element t3 = multiply(nonce, m);
  made.proof.challenge = challenge_of(key.public_key, {&m, &z, &t2, &t3});
  made.proof.response = response(nonce, made.proof.challenge, key.key);
  return made;
}

bool verifies(const Element& public_key, const std::vector<Element>& inputs,
              const std::vector<Element>& outputs, const Proof& proof) {
  if (inputs.empty() || inputs.size() > max_batch || inputs.size() != outputs.size()) return false;
  const auto weight = weights(public_key, inputs, outputs);
  const Element m = weighted_sum(weight, inputs);
  const Element z = weighted_sum(weight, outputs);
  const Element t2 = sum(multiply_base(proof.response), multiply(proof.challenge, public_key));
  const Element t3 = sum(multiply(proof.response, m), multiply(proof.challenge, z));
  return challenge_of(public_key, {&m, &z, &t2, &t3}) == proof.challenge;
}

SecretScalar fresh_scalar(Random& random, ByteView statement, ByteView nonce_key) {
  const Bytes label = Packer().label("nonce").take();
  std::array<std::byte, 32> fresh{};
  std::array<std::byte, 64> hedged{};
  random.fill(fresh);
  h64_keyed({label, fresh, statement}, nonce_key, hedged);
  auto scalar = hash_to_secret_scalar({hedged}, domain("HashToScalar-"));
  wipe(fresh);
  wipe(hedged);
  return scalar;
}

Bytes encode(const Proof& proof) {
  Bytes raw;
  append(raw, proof.challenge.bytes());
  append(raw, proof.response.bytes());
  return raw;
}

Result<Proof> decode_proof(ByteView raw) {
  if (raw.size() != 2 * PublicScalar::size) return Error{Errc::malformed, "a proof has 64 bytes"};
  const auto challenge = parse_scalar(raw.first(PublicScalar::size));
  if (!challenge) return challenge.error();
  const auto response = parse_scalar(raw.subspan(PublicScalar::size));
  if (!response) return response.error();
  return Proof{*challenge, *response};
}

}  // namespace seinhuis::proof::voprf
