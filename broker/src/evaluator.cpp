#include "seinhuis/broker/evaluator.h"

#include <algorithm>
#include <set>

#include "refusal.h"
#include "seinhuis/base/key_file.h"
#include "seinhuis/policy/pseudonym.h"
#include "seinhuis/proof/sign.h"
#include "seinhuis/proof/token.h"

namespace seinhuis::broker {
namespace {

const Refusal of_another_network = no(Code::wrong_network, "a request of another network");

// As many elements as some shape evaluates there, whatever the message holds.
bool is_a_count(const policy::Policy& policy, const EvaluationRequest& request) {
  for (std::size_t shape = 0; shape < policy.source().shapes.size(); ++shape) {
    const std::size_t fields =
        policy::fields_in(policy, static_cast<policy::Index>(shape), request.domain, request.type).size();
    if (fields != 0 && request.elements.size() == fields * proof::identifiers_per_field) return true;
  }
  return false;
}

}  // namespace

std::optional<Refusal> Evaluator::judge(const World& world, std::string_view desk,
                                        const EvaluationRequest& request, Day today) const {
  if (request.network != world.network.id) return of_another_network;
  const metadata::Directory& directory = world.network.directory_on(today)->directory;
  const metadata::DeskKeys* keys = proof::find_desk(directory, desk);
  if (keys == nullptr || !proof::verifies(keys->signer, request.signature, unsigned_bytes(request)))
    return no(Code::bad_signature, "the signature of the request does not hold");
  const auto may = [&](const policy::Policy& policy) -> std::optional<std::string> {
    if (policy::may_evaluate(policy, policy.desk(desk), request.domain, request.type)) return {};
    return "no rule lets this desk send pseudonyms of that domain and type";
  };
  return judge_what(world, request, may, today);
}

std::optional<Refusal> Evaluator::judge(const World& world, const PaidEvaluation& paid, Day today) const {
  const EvaluationRequest& request = paid.request;
  if (request.network != world.network.id) return of_another_network;
  if (!proof::pays(world.network, paid.receipt, request.message, today))
    return no(Code::bad_signature, "what was paid with is no receipt for this message, or for other days");
  const auto may = [&](const policy::Policy& policy) -> std::optional<std::string> {
    if (policy::may_evaluate_unnamed(policy, request.domain, request.type)) return {};
    return "no rule lets a message that names nobody have pseudonyms of that domain and type";
  };
  return judge_what(world, request, may, today);
}

std::optional<Refusal> Evaluator::judge_what(const World& world, const EvaluationRequest& request,
                                             const May& may, Day today) const {
  const metadata::Directory& directory = world.network.directory_on(today)->directory;
  const metadata::Keyset* keyset = proof::keyset_on(directory, request.domain, request.type, today);
  if (keyset == nullptr || keyset->generation != request.generation)
    return no(Code::stale_metadata, "no such keyset today, or another generation; synchronise");
  const bool own = std::ranges::any_of(
      keyset->evaluators, [&](const metadata::Evaluator& evaluator) { return evaluator.name == name_; });
  if (!own) return no(Code::unsupported, "this is no evaluator of that keyset");
  const policy::Policy& policy = *world.policy(world.network.policy_on(today)->version);
  if (auto why = may(policy)) return Refusal{Code::refused, *std::move(why), {}, Gate::basis};
  if (!is_a_count(policy, request))
    return no(Code::malformed, "not the number of elements that a message of that shape evaluates");
  return std::nullopt;
}

Result<Done> Evaluator::load(const std::string& file) {
  if (seeds_.contains(file)) return Done{};
  auto seed = read_key<proof::EvaluatorSeed>(folder_ / file);
  if (!seed) return seed.error();
  seeds_.emplace(file, *std::move(seed));
  return Done{};
}

Result<Done> Evaluator::check_seeds() {
  const std::scoped_lock lock(mutex_);
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, failed)) {
    if (entry.path().extension() != ".seed") continue;
    if (auto loaded = load(entry.path().filename().string()); !loaded) return loaded;
  }
  return Done{};
}

Result<EvaluationAnswer> Evaluator::evaluate(const metadata::Keyset& keyset,
                                             const EvaluationRequest& request) {
  const auto elements = proof::parse_elements(request.elements);
  if (!elements) return elements.error();
  const std::string file = proof::seed_file(keyset.domain, keyset.generation);
  std::optional<proof::voprf::KeyPair> key;
  std::optional<proof::SecretScalar> nonce;
  {
    const std::scoped_lock lock(mutex_);
    if (auto loaded = load(file); !loaded) return loaded.error();
    const proof::EvaluatorSeed& seed = seeds_.at(file);
    key.emplace(proof::evaluator_key(seed, keyset));
    nonce.emplace(proof::voprf::fresh_scalar(random_, unsigned_bytes(request), seed.reveal()));
  }
  const auto made = proof::voprf::evaluate(*key, *elements, *nonce);
  if (!made) return made.error();
  return proof::answer_of(*made);
}

Result<std::size_t> Evaluator::forget(const metadata::Directory& directory, Day today) {
  std::set<std::string> needed;
  std::set<std::string> over;
  for (const metadata::Keyset& keyset : directory.keysets)
    (keyset.until < today ? over : needed).insert(proof::seed_file(keyset.domain, keyset.generation));
  const std::scoped_lock lock(mutex_);
  std::size_t destroyed = 0;
  for (const std::string& file : over) {
    if (needed.contains(file)) continue;
    seeds_.erase(file);
    std::error_code failed;
    if (std::filesystem::remove(folder_ / file, failed)) ++destroyed;
    if (failed) return Error{Errc::io, "cannot destroy " + file + ": " + failed.message()};
  }
  return destroyed;
}

}  // namespace seinhuis::broker
