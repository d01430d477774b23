#pragma once

#include <filesystem>

#include "seinhuis/client/link.h"
#include "seinhuis/proof/sign.h"
#include "seinhuis/seal/pseudonym.h"

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

  // The cards a desk has published: of this week and the next eight, and the standby ones of this quarter and
  // the next. Made and signed if they are not there yet; their private keys are on disk before this returns.
  Result<std::vector<KeyCard>> cards(const Hash& network, std::string_view desk, Day today, Random& random);
  // The private key of one of this desk's cards; nullptr for a foreign one.
  const seal::OpeningKey* opening_key(const SealingKey& key);
  // The organisation's key for its own pseudonyms (pseudonym.key; every desk of the organisation that
  // compares them has the same file, and so has a backup). Drawn at the first use.
  Result<const seal::PseudonymKey*> pseudonym_key(Random& random);
  // Destroys the private keys that no message can need any more: a week's as long after it as messages
  // live (`life`, days), a standby one 400 days after its quarter.
  Result<Done> forget(Day today, std::uint32_t life);

 private:
  using Epoch = std::pair<KeyCard::Use, std::uint32_t>;
  DeskKeys(std::filesystem::path folder, proof::Signer signer, seal::NonceKey nonce,
           TransportSecret transport)
      : folder_(std::move(folder)),
        signer_(std::move(signer)),
        nonce_(std::move(nonce)),
        transport_(std::move(transport)) {}
  std::filesystem::path file_of(Epoch epoch) const;
  Result<Done> load_cards();
  Result<KeyCard> card(const Hash& network, std::string_view desk, Epoch epoch, Random& random);

  std::filesystem::path folder_;
  proof::Signer signer_;
  seal::NonceKey nonce_;
  TransportSecret transport_;
  std::optional<seal::PseudonymKey> pseudonym_;
  std::map<SealingKey, seal::OpeningKey> opening_;
  std::map<Epoch, SealingKey> epochs_;
};

}  // namespace seinhuis::client
