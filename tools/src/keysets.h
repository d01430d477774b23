#pragma once

#include <filesystem>

#include "seinhuis/wire/metadata.h"

// The keys that pseudonyms are made with, as administrators set them up: who evaluates, in which generation.
namespace seinhuis::tools {

// How long a generation is used, unless it is ended before.
constexpr std::uint32_t generation_days = 365;

// A first generation for every domain and type of identifier that a field of the policy set has a pseudonym
// in and the directory has no keyset for. The broker's seeds are drawn into `broker`/evaluator. Fails as
// policy::load does, and with io.
Result<Done> add_keysets(const std::filesystem::path& broker, const std::filesystem::path& policies,
                         metadata::Directory& directory, Day today);

// Ends the generation of a domain on the day before `from` and begins the next one: pseudonyms of the two
// cannot be compared by anybody. Fails with absent when the domain has no keyset, conflict when its newest
// generation begins on `from` or later.
Result<Done> rotate(const std::filesystem::path& broker, std::string_view domain,
                    metadata::Directory& directory, Day from);

}  // namespace seinhuis::tools
