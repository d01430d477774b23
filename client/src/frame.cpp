#include "frame.h"

#include <algorithm>

#include "seinhuis/base/message_id.h"
#include "seinhuis/proof/keyset.h"
#include "seinhuis/wire/token.h"

namespace seinhuis::client {
namespace {

std::vector<Frame::Step> steps_of(const metadata::Directory& directory, const policy::Policy& policy,
                                  Day today) {
  std::vector<Frame::Step> steps;
  const auto all = policy::evaluated_unnamed(policy);
  if (!all.empty()) steps.push_back({Office::issuer, Action::redeem_evaluation});
  for (const policy::Evaluated& one : all) {
    const metadata::Keyset* keyset = proof::keyset_on(directory, one.domain, one.type, today);
    if (keyset == nullptr) continue;
    for (const metadata::Evaluator& evaluator : keyset->evaluators) {
      steps.push_back({office_of(evaluator.name), Action::evaluate, evaluator.name, one.domain, one.type,
                       keyset->generation, one.fields * proof::identifiers_per_field});
    }
  }
  steps.push_back({Office::issuer, Action::redeem});
  steps.push_back({Office::broker, Action::submit});
  return steps;
}

}  // namespace

Office office_of(std::string_view evaluator) {
  return evaluator == proof::notary_name ? Office::issuer : Office::broker;
}

Frame::Frame(const proof::Network& network, const policy::Policy& policy, Day today, Random& random, Ask ask)
    : steps_(steps_of(network.directory_on(today)->directory, policy, today)),
      next_(steps_.begin()),
      network_(network.id),
      random_(random),
      message_(new_message_id(today.begins(), random)),
      ask_(std::move(ask)) {}

Result<Done> Frame::until(Action action) { return pass(std::ranges::find(steps_, action, &Step::action)); }

Result<Done> Frame::until(const std::string& evaluator, const EvaluationRequest& request) {
  return pass(std::ranges::find_if(steps_, [&](const Step& step) {
    return step.evaluator == evaluator && step.domain == request.domain && step.type == request.type;
  }));
}

Result<Done> Frame::pass(std::vector<Step>::const_iterator to) {
  if (to == steps_.end() || to < next_) return Error{Errc::refused, "not asked any more today"};
  while (next_ != to && !ended_) {
    if (auto asked = ask_nothing(*next_++); !asked) return asked;
  }
  if (ended_) return Error{Errc::unreachable, "an office did not answer"};
  ++next_;  // the caller's
  return Done{};
}

Result<Done> Frame::finish() {
  while (next_ != steps_.end() && !ended_) {
    if (auto asked = ask_nothing(*next_++); !asked) return asked;
  }
  return ended_ ? Result<Done>(Error{Errc::unreachable, "an office did not answer"}) : Done{};
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
