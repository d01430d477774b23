#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>

#include "seinhuis/broker/admission.h"
#include "seinhuis/proof/keyset.h"

namespace seinhuis::broker {

// One of those who make pseudonyms without seeing of what (schemas/PROTOCOL.md, "Pseudonyms"). Any thread.
class Evaluator {
 public:
  // `folder` holds the seeds; `name` is what the directory calls this evaluator.
  Evaluator(std::string name, std::filesystem::path folder, Random& random)
      : name_(std::move(name)), folder_(std::move(folder)), random_(random) {}

  // That the broker alone can read its seeds. Fails with refused, naming the file, io or malformed.
  Result<Done> check_seeds();
  // What is wrong with a request that came over the connection of `desk`: signature, network, generation,
  // policy, count. Nothing when it may be evaluated.
  std::optional<Refusal> judge(const World& world, std::string_view desk, const EvaluationRequest& request,
                               Day today) const;
  // The same of a request by nobody: the receipt of the issuer instead of a desk.
  std::optional<Refusal> judge(const World& world, const PaidEvaluation& paid, Day today) const;
  // The elements under this evaluator's key, with the proof. Fails with absent when it has no seed for the
  // generation, malformed when an element is no point, io, or refused when others may read the seed.
  Result<EvaluationAnswer> evaluate(const metadata::Keyset& keyset, const EvaluationRequest& request);
  // Destroys the seeds of generations that were over before `today`. Gives how many.
  Result<std::size_t> forget(const metadata::Directory& directory, Day today);

 private:
  // Why the policy does not let it be evaluated; nothing when it does.
  using May = std::function<std::optional<std::string>(const policy::Policy& policy)>;
  std::optional<Refusal> judge_what(const World& world, const EvaluationRequest& request, const May& may,
                                    Day today) const;
  Result<Done> load(const std::string& file);

  std::string name_;
  std::filesystem::path folder_;
  Random& random_;
  std::mutex mutex_;
  std::map<std::string, proof::EvaluatorSeed> seeds_;  // by file
};

// The broker's name among the evaluators of a keyset.
constexpr const char* broker_evaluator = "broker";

}  // namespace seinhuis::broker
