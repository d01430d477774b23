#pragma once

#include <filesystem>
#include <set>

#include "seinhuis/base/random.h"
#include "seinhuis/wire/metadata.h"
#include "seinhuis/wire/policy_bundle.h"

// The keys that tokens are made with, as administrators set them up.
namespace seinhuis::tools {

// The epoch of today and those after it that a directory has keys for.
constexpr std::uint32_t token_epochs_ahead = 3;

// The keys of an issuer for the classes of a policy, from the epoch of `today` on; its seeds are drawn into
// `folder`. Fails as Policy::compile does, and with io.
Result<std::vector<metadata::TokenKey>> make_token_keys(const std::filesystem::path& folder,
                                                        const bundle::Policy& policy, Day today,
                                                        Random& random);

// Brings the directory's keys up to `today`: those whose tokens count no more go, those that are missing
// come from the broker, or from what the notary gave (`given`), if the directory names one. Kinds that the
// notary gave no key for are left out: nobody has such tokens then.
Result<Done> renew_token_keys(const std::filesystem::path& broker, const bundle::Policy& policy,
                              const std::vector<metadata::TokenKey>& given, metadata::Directory& directory,
                              Day today, Random& random);

}  // namespace seinhuis::tools
