#include "woken.h"

#include <algorithm>

#include "seinhuis/policy/calendar.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/wire/obligation.h"

namespace seinhuis::client {
namespace {

constexpr auto clocks_differ = std::chrono::hours(1);  // the sender's and the broker's

// By this rule the silent desk could owe it, itself or in its chain, and this desk be asked next.
bool could_owe(const bundle::Rule& rule, const std::string& silent, const std::string& desk,
               const policy::Policy& made) {
  const policy::Index them = made.desk(silent);
  const policy::Index me = made.desk(desk);
  if (them == policy::none || me == policy::none) return false;
  const auto in_chain = [&](policy::Index one) {
    return std::ranges::find(rule.chain, made.source().desks[one].role) != rule.chain.end();
  };
  const bundle::Selector& to = rule.to;
  const bool named = std::ranges::find(to.roles, made.source().desks[them].role) != to.roles.end() ||
                     std::ranges::find(to.desks, silent) != to.desks.end() ||
                     (to.roles.empty() && to.desks.empty());
  return in_chain(me) && (in_chain(them) || named);
}

// Whether it can be true that the desk was silent so long. What is urgent finds nobody on duty at once, and a
// desk that was removed answers nothing any more.
Woken judge_silence(const Escalation& escalation, const Prologue& prologue, const std::string& desk,
                    const metadata::Directory& directory, const policy::Policy& made) {
  const bool at_once = prologue.urgent || proof::find_desk(directory, escalation.desk) == nullptr;
  Woken judged = Woken::no;
  for (const bundle::Rule& rule : made.source().rules) {
    if (!could_owe(rule, escalation.desk, desk, made)) continue;
    if (at_once || escalation.due + clocks_differ >= policy::due_at(made.source().calendar, rule.deadlines,
                                                                    Deadline::pick_up, prologue.created))
      return Woken::rightly;
    judged = Woken::too_soon;
  }
  return judged;
}

// What the log says, or promises where nobody is named.
bool is_logged(const EscalationProof& shown, LeafKind kind, const Prologue& prologue,
               const proof::Network& network, Day today) {
  const Hash leaf = proof::log_leaf(kind, shown.salt, shown.record);
  const metadata::Directory& directory = network.directory_on(today)->directory;
  if (prologue.mode != Mode::identified) {
    const auto promise = decode_promise(shown.proof);
    return promise && promise->day >= Day::of(prologue.created) && promise->day <= today.plus(1) &&
           proof::promises(*promise, leaf, promise->day, network.id, directory.log_key);
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

std::optional<SignedHead> head_of_waking(const Delivery& delivery) {
  const auto shown = decode_escalation_proof(delivery.escalation);
  const auto proof = shown ? decode_log_proof(shown->proof) : Result<LogProof>(shown.error());
  return proof ? std::optional(proof->head) : std::nullopt;
}

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
  return judge_silence(*escalation, prologue, knowledge.desk, directory, made);
}

std::string passed_over(const Escalation& escalation) {
  std::string names;
  for (const std::string& desk : escalation.passed) names += (names.empty() ? "" : ", ") + desk;
  return names.empty()
             ? names
             : "overgeslagen: " + names + " (het beleid geeft vandaag niets, of de desk is er niet meer)";
}

}  // namespace seinhuis::client
