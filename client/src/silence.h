#pragma once

#include "seinhuis/client/accept.h"
#include "seinhuis/client/reports.h"

// What the broker says of silence, and what it keeps to itself.
namespace seinhuis::client {

// Of a desk that the broker calls silent there was an answer in the log before it did so.
bool is_contradicted(const std::vector<Step>& steps);

// A desk that let its pick-up or triage pass a day ago or more, of which the steps say neither that it
// answered nor that it was silent; as a text. The deadlines are reckoned from the policy of the day that the
// signal was accepted. Empty when there is none, and of what is no first signal of its thread.
std::string unsaid_silence(const Trusted& trusted, const Prologue& prologue,
                           const std::vector<std::string>& recipients, const std::vector<Step>& steps,
                           Instant now);

}  // namespace seinhuis::client
