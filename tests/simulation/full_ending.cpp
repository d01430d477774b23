#include "seinhuis/client/board.h"
#include "simulation/full_cast.h"
#include "simulation/full_stack.h"

// What must be true when a history of the whole program is over: each melder reads what became of it.
namespace seinhuis::simulation {

using namespace std::chrono_literals;
using test::must;

std::string FullHistory::ending() {
  note("all is well again");
  world_.mend();
  world_.notary_comes_back();
  for (const std::string& desk : everybody) {
    world_.lose_answers(desk, 0);
    world_.deliver_twice(desk, 0);
  }
  for (int round = 0; round < 3; ++round) {
    next_day();
    (void)world_.notary_looks();
    for (const std::string& desk : {gemeente, zorg, avim, ovd, gemeente}) look(desk);
  }
  world_.keep_time();
  learn();
  if (auto broken = broken_in(world_.broker_store(), truth_, world_.now()); !broken.empty()) return broken;
  Inboxes inboxes;
  for (const std::string& desk : answering) {
    for (const client::KeptDelivery& kept : must(world_.desk(desk).inbox())) {
      if (!inboxes.insert({kept.message, desk}).second) return desk + " has a message twice";
    }
  }
  if (auto broken = named_are_answered(inboxes); !broken.empty()) return broken;
  if (auto broken = unnamed_are_answered(inboxes); !broken.empty()) return broken;
  return nobody_is_accused();
}

std::string FullHistory::named_are_answered(const Inboxes& inboxes) {
  for (const client::KeptSent& kept : must(world_.desk(gemeente).sent())) {
    if (kept.state == client::KeptSent::State::queued) return "a message is queued for ever";
    if (kept.state != client::KeptSent::State::accepted || kept.kind != Kind::signal)
      continue;  // it was told why, and to make it anew
    if (!inboxes.contains({kept.message, avim}))
      return short_name(kept.message) + " was accepted and never came";
    const auto steps = world_.desk(gemeente).follow(kept.message);
    if (!steps || steps->empty()) return "an accepted message cannot be followed";
    for (const client::Step& step : *steps) {
      if (step.status == "escalated" && !inboxes.contains({kept.message, step.next}))
        return step.next + " was asked for " + short_name(kept.message) + " and never got it";
    }
  }
  for (const auto& [key, outcomes] : truth_.taken) {
    if (unnamed_ && key.first == unnamed_->message) continue;
    const auto steps = must(world_.desk(gemeente).follow(key.first));
    for (const Bytes& outcome : outcomes) {
      const auto shown = [&](const client::Step& step) { return step.entry.statement == outcome; };
      if (std::ranges::none_of(steps, shown))
        return "what " + key.second + " said never reached the municipality";
    }
  }
  return {};
}

// Who holds the words reads on the board what became of it.
std::string FullHistory::unnamed_are_answered(const Inboxes& inboxes) {
  if (!unnamed_) return {};
  const std::string name = short_name(unnamed_->message);
  if (!truth_.accepted.contains(unnamed_->message)) {
    const bool told = !must(world_.desk(zorg).refused_unnamed()).empty();
    return told ? "" : name + " names nobody and waits for ever";
  }
  if (!inboxes.contains({unnamed_->message, avim})) return name + " names nobody, and never came";
  const auto steps =
      client::read_board(world_.signed_world().get()->network, world_.today(),
                         unnamed_->words.keys(world_.network_id()), [this](Request request) -> Result<Reply> {
                           return world_.ask(broker::anonymous_peer, std::move(request));
                         });
  if (!steps) return "the board cannot be read: " + steps.error().detail;
  const auto tells = [&](const std::string& desk, std::string_view status) {
    return std::ranges::any_of(
        *steps, [&](const client::BoardStep& step) { return step.by == desk && step.status == status; });
  };
  if (!tells("", "accepted") || !tells(avim, "received")) return "the words of " + name + " show too little";
  for (const client::BoardStep& step : *steps) {
    if (step.status == "escalated" && !inboxes.contains({unnamed_->message, step.next}))
      return step.next + " was asked for " + name + ", and never got it";
  }
  for (const auto& [key, outcomes] : truth_.taken) {
    if (key.first != unnamed_->message) continue;
    for (const Bytes& outcome : outcomes) {
      const auto shown = [&](const client::BoardStep& step) {
        return step.readable && step.outcome && encode(*step.outcome) == outcome;
      };
      if (std::ranges::none_of(*steps, shown)) return "what " + key.second + " said is not on the board";
    }
  }
  return {};
}

// What was refused for having waited too long is missing, and its recipient may say so; so may who sees that
// the notary could not look.
std::string FullHistory::nobody_is_accused() {
  const auto sent = must(world_.desk(gemeente).sent());
  const bool refused =
      std::ranges::find(sent, client::KeptSent::State::refused, &client::KeptSent::state) != sent.end();
  for (const std::string& desk : everybody) {
    for (const client::KeptAlarm& kept : must(world_.desk(desk).alarms())) {
      if (kept.alarm.code == client::AlarmCode::gap && refused) continue;
      if (kept.alarm.code == client::AlarmCode::blind_notary && notary_missed_) continue;
      return desk + " raises '" + std::string(client::to_string(kept.alarm.code)) +
             "' against an honest broker";
    }
  }
  return {};
}

}  // namespace seinhuis::simulation
