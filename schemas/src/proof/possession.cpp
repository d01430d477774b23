#include "seinhuis/proof/possession.h"

#include "seinhuis/base/check.h"

namespace seinhuis::proof {

Bytes prove_possession(const voprf::KeyPair& key, ByteView statement, std::string_view domain, Random& random,
                       ByteView secret) {
  const auto input = hash_to_element(statement, domain);
  require(static_cast<bool>(input), "a statement does not hash to the identity");
  const auto nonce = voprf::fresh_scalar(random, statement, secret);
  const auto evaluated = voprf::evaluate(key, {*input}, nonce);
  require(static_cast<bool>(evaluated), "one element is a batch");
  Bytes possession = copy(evaluated->outputs[0].bytes());
  append(possession, voprf::encode(evaluated->proof));
  return possession;
}

bool possesses(const PointBytes& key, ByteView statement, std::string_view domain, ByteView possession) {
  if (possession.size() != PointBytes::size + ProofBytes::size) return false;
  const auto public_key = parse_element(key.bytes());
  const auto output = parse_element(possession.first(PointBytes::size));
  const auto proof = voprf::decode_proof(possession.subspan(PointBytes::size));
  if (!public_key || !output || !proof) return false;
  const auto input = hash_to_element(statement, domain);
  return input && voprf::verifies(*public_key, {*input}, {*output}, *proof);
}

}  // namespace seinhuis::proof
