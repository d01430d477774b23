#pragma once

#include <filesystem>
#include <set>

#include "seinhuis/proof/keyset.h"
#include "seinhuis/wire/metadata.h"

// The keys that pseudonyms are made with, as administrators set them up: who evaluates, in which generation.
namespace seinhuis::tools {

// How long a generation is used, unless it is ended before.
constexpr std::uint32_t generation_days = 365;

// What pseudonyms a policy set gives: domain and type of identifier.
std::set<std::pair<std::string, IdentifierType>> pseudonyms_in(const bundle::Policy& policy);
// The seed of a generation in the folder of an evaluator: drawn the first time, read again afterwards.
Result<proof::EvaluatorSeed> seed_in(const std::filesystem::path& folder, const metadata::Keyset& keyset,
                                     Random& random);

// Who evaluates: the broker, whose seeds are drawn into its folder, and the notary, if the directory names
// one, with the keys it gave.
struct Evaluators {
  std::filesystem::path broker;
  std::vector<metadata::Keyset> notary;
};

// A first generation for every domain and type of identifier that a field of the policy set has a pseudonym
// in and the directory has no keyset for. Fails as policy::load does, with io, and with absent when the
// notary gave no key for it.
Result<Done> add_keysets(const Evaluators& evaluators, const std::filesystem::path& policies,
                         metadata::Directory& directory, Day today);

// Ends the generation of a domain on the day before `from` and begins the next one: pseudonyms of the two
// cannot be compared by anybody. Fails with absent when the domain has no keyset or the notary gave no key
// for the next generation, conflict when its newest generation begins on `from` or later.
Result<Done> rotate(const Evaluators& evaluators, std::string_view domain, metadata::Directory& directory,
                    Day from);

}  // namespace seinhuis::tools
