#include "woken.h"

#include <algorithm>

#include "seinhuis/policy/calendar.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/wire/obligation.h"

namespace seinhuis::client {
namespace {

constexpr auto clocks_differ = std::chrono::hours(1);  // the sender's and the broker's

// Before any deadline that a rule with this desk's role in its chain gives. What is urgent finds nobody on
// duty at once, and a desk that was removed answers nothing any more.
bool too_soon(const Escalation& escalation, const Prologue& prologue, const std::string& desk,
              const metadata::Directory& directory, const policy::Policy& made) {
  if (prologue.urgent || proof::find_desk(directory, escalation.desk) == nullptr) return false;
  const policy::Index me = made.desk(desk);
  return me != policy::none && std::ranges::none_of(made.source().rules, [&](const bundle::Rule& rule) {
           if (std::ranges::find(rule.chain, made.source().desks[me].role) == rule.chain.end()) return false;
           return escalation.due + clocks_differ >=
                  policy::due_at(made.source().calendar, rule.deadlines, Deadline::pick_up, prologue.created);
         });
}

}  // namespace

Woken judge_waking(const Delivery& delivery, const Prologue& prologue, const Hash& h0,
                   const Knowledge& knowledge, const policy::Policy& made) {
  const proof::Network& network = knowledge.trusted.network;
  const Day today = Day::of(knowledge.now);
  const auto shown = decode_escalation_proof(delivery.escalation);
  if (!shown) return Woken::no;
  const auto escalation = decode_escalation(shown->record);
  if (!escalation || escalation->network != network.id || escalation->h0 != h0 ||
      escalation->next != knowledge.desk || Day::of(escalation->due) > today)
    return Woken::no;
  const Hash leaf = proof::log_leaf(LeafKind::escalation, shown->salt, shown->record);
  const metadata::Directory& directory = network.directory_on(today)->directory;
  if (prologue.mode != Mode::identified) {
    const auto promise = decode_promise(shown->proof);
    const bool promised =
        promise && proof::promises(*promise, leaf, promise->day, network.id, directory.log_key);
    return promised ? Woken::rightly : Woken::no;
  }
  const auto proof = decode_log_proof(shown->proof);
  if (!proof || !proof::proves(*proof, leaf, network.id, directory.log_id, directory.log_key))
    return Woken::no;
  return too_soon(*escalation, prologue, knowledge.desk, directory, made) ? Woken::too_soon : Woken::rightly;
}

}  // namespace seinhuis::client
