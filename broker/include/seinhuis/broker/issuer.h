#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "seinhuis/broker/admission.h"
#include "seinhuis/proof/sign.h"
#include "seinhuis/proof/token.h"

namespace seinhuis::broker {

// Issues tokens to desks without seeing them, and takes them back without seeing whose they were
// (schemas/PROTOCOL.md, "Tokens"). Any thread.
class Issuer {
 public:
  // `folder` holds the seeds; `signer` signs admission receipts and is the one the directory says.
  Issuer(std::filesystem::path folder, const proof::Signer& signer, Random& random)
      : folder_(std::move(folder)), signer_(signer), random_(random) {}

  // That nobody else can read the seeds. Fails with refused, naming the file, io or malformed.
  Result<Done> check_seeds();
  // What is wrong with a request over the session of `desk`: signature, network, kind, class, count.
  std::optional<Refusal> judge(const World& world, std::string_view desk, const TokenRequest& request,
                               Day today) const;
  // Fails as Evaluator::evaluate does, and with conflict when its key is not the `listed` one.
  Result<EvaluationAnswer> issue(const TokenRequest& request, const PointBytes& listed);

  // What a redemption would be answered with, or why not: another network or epoch, or no token. Whether it
  // was spent before is for the ledger.
  std::variant<AdmissionReceipt, Refusal> judge(const World& world, const Redemption& redemption, Day today);
  std::variant<EvaluationReceipt, Refusal> judge(const World& world, const EvaluationRedemption& redemption,
                                                 Day today);

  // Destroys the seeds of epochs whose tokens count no more on `today`. Gives how many.
  Result<std::size_t> forget(Day today);

 private:
  using Key = std::shared_ptr<const proof::voprf::KeyPair>;
  Result<Key> key_of(const TokenKind& kind);
  struct Spent {
    const TokenNonce& nonce;
    const Hash& mac;
    std::function<Hash(const proof::voprf::Output& worth)> mac_with;
  };
  std::optional<Refusal> judge_token(const World& world, const Hash& network, const TokenKind& kind,
                                     const Spent& spent, Day today);

  std::filesystem::path folder_;
  const proof::Signer& signer_;
  Random& random_;
  std::mutex mutex_;
  std::map<TokenKind, Key> keys_;
};

}  // namespace seinhuis::broker
