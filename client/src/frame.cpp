#include "frame.h"

#include <algorithm>

#include "seinhuis/proof/keyset.h"
#include "seinhuis/wire/token.h"

namespace seinhuis::client {
namespace {

Office office_of(const metadata::Evaluator& evaluator) {
  return evaluator.name == proof::notary_name ? Office::issuer : Office::broker;
}

std::vector<Frame::Step> steps_of(const metadata::Directory& directory, const policy::Policy& policy,
                                  Day today) {
  std::vector<Frame::Step> steps;
  const auto all = policy::evaluated_unnamed(policy);
  if (!all.empty()) steps.push_back({Office::issuer, Action::redeem_evaluation});
  for (const policy::Evaluated& one : all) {
    const metadata::Keyset* keyset = proof::keyset_on(directory, one.domain, one.type, today);
    if (keyset == nullptr) continue;
    for (const metadata::Evaluator& evaluator : keyset->evaluators) {
      steps.push_back({office_of(evaluator), Action::evaluate, evaluator.name, one.domain, one.type,
                       keyset->generation, one.fields * proof::identifiers_per_field});
    }
  }
  steps.push_back({Office::issuer, Action::redeem});
  steps.push_back({Office::broker, Action::submit});
  return steps;
}

}  // namespace

Frame::Frame(const proof::Network& network, const policy::Policy& policy, Day today, Random& random, Ask ask)
    : steps_(steps_of(network.directory_on(today)->directory, policy, today)),
      network_(network.id),
      random_(random),
      message_(random.draw<MessageId>()),
      ask_(std::move(ask)) {}

Result<Done> Frame::until(Action action) {
  const auto found = std::ranges::find(steps_, action, &Step::action);
  return found == steps_.end() ? Result<Done>(Done{})
                               : pass(static_cast<std::size_t>(found - steps_.begin()));
}

Result<Done> Frame::until(const std::string& evaluator, const EvaluationRequest& request) {
  const auto found = std::ranges::find_if(steps_, [&](const Step& step) {
    return step.evaluator == evaluator && step.domain == request.domain && step.type == request.type;
  });
  return found == steps_.end() ? Result<Done>(Done{})
                               : pass(static_cast<std::size_t>(found - steps_.begin()));
}

Result<Done> Frame::pass(std::size_t until) {
  while (next_ < until) {
    if (auto asked = ask_nothing(steps_[next_++]); !asked) return asked;
  }
  next_ = std::max(next_, until + 1);  // the caller's
  return Done{};
}

// A token that is none, points that nobody wants, a message that is none.
Result<Done> Frame::ask_nothing(const Step& step) {
  Bytes body;
  if (step.action == Action::redeem_evaluation)
    body =
        encode(EvaluationRedemption{network_, 0, random_.draw<TokenNonce>(), message_, random_.draw<Hash>()});
  if (step.action == Action::evaluate) body = evaluation_of_nothing(step);
  if (step.action == Action::redeem)
    body = encode(Redemption{network_,
                             Mode::anonymous,
                             {},
                             0,
                             random_.draw<TokenNonce>(),
                             random_.draw<Hash>(),
                             random_.draw<Hash>(),
                             random_.draw<Hash>()});
  const auto reply = ask_(step.office, step.action, std::move(body));
  return reply ? Result<Done>(Done{}) : reply.error();
}

Bytes Frame::evaluation_of_nothing(const Step& step) {
  PaidEvaluation nothing;
  nothing.request.network = network_;
  nothing.request.message = message_;
  nothing.request.domain = step.domain;
  nothing.request.type = step.type;
  nothing.request.generation = step.generation;
  for (std::size_t n = 0; n < step.elements; ++n)
    nothing.request.elements.push_back(random_.draw<PointBytes>());
  nothing.receipt = {network_, 0, message_, random_.draw<Signature>()};
  return encode(nothing);
}

}  // namespace seinhuis::client
