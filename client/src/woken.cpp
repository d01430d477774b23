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

// What the log says, or promises where nobody is named.
bool is_logged(const EscalationProof& shown, LeafKind kind, const Prologue& prologue,
               const proof::Network& network, Day today) {
  const Hash leaf = proof::log_leaf(kind, shown.salt, shown.record);
  const metadata::Directory& directory = network.directory_on(today)->directory;
  if (prologue.mode != Mode::identified) {
    const auto promise = decode_promise(shown.proof);
    return promise && proof::promises(*promise, leaf, promise->day, network.id, directory.log_key);
  }
  const auto proof = decode_log_proof(shown.proof);
  return proof && proof::proves(*proof, leaf, network.id, directory.log_id, directory.log_key);
}

// A desk handed the matter over to this one, and signed that it did.
bool is_handed_over(const EscalationProof& shown, const Prologue& prologue, const Hash& h0,
                    const Knowledge& knowledge) {
  const proof::Network& network = knowledge.trusted.network;
  const Day today = Day::of(knowledge.now);
  const auto outcome = decode_outcome(shown.record);
  if (!outcome || outcome->network != network.id || outcome->parent != h0 || outcome->next != knowledge.desk)
    return false;
  // By a key of any directory: what a desk said before it was removed stays said.
  const bool said = std::ranges::any_of(network.directories, [&](const proof::DirectoryVersion& version) {
    const auto keys = std::ranges::find(version.directory.desks, outcome->desk, &metadata::DeskKeys::name);
    return keys != version.directory.desks.end() &&
           proof::verifies(keys->signer, outcome->signature, unsigned_bytes(*outcome));
  });
  return said && is_logged(shown, LeafKind::outcome, prologue, network, today);
}

}  // namespace

Woken judge_waking(const Delivery& delivery, const Prologue& prologue, const Hash& h0,
                   const Knowledge& knowledge, const policy::Policy& made) {
  const proof::Network& network = knowledge.trusted.network;
  const Day today = Day::of(knowledge.now);
  const auto shown = decode_escalation_proof(delivery.escalation);
  if (!shown) return Woken::no;
  if (is_handed_over(*shown, prologue, h0, knowledge)) return Woken::rightly;
  const auto escalation = decode_escalation(shown->record);
  if (!escalation || escalation->network != network.id || escalation->h0 != h0 ||
      escalation->next != knowledge.desk || Day::of(escalation->due) > today)
    return Woken::no;
  if (!is_logged(*shown, LeafKind::escalation, prologue, network, today)) return Woken::no;
  const metadata::Directory& directory = network.directory_on(today)->directory;
  return too_soon(*escalation, prologue, knowledge.desk, directory, made) ? Woken::too_soon : Woken::rightly;
}

}  // namespace seinhuis::client
