#pragma once

#include <string_view>

#include "seinhuis/wire/obligation.h"
#include "seinhuis/wire/policy_bundle.h"

// When a desk must have done what a rule obliges it to. All pure; Europe/Amsterdam.
namespace seinhuis::policy {

// Working time: what the calendar says, or Monday to Friday from nine to five.
bundle::Hours working_hours(const bundle::Calendar& calendar);

// The moment at which `wanted` minutes of working time have gone by since `start`. A year without enough of
// it ends after that year.
Instant after_working(const bundle::Calendar& calendar, Instant start, std::uint32_t wanted);

// Somebody is on duty at the desk; a desk without a roster always counts as being so.
bool on_duty(const bundle::Calendar& calendar, std::string_view desk, Instant at);

// What a rule gives, for what is urgent or not.
const bundle::Deadlines& lengths_of(const bundle::Rule& rule, bool urgent);
// When a deadline of a rule is, if its time began to run at `start`.
Instant due_at(const bundle::Calendar& calendar, const bundle::Deadlines& lengths, Deadline deadline,
               Instant start);

// For how many days a message can be fetched: until the last deadline of the longest chain, and a week; at
// least 30. The same for every message under a policy, so that it says nothing of one.
std::uint32_t message_life(const bundle::Policy& policy);

}  // namespace seinhuis::policy
