#pragma once

#include <optional>

#include "seinhuis/proof/voprf.h"
#include "seinhuis/wire/metadata.h"

// Who evaluates pseudonyms, with which keys, on which days: what the directory says, and what follows from
// it.
namespace seinhuis::proof {

constexpr std::size_t max_evaluators = 4;
// A message evaluates this many elements for each field of the type in its shape, random points where it has
// no identifier: the count tells nothing.
constexpr std::size_t identifiers_per_field = 4;

// H32(L"psn-keys" || domain || u8 type || u32 generation || u32 normalisation version || u8 hops || keys).
// Who is handed a pseudonym under another one refuses it.
Hash keyset_hash(const metadata::Keyset& keyset);

// What an evaluator's keys of one domain and generation come of. It is destroyed when the generation is over:
// then nobody can make these pseudonyms any more.
class EvaluatorSeed final : public Secret<EvaluatorSeed, 32> {
  friend Secret;
  EvaluatorSeed() = default;
};
// The file it is kept in (0600), in the folder of the evaluator.
std::string seed_file(std::string_view domain, std::uint32_t generation);
// DeriveKeyPair (RFC 9497, section 3.2.1) with the info L"psn-key" || domain || u8 type || u32 generation.
voprf::KeyPair evaluator_key(const EvaluatorSeed& seed, const metadata::Keyset& keyset);
// An evaluator's entry for a keyset: its key, and the proof (a DLEQ over a point made of the statement) that
// it holds it.
metadata::Evaluator evaluator_entry(std::string_view name, const metadata::Keyset& keyset,
                                    const EvaluatorSeed& seed, Random& random);

// That a directory's keysets are in order: ascending, 1 to max_evaluators with distinct names and keys and
// proof of possession, no key twice in the directory, never two generations of one domain and type on one
// day. Fails with malformed or unauthentic.
Result<Done> check_keysets(const std::vector<metadata::Keyset>& keysets);

// The keyset to use on a day; nullptr if there is none.
const metadata::Keyset* keyset_on(const metadata::Directory& directory, std::string_view domain,
                                  IdentifierType type, Day day);

// The elements of a hop, and what one hop makes of them. Fail with malformed.
Result<std::vector<Element>> parse_elements(const std::vector<PointBytes>& points);
std::vector<PointBytes> points_of(const std::vector<Element>& elements);
// What an evaluator answers with.
EvaluationAnswer answer_of(const voprf::Evaluated& evaluated);
// The answer of the holder of `key` to `inputs`. Fails with unauthentic when it does not prove itself.
Result<std::vector<Element>> outputs_of(const PointBytes& key, const std::vector<Element>& inputs,
                                        const EvaluationAnswer& answer);

}  // namespace seinhuis::proof
