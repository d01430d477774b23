#include "seinhuis/broker/issuer.h"

#include "seinhuis/base/key_file.h"
#include "seinhuis/policy/role_class.h"
#include "seinhuis/proof/keyset.h"

namespace seinhuis::broker {
namespace {

Refusal no(Code code, std::string text) { return {code, std::move(text), {}, Gate::none}; }

// Tokens of its own class, of everybody's, and for evaluations.
bool may_have(const policy::Policy& policy, policy::Index desk, const TokenKind& kind) {
  return desk != policy::none &&
         (kind.role_class.empty() || kind.role_class == policy::role_class(policy, desk));
}

}  // namespace

std::optional<Refusal> Issuer::judge(const World& world, std::string_view desk, const TokenRequest& request,
                                     Day today) const {
  if (request.network != world.network.id) return no(Code::wrong_network, "a request of another network");
  const metadata::Directory& directory = world.network.directory_on(today)->directory;
  const metadata::DeskKeys* keys = proof::find_desk(directory, desk);
  if (keys == nullptr || !proof::verifies(keys->signer, request.signature, unsigned_bytes(request)))
    return no(Code::bad_signature, "the signature of the request does not hold");
  if (request.kind.epoch != proof::token_epoch(today) ||
      proof::find_token_key(directory, request.kind) == nullptr)
    return no(Code::stale_metadata, "no tokens of that kind are issued today; synchronise");
  const policy::Policy& policy = *world.policy(world.network.policy_on(today)->version);
  if (!may_have(policy, policy.desk(desk), request.kind))
    return no(Code::unauthorised, "this desk is not of class " + request.kind.role_class);
  if (request.elements.size() != proof::tokens_of_a_kind)
    return no(Code::malformed, "tokens are fetched all at once");
  return std::nullopt;
}

Result<Done> Issuer::check_seeds() {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, failed)) {
    if (entry.path().extension() != ".seed") continue;
    if (const auto seed = read_key<proof::IssuerSeed>(entry.path()); !seed) return seed.error();
  }
  return Done{};
}

Result<Issuer::Key> Issuer::key_of(const TokenKind& kind) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = keys_.find(kind); found != keys_.end()) return found->second;
  const auto seed = read_key<proof::IssuerSeed>(folder_ / proof::issuer_file(kind.epoch));
  if (!seed) return seed.error();
  Key key = std::make_shared<const proof::voprf::KeyPair>(proof::token_key(*seed, kind));
  keys_.emplace(kind, key);
  return key;
}

Result<EvaluationAnswer> Issuer::issue(const TokenRequest& request, const PointBytes& listed) {
  const auto elements = proof::parse_elements(request.elements);
  if (!elements) return elements.error();
  const auto found = key_of(request.kind);
  if (!found) return found.error();
  const Key& key = *found;
  if (!std::ranges::equal(key->public_key.bytes(), listed.bytes()))
    return Error{Errc::conflict, "the seed here is not that of the key in the directory"};
  const auto nonce = proof::voprf::fresh_scalar(random_, unsigned_bytes(request), key->key.reveal());
  const auto made = proof::voprf::evaluate(*key, *elements, nonce);
  if (!made) return made.error();
  return proof::answer_of(*made);
}

std::variant<AdmissionReceipt, Refusal> Issuer::judge(const World& world, const Redemption& redemption,
                                                      Day today) {
  if (redemption.network != world.network.id) return no(Code::wrong_network, "a token of another network");
  if (!proof::redeemable(redemption.epoch, today))
    return no(Code::expired, "a token that counts on other days");
  const TokenKind kind{TokenUse::admission, redemption.role_class, redemption.epoch};
  if ((redemption.mode == Mode::anonymous) != redemption.role_class.empty())
    return no(Code::malformed, "an anonymous message is everybody's, a confidential one of a class");
  if (proof::find_token_key(world.network.directory_on(today)->directory, kind) == nullptr)
    return no(Code::stale_metadata, "no such tokens");
  const auto key = key_of(kind);
  if (!key) return no(Code::internal, "the issuer cannot use its key");
  const auto worth = proof::voprf::output_at(**key, proof::token_input(redemption.nonce));
  const bool good = worth && equal_in_constant_time(proof::redemption_mac(redemption, *worth).bytes(),
                                                    redemption.mac.bytes());
  if (!good) return no(Code::bad_signature, "not a token of this network");
  AdmissionReceipt receipt{redemption.network, redemption.mode,     redemption.role_class, redemption.epoch,
                           redemption.h0,      redemption.manifest, Signature::zero()};
  receipt.signature = signer_.sign(unsigned_bytes(receipt));
  return receipt;
}

Result<std::size_t> Issuer::forget(Day today) {
  const std::scoped_lock lock(mutex_);
  const auto over = [&](std::uint32_t epoch) {
    return epoch < proof::token_epoch(today) && !proof::redeemable(epoch, today);
  };
  std::erase_if(keys_, [&](const auto& one) { return over(one.first.epoch); });
  std::vector<std::filesystem::path> gone;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, failed)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("epoch-") || entry.path().extension() != ".seed") continue;
    const auto epoch = static_cast<std::uint32_t>(std::strtoul(name.c_str() + 6, nullptr, 10));
    if (name == proof::issuer_file(epoch) && over(epoch)) gone.push_back(entry.path());
  }
  for (const auto& file : gone) {
    if (!std::filesystem::remove(file, failed))
      return Error{Errc::io, "cannot destroy " + file.string() + ": " + failed.message()};
  }
  return gone.size();
}

}  // namespace seinhuis::broker
