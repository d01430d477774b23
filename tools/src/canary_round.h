#pragma once

#include "canary_state.h"
#include "profile.h"

namespace seinhuis::tools {

// One round of canary signals: signals about nobody that two desks send each other in each mode, by the way
// that every signal takes, and answer.
class CanaryRound {
 public:
  // `draft`: the signal to send; its theme tells canaries from other signals.
  CanaryRound(Profile& profile, policy::Draft draft, CanaryState& state, std::chrono::minutes every,
              Instant now)
      : profile_(profile), draft_(std::move(draft)), state_(state), every_(every), now_(now) {}

  // Takes in, answers, sends what is due and looks for answers, each as far as it goes. Gives what went
  // wrong.
  std::vector<std::string> run();

 private:
  Result<Done> take_in();
  Result<Done> answer();
  Result<Done> send_named();
  Result<Done> send_unnamed();
  Result<Done> look_at_named();
  Result<Done> read_board();
  Result<Done> look_at_unnamed(Mode mode);
  Result<bool> is_answered(const UnnamedCanary& one) const;
  Result<std::vector<client::KeptSent>> canaries_sent() const;

  Profile& profile_;
  policy::Draft draft_;
  CanaryState& state_;
  std::chrono::minutes every_;
  Instant now_;
};

}  // namespace seinhuis::tools
