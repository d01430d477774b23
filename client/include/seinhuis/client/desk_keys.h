#pragma once

#include <filesystem>

#include "seinhuis/client/link.h"
#include "seinhuis/proof/sign.h"
#include "seinhuis/seal/seal.h"

namespace seinhuis::client {

// The keys of one desk, from the files (0600) of its profile: identity, nonce and transport key, and the
// private part of every key card it still needs.
class DeskKeys {
 public:
  // Draws new keys and writes them. Fails with conflict when there are some already.
  static Result<DeskKeys> create(const std::filesystem::path& folder, Random& random);
  // Fails with absent, malformed, or refused when others may read a file.
  static Result<DeskKeys> load(const std::filesystem::path& folder);

  const proof::Signer& signer() const { return signer_; }
  const seal::NonceKey& nonce_key() const { return nonce_; }
  const TransportSecret& transport() const { return transport_; }

  // The card of a week (epoch = days / 7), made and signed now if there is none yet; its private key is on
  // disk before this returns.
  Result<KeyCard> card(const Hash& network, std::string_view desk, std::uint32_t epoch, Random& random);
  // The private key of one of this desk's cards; nullptr for a foreign one.
  const seal::OpeningKey* opening_key(const SealingKey& key);

 private:
  DeskKeys(std::filesystem::path folder, proof::Signer signer, seal::NonceKey nonce,
           TransportSecret transport)
      : folder_(std::move(folder)),
        signer_(std::move(signer)),
        nonce_(std::move(nonce)),
        transport_(std::move(transport)) {}
  Result<Done> load_cards();

  std::filesystem::path folder_;
  proof::Signer signer_;
  seal::NonceKey nonce_;
  TransportSecret transport_;
  std::map<SealingKey, seal::OpeningKey> opening_;
  std::map<std::uint32_t, SealingKey> epochs_;
};

std::uint32_t card_epoch(Day day);
constexpr std::uint32_t cards_ahead = 9;  // this week and the next eight

}  // namespace seinhuis::client
