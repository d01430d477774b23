#pragma once

#include <vector>

#include "seinhuis/base/random.h"
#include "seinhuis/proof/ristretto.h"

// RFC 9497 with the suite ristretto255-SHA512: a server applies its key to points that tell it nothing, and
// proves that it used the key it published. Any thread; nothing is kept.
namespace seinhuis::proof::voprf {

// Section 3.1. Mode 1 carries proofs; mode 0 is here for its vectors only.
enum class Mode : std::uint8_t { oprf = 0, voprf = 1 };

constexpr std::size_t max_batch = 1024;  // elements under one proof

struct KeyPair {
  SecretScalar key;
  Element public_key;
};
// Section 3.2.1, DeriveKeyPair. Fails with malformed when 256 tries give no key, or `info` has over 65,535
// bytes.
Result<KeyPair> derive_key_pair(ByteView seed, ByteView info, Mode mode = Mode::voprf);

// What a client keeps to itself and sends (section 3.3.1). Fails with malformed if the input hashes to the
// identity.
Result<Element> blind(ByteView input, const SecretScalar& blind, Mode mode = Mode::voprf);
// Output, 64 bytes: the function's value at `input`. For several hops `evaluated` is what the last one gave.
class Output final : public Secret<Output, 64> {
  friend Secret;
  Output() = default;
};
Output finalize(ByteView input, const SecretScalar& blind, const Element& evaluated);

// The same by who has the key, at once: Evaluate of section 3.3.1, with which a server checks an output.
Result<Output> output_at(const KeyPair& key, ByteView input);

// Batched proof of discrete logarithm equality (section 2.2): one key made all `outputs` out of `inputs`.
struct Proof {
  PublicScalar challenge = PublicScalar::zero();
  PublicScalar response = PublicScalar::zero();
  friend bool operator==(const Proof&, const Proof&) = default;
};
struct Evaluated {
  std::vector<Element> outputs;
  Proof proof;
};
// `nonce` must be fresh for every call: one nonce under two statements gives the key away. Fails with
// malformed when there are no inputs, or over max_batch.
Result<Evaluated> evaluate(const KeyPair& key, const std::vector<Element>& inputs, const SecretScalar& nonce);
// False for an empty batch, and for lists of unequal length.
bool verifies(const Element& public_key, const std::vector<Element>& inputs,
              const std::vector<Element>& outputs, const Proof& proof);

// A blind or nonce: HashToScalar(H64(L("nonce") || 32 fresh bytes || statement; local nonce key)). With the
// random bytes of an earlier moment (a restored snapshot) another statement still gets another scalar.
// `nonce_key` has 32 bytes.
SecretScalar fresh_scalar(Random& random, ByteView statement, ByteView nonce_key);

// Challenge || response, 64 bytes. Fails with malformed on another size or a number not below the order.
Bytes encode(const Proof& proof);
Result<Proof> decode_proof(ByteView raw);

}  // namespace seinhuis::proof::voprf
