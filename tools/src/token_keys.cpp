#include "token_keys.h"

#include <algorithm>

#include "seinhuis/base/key_file.h"
#include "seinhuis/policy/role_class.h"
#include "seinhuis/proof/token.h"
#include "seinhuis/proof/trust.h"

namespace seinhuis::tools {
namespace {

using std::filesystem::path;

Result<proof::IssuerSeed> seed_in(const path& folder, std::uint32_t epoch, Random& random) {
  if (auto made = make_folder(folder, Readers::owner); !made) return made.error();
  return read_or_draw_key<proof::IssuerSeed>(folder / proof::issuer_file(epoch), random);
}

Result<std::vector<TokenKind>> kinds_of(const bundle::Policy& policy, std::uint32_t epoch) {
  const auto compiled = policy::Policy::compile(policy);
  if (!compiled) return compiled.error();
  std::vector<TokenKind> kinds{{TokenUse::admission, {}, epoch}, {TokenUse::evaluation, {}, epoch}};
  for (const std::string& one : policy::role_classes(**compiled))
    kinds.push_back({TokenUse::admission, one, epoch});
  return kinds;
}

}  // namespace

Result<std::vector<metadata::TokenKey>> make_token_keys(const path& folder, const bundle::Policy& policy,
                                                        Day today, Random& random) {
  std::vector<metadata::TokenKey> keys;
  const std::uint32_t first = proof::token_epoch(today);
  for (std::uint32_t epoch = first; epoch < first + token_epochs_ahead; ++epoch) {
    const auto seed = seed_in(folder, epoch, random);
    if (!seed) return seed.error();
    const auto kinds = kinds_of(policy, epoch);
    if (!kinds) return kinds.error();
    for (const TokenKind& kind : *kinds) keys.push_back(proof::token_entry(kind, *seed, random));
  }
  return keys;
}

Result<Done> renew_token_keys(const path& broker, const bundle::Policy& policy,
                              const std::vector<metadata::TokenKey>& given, metadata::Directory& directory,
                              Day today, Random& random) {
  std::erase_if(directory.token_keys, [&](const metadata::TokenKey& key) {
    return key.kind.epoch < proof::token_epoch(today) && !proof::redeemable(key.kind.epoch, today);
  });
  const bool notary = proof::find_notary(directory) != nullptr;
  const auto made = notary ? Result<std::vector<metadata::TokenKey>>(given)
                           : make_token_keys(broker / "issuer", policy, today, random);
  if (!made) return made.error();
  for (const metadata::TokenKey& key : *made) {
    const bool over = key.kind.epoch < proof::token_epoch(today);
    const bool there = proof::find_token_key(directory, key.kind) != nullptr;
    if (!over && !there) directory.token_keys.push_back(key);
  }
  std::ranges::sort(directory.token_keys, {}, &metadata::TokenKey::kind);
  return Done{};
}

}  // namespace seinhuis::tools
