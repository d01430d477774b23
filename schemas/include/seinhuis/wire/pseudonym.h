#pragma once

#include <vector>

#include "seinhuis/base/fixed_id.h"
#include "seinhuis/base/instant.h"
#include "seinhuis/wire/vocabulary.h"

// What a sender asks the evaluators of pseudonyms, in a fixed encoding (base/packed.h).
namespace seinhuis {

// A point of ristretto255 as it travels. proof::parse_element says whether it is one.
class PointBytes final : public FixedId<PointBytes, 32> {
  friend FixedId;
  PointBytes() = default;
};
// Challenge || response; proof::voprf::decode_proof reads it.
class ProofBytes final : public FixedId<ProofBytes, 64> {
  friend FixedId;
  ProofBytes() = default;
};

// L"eval" || network || message || domain || u8 type || u32 generation || u32 n || n * 32 || signature of the
// desk.
struct EvaluationRequest {
  static constexpr std::size_t max_elements = 1024;
  Hash network = Hash::zero();
  MessageId message = MessageId::zero();
  std::string domain;
  IdentifierType type = IdentifierType::none;
  std::uint32_t generation = 0;
  std::vector<PointBytes> elements;  // what this evaluator multiplies: blinded, or what the one before gave
  Signature signature = Signature::zero();
  friend bool operator==(const EvaluationRequest&, const EvaluationRequest&) = default;
};
Bytes unsigned_bytes(const EvaluationRequest& request);
Bytes encode(const EvaluationRequest& request);
// Fails with malformed: no elements or too many, an unknown type, bytes too many or too few.
Result<EvaluationRequest> decode_evaluation(ByteView raw);

// u32 n || n * 32 || proof: the elements under the evaluator's key, in order.
struct EvaluationAnswer {
  std::vector<PointBytes> outputs;
  ProofBytes proof = ProofBytes::zero();
  friend bool operator==(const EvaluationAnswer&, const EvaluationAnswer&) = default;
};
Bytes encode(const EvaluationAnswer& answer);
Result<EvaluationAnswer> decode_evaluated(ByteView raw);

// How much was evaluated on a day, over all organisations: who did how much is told to nobody. day || domain
// || u8 type || u64 elements.
struct EvaluationCount {
  Day day{0};
  std::string domain;
  IdentifierType type = IdentifierType::none;
  std::uint64_t elements = 0;
  friend bool operator==(const EvaluationCount&, const EvaluationCount&) = default;
};
Bytes encode(const EvaluationCount& count);
Result<EvaluationCount> decode_evaluation_count(ByteView raw);

}  // namespace seinhuis
