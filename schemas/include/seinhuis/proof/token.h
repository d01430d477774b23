#pragma once

#include "seinhuis/proof/leaves.h"
#include "seinhuis/proof/trust.h"
#include "seinhuis/proof/voprf.h"
#include "seinhuis/wire/metadata.h"

// Who issues tokens, under which keys, on which days they count: what the directory says, and what follows
// from it.
namespace seinhuis::proof {

constexpr std::uint32_t token_epoch_days = 28;
// Tokens of a kind that a desk gets for an epoch; it always fetches all of them.
constexpr std::size_t tokens_of_a_kind = 16;

std::uint32_t token_epoch(Day day);
// From the third day of the epoch to the second of the next: everybody has had time to fetch.
bool redeemable(std::uint32_t epoch, Day day);
// The epoch whose tokens are spent on a day.
std::uint32_t spending_epoch(Day day);

// What the issuer's keys of an epoch come of; destroyed when none of its tokens counts any more.
class IssuerSeed final : public Secret<IssuerSeed, 32> {
  friend Secret;
  IssuerSeed() = default;
};
// The file it is kept in (0600).
std::string issuer_file(std::uint32_t epoch);
// DeriveKeyPair (RFC 9497, section 3.2.1) with the info L"token-key" || u8 use || class || u32 epoch.
voprf::KeyPair token_key(const IssuerSeed& seed, const TokenKind& kind);
// The directory's entry: the public key, and the proof that the issuer holds it.
metadata::TokenKey token_entry(const TokenKind& kind, const IssuerSeed& seed, Random& random);

// Ascending, no kind or key twice, each with proof of possession. Fails with malformed or unauthentic.
Result<Done> check_token_keys(const std::vector<metadata::TokenKey>& keys);
// nullptr if there is none.
const metadata::TokenKey* find_token_key(const metadata::Directory& directory, const TokenKind& kind);
// Whose signature an admission receipt has: the notary's where there is one, else the broker's log key.
const SignerKey& issuer_key(const metadata::Directory& directory);

// `receipt` (encoded) says that a token of the class in the prologue was spent on this message, signed by the
// issuer of the directory on `day` or on the message's own.
bool admits(const Network& network, ByteView receipt, const Prologue& prologue, const Digest& digest,
            Day day);

// `receipt` says that a token was spent on the pseudonyms of a message, is signed by the issuer of the
// directory on `day`, and counts on it.
bool pays(const Network& network, const EvaluationReceipt& receipt, const MessageId& message, Day day);

// The input of the function that makes a token: L"token" || nonce.
Bytes token_input(const TokenNonce& nonce);
// H32(mac_bytes(redemption); worth): what `worth`, the function's output at the nonce, is needed for.
Hash redemption_mac(const Redemption& redemption, const voprf::Output& worth);
Hash redemption_mac(const EvaluationRedemption& redemption, const voprf::Output& worth);

}  // namespace seinhuis::proof
