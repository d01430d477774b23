#include "silence.h"

#include <algorithm>

#include "seinhuis/policy/calendar.h"
#include "seinhuis/policy/message.h"
#include "seinhuis/wire/obligation.h"

namespace seinhuis::client {
namespace {

using Entry = StatusEntry::Step;

// A broker that was down over night says it in the morning. After a restore deadlines are held for longer.
constexpr std::chrono::hours patience(24);
constexpr std::chrono::hours patience_after_restore(14 * 24);

// The step would have met the deadline.
bool meets(const Step& step, Deadline deadline) {
  if (step.entry.step == Entry::received) return deadline == Deadline::pick_up && step.status == "received";
  if (step.entry.step != Entry::outcome) return false;
  return deadline != Deadline::outcome || step.status == to_string(Status::gesloten) ||
         step.status == to_string(Status::onvoldoende);
}

// After the step nothing more can be owed for the deadline, or it is said that nothing came.
bool settles(const Step& step, Deadline deadline) {
  if (meets(step, deadline)) return true;
  if (step.entry.step != Entry::escalated) return step.entry.step == Entry::unreadable;
  const auto escalation = decode_escalation(step.entry.statement);
  return escalation && (escalation->deadline >= deadline || !escalation->next.empty());
}

}  // namespace

bool is_contradicted(const std::vector<Step>& steps) {
  return std::ranges::any_of(steps, [&](const Step& step) {
    if (step.entry.step != Entry::escalated) return false;
    const auto escalation = decode_escalation(step.entry.statement);
    return escalation && std::ranges::any_of(steps, [&](const Step& other) {
             return other.entry.desk == step.entry.desk && other.entry.proof.index < escalation->log_size &&
                    meets(other, escalation->deadline);
           });
  });
}

std::string unsaid_silence(const Trusted& trusted, const Prologue& prologue,
                           const std::vector<std::string>& recipients, const std::vector<Step>& steps,
                           Instant now) {
  const auto accepted = std::ranges::find(steps, Entry::accepted, [](const Step& s) { return s.entry.step; });
  if (accepted == steps.end() || !prologue.parent.is_zero()) return {};
  const auto record =
      decode_accepted_record(accepted->entry.statement);  // what the log holds, not what is said today
  if (!record) return {};
  const Instant offered = record->at;
  const Day day = Day::of(offered);
  const proof::PolicyVersion* version = trusted.network.policy_on(day);
  const policy::Policy* made = version == nullptr ? nullptr : trusted.policy(version->version);
  if (made == nullptr) return {};
  // Without its statements: what hangs on one is not reckoned with.
  const auto facts =
      policy::facts_of(*made, trusted.network.directory_on(day), prologue, {}, policy::ThreadContext{}, day);
  if (!facts) return {};
  const auto slack = trusted.network.root.logs.size() > 1 ? patience_after_restore : patience;
  for (const std::string& desk : recipients) {
    const policy::Index index = made->desk(desk);
    if (index == policy::none) continue;
    const bundle::Rule* rule = policy::obligation(*made, policy::row_for(*made, *facts, index));
    if (rule == nullptr) continue;
    const bundle::Deadlines& lengths = policy::lengths_of(*rule, prologue.urgent);
    for (const Deadline deadline : {Deadline::pick_up, Deadline::triage}) {
      const Instant due = policy::due_at(made->source().calendar, lengths, deadline, offered);
      const bool said = std::ranges::any_of(
          steps, [&](const Step& step) { return step.entry.desk == desk && settles(step, deadline); });
      if (!said && now >= due + slack)
        return desk + " has not answered by " + utc_text(due) + " (" + std::string(to_string(deadline)) +
               "), and the broker does not say so";
    }
  }
  return {};
}

}  // namespace seinhuis::client
