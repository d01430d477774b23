#include "seinhuis/broker/issuer.h"

#include "refusal.h"
#include "seinhuis/base/key_file.h"
#include "seinhuis/policy/pseudonym.h"
#include "seinhuis/policy/role_class.h"
#include "seinhuis/proof/keyset.h"

namespace seinhuis::broker {
namespace {

// Tokens of its own class, of everybody's, and for evaluations unless it receives pseudonyms.
bool may_have(const policy::Policy& policy, policy::Index desk, const TokenKind& kind) {
  if (desk == policy::none) return false;
  if (kind.use == TokenUse::evaluation) return policy::may_have_evaluation_tokens(policy, desk);
  return kind.role_class.empty() || kind.role_class == policy::role_class(policy, desk);
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
    return no(Code::unauthorised, request.kind.use == TokenUse::evaluation
                                      ? "an organisation that receives pseudonyms has none made"
                                      : "this desk is not of class " + request.kind.role_class);
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

// What is wrong with a token; nothing when it is one of that kind. `mac`: of what it is spent on, made with
// what the token is worth.
std::optional<Refusal> Issuer::judge_token(const World& world, const Hash& network, const TokenKind& kind,
                                           const Spent& spent, Day today) {
  if (network != world.network.id) return no(Code::wrong_network, "a token of another network");
  if (!proof::redeemable(kind.epoch, today)) return no(Code::expired, "a token that counts on other days");
  if (proof::find_token_key(world.network.directory_on(today)->directory, kind) == nullptr)
    return no(Code::stale_metadata, "no such tokens");
  const auto key = key_of(kind);
  if (!key) return no(Code::internal, "the issuer cannot use its key");
  const auto worth = proof::voprf::output_at(**key, proof::token_input(spent.nonce));
  if (!worth || !equal_in_constant_time(spent.mac_with(*worth).bytes(), spent.mac.bytes()))
    return no(Code::bad_signature, "not a token of this network");
  return std::nullopt;
}

std::variant<AdmissionReceipt, Refusal> Issuer::judge(const World& world, const Redemption& redemption,
                                                      Day today) {
  if ((redemption.mode == Mode::anonymous) != redemption.role_class.empty())
    return no(Code::malformed, "an anonymous message is everybody's, a confidential one of a class");
  const auto mac_with = [&](const proof::voprf::Output& worth) {
    return proof::redemption_mac(redemption, worth);
  };
  const TokenKind kind{TokenUse::admission, redemption.role_class, redemption.epoch};
  if (auto refusal =
          judge_token(world, redemption.network, kind, {redemption.nonce, redemption.mac, mac_with}, today))
    return *std::move(refusal);
  AdmissionReceipt receipt{redemption.network, redemption.mode,     redemption.role_class, redemption.epoch,
                           redemption.h0,      redemption.manifest, Signature::zero()};
  receipt.signature = signer_.sign(unsigned_bytes(receipt));
  return receipt;
}

std::variant<EvaluationReceipt, Refusal> Issuer::judge(const World& world,
                                                       const EvaluationRedemption& redemption, Day today) {
  const auto mac_with = [&](const proof::voprf::Output& worth) {
    return proof::redemption_mac(redemption, worth);
  };
  const TokenKind kind{TokenUse::evaluation, {}, redemption.epoch};
  if (auto refusal =
          judge_token(world, redemption.network, kind, {redemption.nonce, redemption.mac, mac_with}, today))
    return *std::move(refusal);
  EvaluationReceipt receipt{redemption.network, redemption.epoch, redemption.message, Signature::zero()};
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
