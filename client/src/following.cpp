#include <algorithm>

#include "seinhuis/client/client.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/wire/obligation.h"
#include "silence.h"
#include "tables.h"
#include "woken.h"

// What became of a signal that this desk sent, every step proved.
namespace seinhuis::client {
namespace {

LeafKind leaf_kind(StatusEntry::Step step) {
  switch (step) {
    case StatusEntry::Step::accepted: return LeafKind::accepted;
    case StatusEntry::Step::received: return LeafKind::receipt;
    case StatusEntry::Step::outcome: return LeafKind::outcome;
    case StatusEntry::Step::escalated: return LeafKind::escalation;
    case StatusEntry::Step::unreadable: return LeafKind::unreadable;
  }
  return LeafKind::accepted;
}

}  // namespace

Result<Client::Step> Client::check_step(const StatusEntry& entry, const KeptSent& signal,
                                        const std::vector<std::string>& asked) {
  const Error unproved{Errc::unauthentic, "a step of the signal is not proved by the log"};
  const Hash leaf = proof::log_leaf(leaf_kind(entry.step), entry.salt, entry.statement);
  const auto there = in_history(entry.proof, leaf);
  if (!there) return there.error();
  if (!*there) return unproved;
  Step step{entry, "accepted", {}, {}};
  if (entry.step == StatusEntry::Step::accepted) {
    const auto record = decode_accepted_record(entry.statement);
    if (!record || record->h0 != signal.h0 || record->manifest != signal.manifest) return unproved;
    return step;
  }
  // By a key of any directory: what a desk said before it was removed stays said.
  const auto signed_by_it = [&](const Signature& signature, const Bytes& message) {
    return std::ranges::any_of(trusted_.network.directories, [&](const proof::DirectoryVersion& version) {
      const auto keys = std::ranges::find(version.directory.desks, entry.desk, &metadata::DeskKeys::name);
      return keys != version.directory.desks.end() && proof::verifies(keys->signer, signature, message);
    });
  };
  if (std::ranges::find(asked, entry.desk) == asked.end())
    return Error{Errc::unauthentic, "a step by a desk that did not get the signal"};
  if (entry.step == StatusEntry::Step::received) {
    const auto receipt = decode_receipt(entry.statement);
    if (!receipt || receipt->h0 != signal.h0 || receipt->desk != entry.desk ||
        !signed_by_it(receipt->signature, unsigned_bytes(*receipt))) {
      return Error{Errc::unauthentic, "a receipt that its desk did not sign"};
    }
    step.status = receipt->authentic ? "received" : "not-authentic";
    return step;
  }
  if (entry.step == StatusEntry::Step::escalated) {
    const auto escalation = decode_escalation(entry.statement);
    if (!escalation || escalation->network != trusted_.network.id || escalation->h0 != signal.h0 ||
        escalation->desk != entry.desk)
      return unproved;
    step.status = escalation->next.empty() ? "no-response" : "escalated";
    step.reason = to_string(escalation->deadline);
    step.next = escalation->next;
    step.text = passed_over(*escalation);
    return step;
  }
  const auto outcome = decode_outcome(entry.statement);
  if (!outcome || outcome->parent != signal.h0 || outcome->desk != entry.desk ||
      !signed_by_it(outcome->signature, unsigned_bytes(*outcome))) {
    return Error{Errc::unauthentic, "an outcome that its desk did not sign"};
  }
  step.status = to_string(outcome->status);
  step.reason = outcome->reason;
  step.next = outcome->next;
  return step;
}

Result<std::vector<Client::Step>> Client::follow(const MessageId& signal) {
  auto mine = kept_sent(signal);
  if (!mine) return mine.error();
  if (!*mine) return Error{Errc::absent, "this desk sent no signal " + signal.hex()};
  Request request;
  request.action = Action::follow;
  request.message = signal;
  const auto reply = ask(std::move(request));
  if (!reply) return reply.error();
  if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
  if (reply->code != Code::ok) return Error{Errc::absent, reply->text};
  const auto received = inbox();
  if (!received) return received.error();
  std::vector<std::string> asked = (*mine)->recipients;
  std::vector<Step> steps;
  for (const Item& item : reply->items) {
    const auto entry = decode_status(item.body);
    if (!entry) return Error{Errc::unauthentic, "a step that cannot be read"};
    auto step = check_step(*entry, **mine, asked);
    if (!step) return step.error();
    if (!step->next.empty() && std::ranges::find(asked, step->next) == asked.end())
      asked.push_back(step->next);
    const auto outcome = decode_outcome(entry->statement);
    for (const KeptDelivery& feedback : *received) {
      if (!outcome || feedback.manifest != outcome->manifest) continue;
      for (const FieldView& field : feedback.fields) {
        if (field.field.ends_with(".tekst") && !field.values.empty() &&
            !field.values[0].second.texts.empty()) {
          step->text = field.values[0].second.texts[0];
        }
      }
    }
    steps.push_back(*std::move(step));
  }
  if (asked.size() > (*mine)->recipients.size()) {  // they are of the thread from here on
    (*mine)->recipients = asked;
    const auto put = parts_.store.write([&](store::Writer& writer) {
      return writer.put(sent_table, signal.bytes(), encode(**mine), store::permanent);
    });
    if (!put) return put.error();
  }
  if (is_contradicted(steps)) {
    auto raised =
        raise({AlarmCode::false_silence, "the log holds the answer that the broker says never came", signal});
    if (!raised) return raised.error();
  }
  const auto prologue = decode_prologue((*mine)->prologue);
  if (!prologue) return prologue.error();
  const std::string unsaid = unsaid_silence(trusted_, *prologue, (*mine)->recipients, steps, parts_.clock());
  if (!unsaid.empty()) {
    if (auto raised = raise({AlarmCode::unsaid_silence, unsaid, signal}); !raised) return raised.error();
  }
  return steps;
}

}  // namespace seinhuis::client
