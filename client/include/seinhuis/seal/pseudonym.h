#pragma once

#include "seinhuis/proof/keyset.h"
#include "seinhuis/seal/seal.h"
#include "seinhuis/wire/hit.h"

// Pseudonyms at the two ends that know something: the sender, who blinds identifiers and seals what comes
// back, and the recipient, who makes it its own or checks it (schemas/PROTOCOL.md, "Pseudonyms").
namespace seinhuis::seal {

// A pseudonym as it travels: H32(L"psn" || keyset; N), N being the VOPRF's output at the identifier.
class WirePseudonym final : public FixedId<WirePseudonym, 32> {
  friend FixedId;
  WirePseudonym() = default;
};
// An organisation's own, with a backup: what it stores of a pseudonym is worth nothing to who finds it.
class PseudonymKey final : public Secret<PseudonymKey, 32> {
  friend Secret;
  PseudonymKey() = default;
};
// H32(L"psn-local" || wire; pseudonym key): what an organisation keeps and compares.
class LocalPseudonym final : public FixedId<LocalPseudonym, 32> {
  friend FixedId;
  LocalPseudonym() = default;
};
LocalPseudonym local_pseudonym(const WirePseudonym& wire, const PseudonymKey& key);
// H32(L"handle" || h0; pseudonym key): what an organisation's other systems call a message, since every
// recipient has the same id and h0.
Hash message_handle(const Hash& h0, const PseudonymKey& key);

// The tag of a hit (wire/hit.h): only who has the pseudonym can make it, or tell that it holds.
Hash hit_tag(const HitPlace& a, const HitPlace& b, const WirePseudonym& wire);

// That each of them is surely one, and there are at most identifiers_per_field. Fails with malformed; the
// text names the rule and never holds the identifier.
Result<Done> check_identifiers(IdentifierType type, const std::vector<std::string>& written);

// The identifiers of one message in one domain and of one type, blinded, on their way along the evaluators.
class Batch {
 public:
  // `fields`: the identifiers as they are written, for each field of the shape that has a pseudonym there.
  // Random points fill up what is not there. Fails with malformed: more than identifiers_per_field in a
  // field, or one that normalise() refuses.
  static Result<Batch> blind(const metadata::Keyset& keyset,
                             const std::vector<std::vector<std::string>>& fields, Random& random,
                             const NonceKey& nonce_key);

  // What the next evaluator is asked; nullptr when all have answered.
  const metadata::Evaluator* next() const;
  const std::vector<proof::Element>& elements() const {
    return hops_.empty() ? inputs_ : hops_.back().outputs;
  }
  // Takes in the answer of the next evaluator. Fails with unauthentic when it does not prove itself.
  Result<Done> take(const EvaluationAnswer& answer);

  // Once all have answered. Empty for a field without identifiers.
  Value pseudonyms(std::size_t field) const;
  Value opening(std::size_t field) const;

 private:
  struct Blinded {
    std::uint16_t index = 0;  // in the batch
    SecretBytes input;
    proof::SecretScalar blind;
  };
  struct Hop {
    std::vector<proof::Element> outputs;
    ProofBytes proof = ProofBytes::zero();
  };
  explicit Batch(const metadata::Keyset& keyset) : keyset_(keyset), hash_(proof::keyset_hash(keyset)) {}

  metadata::Keyset keyset_;
  Hash hash_;
  std::vector<proof::Element> inputs_;
  std::vector<Hop> hops_;
  std::vector<std::vector<Blinded>> fields_;
};

// The pseudonyms in a value. Fails with unauthentic when they were made under another keyset, malformed for
// another kind of value. Empty values have none.
Result<std::vector<WirePseudonym>> read_pseudonyms(const Value& value, const metadata::Keyset& keyset);

// The pseudonyms in a value that read_pseudonyms takes, as the organisation keeps them: in hex, in order.
std::vector<std::string> own_pseudonyms(const Value& value, const PseudonymKey& key);

// That `pseudonyms` are those of the identifiers `exact`, as `opening` shows: every evaluator proved its
// part, the blinds lead from the identifiers to what was evaluated, and the outcome is what was sealed. Fails
// with unauthentic. Values that say the evaluators were unavailable claim nothing; they pass together only.
Result<Done> check_opening(const metadata::Keyset& keyset, const Value& exact, const Value& pseudonyms,
                           const Value& opening);

}  // namespace seinhuis::seal
