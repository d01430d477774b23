#pragma once

#include "seinhuis/base/random.h"
#include "seinhuis/client/link.h"
#include "seinhuis/policy/pseudonym.h"
#include "seinhuis/proof/trust.h"

namespace seinhuis::client {

// Where an evaluator has its anonymous endpoint.
Office office_of(std::string_view evaluator);

// What a desk asks the anonymous offices in its daily frame, in order: the same whether it has something to
// say or not, and whatever they answer. What a message does not ask is asked in its place by what is nothing.
class Frame {
 public:
  // Its steps stand still.
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame() = default;
  struct Step {
    Office office = Office::broker;
    Action action = Action::submit;
    std::string evaluator = {};  // of an evaluation, as the next three
    std::string domain = {};
    IdentifierType type = IdentifierType::none;
    std::uint32_t generation = 0;
    std::size_t elements = 0;
  };
  using Ask = std::function<Result<Reply>(Office office, Action action, Bytes body)>;

  // The steps of today's policy and directory.
  Frame(const proof::Network& network, const policy::Policy& policy, Day today, Random& random, Ask ask);

  // Everything before that step, which the caller takes. Fails with unreachable once the frame has ended, and
  // with refused when there is no such step any more: then it is not asked.
  Result<Done> until(Action action);
  Result<Done> until(const std::string& evaluator, const EvaluationRequest& request);
  // An office did not answer: nothing is asked any more.
  void end() { ended_ = true; }
  // What is left.
  Result<Done> finish();

 private:
  Result<Done> pass(std::vector<Step>::const_iterator to);
  Result<Done> ask_nothing(const Step& step);
  Bytes evaluation_of_nothing(const Step& step);

  std::vector<Step> steps_;
  std::vector<Step>::const_iterator next_;
  bool ended_ = false;
  Hash network_;
  Random& random_;
  MessageId message_;
  Ask ask_;
};

}  // namespace seinhuis::client
