#include "seinhuis/proof/token.h"

#include <algorithm>
#include <set>

#include "seinhuis/base/check.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/possession.h"
#include "seinhuis/proof/sign.h"
#include "seinhuis/proof/trust.h"

namespace seinhuis::proof {
namespace {

constexpr std::string_view token_possession = "SH1/token-pop-HashToGroup";
constexpr std::uint32_t first_day = 2;  // of its epoch, counted from 0, on which a token counts
constexpr std::uint32_t last_day = token_epoch_days + 1;

Bytes statement_of(const TokenKind& kind, const PointBytes& key) {
  return Packer()
      .label("token-pop")
      .number(static_cast<std::uint8_t>(kind.use))
      .text(kind.role_class)
      .number(kind.epoch)
      .raw(key.bytes())
      .take();
}

}  // namespace

std::uint32_t token_epoch(Day day) { return day.days() / token_epoch_days; }

bool redeemable(std::uint32_t epoch, Day day) {
  const std::uint64_t begin = std::uint64_t{epoch} * token_epoch_days;
  return day.days() >= begin + first_day && day.days() <= begin + last_day;
}

std::uint32_t spending_epoch(Day day) {
  const std::uint32_t epoch = token_epoch(day);
  return redeemable(epoch, day) || epoch == 0 ? epoch : epoch - 1;
}

std::string issuer_file(std::uint32_t epoch) { return "epoch-" + std::to_string(epoch) + ".seed"; }

voprf::KeyPair token_key(const IssuerSeed& seed, const TokenKind& kind) {
  const Bytes info = Packer()
                         .label("token-key")
                         .number(static_cast<std::uint8_t>(kind.use))
                         .text(kind.role_class)
                         .number(kind.epoch)
                         .take();
  auto pair = voprf::derive_key_pair(seed.reveal(), info);
  require(static_cast<bool>(pair), "a seed gives a key");
  return *std::move(pair);
}

metadata::TokenKey token_entry(const TokenKind& kind, const IssuerSeed& seed, Random& random) {
  const voprf::KeyPair pair = token_key(seed, kind);
  const PointBytes key = PointBytes::from_bytes(pair.public_key.bytes());
  return {kind, key,
          prove_possession(pair, statement_of(kind, key), token_possession, random, seed.reveal())};
}

Result<Done> check_token_keys(const std::vector<metadata::TokenKey>& keys) {
  std::set<PointBytes> seen;
  const TokenKind* last = nullptr;
  for (const metadata::TokenKey& one : keys) {
    if (last != nullptr && one.kind <= *last)
      return Error{Errc::malformed, "token keys are out of order or twice"};
    last = &one.kind;
    const bool evaluation = one.kind.use == TokenUse::evaluation;
    if (evaluation && !one.kind.role_class.empty())
      return Error{Errc::malformed, "evaluation tokens are everybody's"};
    if (!seen.insert(one.key).second ||
        !possesses(one.key, statement_of(one.kind, one.key), token_possession, one.possession))
      return Error{Errc::unauthentic, "a token key stands twice or has no proof of possession"};
  }
  return Done{};
}

const metadata::TokenKey* find_token_key(const metadata::Directory& directory, const TokenKind& kind) {
  const auto found = std::ranges::find(directory.token_keys, kind, &metadata::TokenKey::kind);
  return found == directory.token_keys.end() ? nullptr : &*found;
}

const SignerKey& issuer_key(const metadata::Directory& directory) {
  const metadata::Notary* notary = find_notary(directory);
  return notary == nullptr ? directory.log_key : notary->key;
}

bool admits(const Network& network, ByteView receipt, const Prologue& prologue, const Digest& digest,
            Day day) {
  const auto seen = decode_admission(receipt);
  if (!seen || seen->network != network.id || seen->mode != prologue.mode ||
      seen->role_class != prologue.role_class || seen->h0 != digest.h0 || seen->manifest != digest.manifest)
    return false;
  const auto issued_by = [&](const DirectoryVersion* directory) {
    return directory != nullptr &&
           verifies(issuer_key(directory->directory), seen->signature, unsigned_bytes(*seen));
  };
  return issued_by(network.directory_on(day)) || issued_by(network.directory_named(prologue.directory));
}

bool pays(const Network& network, const EvaluationReceipt& receipt, const MessageId& message, Day day) {
  return receipt.network == network.id && receipt.message == message && redeemable(receipt.epoch, day) &&
         verifies(issuer_key(network.directory_on(day)->directory), receipt.signature,
                  unsigned_bytes(receipt));
}

Bytes token_input(const TokenNonce& nonce) { return Packer().label("token").raw(nonce.bytes()).take(); }

Hash redemption_mac(const Redemption& redemption, const voprf::Output& worth) {
  return h32_keyed({mac_bytes(redemption)}, worth.reveal());
}

Hash redemption_mac(const EvaluationRedemption& redemption, const voprf::Output& worth) {
  return h32_keyed({mac_bytes(redemption)}, worth.reveal());
}

}  // namespace seinhuis::proof
