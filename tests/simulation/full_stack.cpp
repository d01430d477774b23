#include "simulation/full_stack.h"

#include <array>

#include "simulation/cast.h"

namespace seinhuis::simulation {

using namespace std::chrono_literals;
using test::must;

namespace {

// Who must answer, and who does when the AVIM is silent.
const std::array answering = {avim, ovd};
const std::array everybody = {gemeente, avim, ovd};

}  // namespace

FullHistory::FullHistory(const std::filesystem::path& sandbox, Day created, std::uint64_t seed, bool recorded)
    : chance_(seed), recorded_(recorded), world_(sandbox, created) {
  for (const std::string& desk : answering)
    world_.lie_to(desk,
                  [this, desk](const Request& request, Reply& reply) { overhear(desk, request, reply); });
}

void FullHistory::note(const std::string& line) {
  if (recorded_) lines_.push_back(utc_text(world_.now()) + "  " + line);
}

// What a desk says in clear, and whether the broker took it.
void FullHistory::overhear(const std::string& desk, const Request& request, const Reply& reply) {
  if (request.action != Action::submit) return;
  const auto submission = decode_submission(request.body);
  const auto outcome =
      submission ? decode_outcome(submission->outcome) : Result<OutcomeStatement>(submission.error());
  if (!outcome || !sent_.contains(outcome->parent)) return;
  const Truth::OfDesk key{sent_.at(outcome->parent), desk};
  truth_.said[key].push_back(submission->outcome);
  if (reply.code == Code::ok) truth_.taken[key].push_back(submission->outcome);
}

void FullHistory::send() {
  policy::Draft draft = world_.example("A1");
  draft.to = {avim};
  if (chance_.percent(70)) draft.to.push_back(ovd);  // sealed for it, and asleep
  const auto sent = world_.desk(gemeente).send(std::move(draft));
  note("the municipality sends" + (sent ? " " + short_name(sent->kept.message) : ": " + sent.error().detail));
}

void FullHistory::look(const std::string& desk) {
  const auto synced = world_.desk(desk).sync();
  const auto fetched = world_.desk(desk).fetch(0ms);
  note(desk + " looks: " +
       (!synced    ? synced.error().detail
        : !fetched ? fetched.error().detail
                   : std::to_string(*fetched) + " came"));
}

void FullHistory::answer(const std::string& desk) {
  const auto inbox = must(world_.desk(desk).inbox());
  if (inbox.empty()) return;
  const MessageId signal = inbox[chance_.below(inbox.size())].message;
  const Status status = chance_.percent(60) ? Status::opgepakt : Status::gesloten;
  const auto said =
      world_.desk(desk).feedback({signal, status, status == Status::gesloten ? "afgerond" : "", "", false});
  note(desk + " says " + std::string(to_string(status)) + " of " + short_name(signal) +
       (said ? "" : ": " + said.error().detail));
}

void FullHistory::next_day() {
  world_.advance_days(1);
  note("a day later");
}

void FullHistory::something_goes_wrong() {
  const std::string desk = everybody.at(chance_.below(everybody.size()));
  switch (chance_.below(8)) {
    case 0: world_.restart_broker(); return note("the broker starts anew");
    case 1: world_.restart(desk); return note(desk + " starts anew");
    case 2: world_.cut(); return note("nobody reaches the broker");
    case 3: world_.mend(); return note("everybody does again");
    case 4:
      world_.lose_answers(desk, 1 + int(chance_.below(4)));
      return note("answers to " + desk + " are lost");
    case 5: world_.let_time_pass(-3h); return note("the clock is put back three hours");
    case 6: world_.let_time_pass(30h); return note("the clock jumps thirty hours ahead");
    default: world_.deliver_twice(desk, 1 + int(chance_.below(4))); return note(desk + " is heard twice");
  }
}

void FullHistory::act() {
  world_.let_time_pass(std::chrono::duration_cast<std::chrono::minutes>(chance_.within(6h)));
  switch (chance_.below(10)) {
    case 0:
    case 1: return send();
    case 2:
    case 3: return look(answering.at(chance_.below(answering.size())));
    case 4: return look(gemeente);
    case 5:
    case 6: return answer(answering.at(chance_.below(answering.size())));
    case 7: return next_day();
    default: return something_goes_wrong();
  }
}

// What has happened by now, as those to whom it did have it on their disks.
void FullHistory::learn() {
  for (const client::KeptSent& kept : must(world_.desk(gemeente).sent())) {
    sent_.emplace(kept.h0, kept.message);
    if (kept.kind != Kind::signal || kept.state != client::KeptSent::State::accepted) continue;
    Truth::Accepted accepted;
    accepted.h0 = kept.h0;
    accepted.named = true;
    accepted.obliged = accepted.awake = {avim};
    truth_.accepted.try_emplace(kept.message, std::move(accepted));
  }
  for (const std::string& desk : answering) {
    for (const client::KeptDelivery& kept : must(world_.desk(desk).inbox()))
      truth_.received.insert({kept.message, desk});
  }
}

std::string FullHistory::play() {
  const std::size_t steps = 14 + chance_.below(12);
  for (std::size_t n = 0; n < steps; ++n) {
    act();
    world_.keep_time();
    learn();
    const auto broken = broken_in(world_.broker_store(), truth_, std::nullopt);
    if (!broken.empty()) return broken;
  }
  return ending();
}

std::string FullHistory::ending() {
  note("all is well again");
  world_.mend();
  for (const std::string& desk : everybody) {
    world_.lose_answers(desk, 0);
    world_.deliver_twice(desk, 0);
  }
  for (int round = 0; round < 3; ++round) {
    next_day();
    for (const std::string& desk : {gemeente, avim, ovd, gemeente}) look(desk);
  }
  world_.keep_time();
  learn();
  if (auto broken = broken_in(world_.broker_store(), truth_, world_.now()); !broken.empty()) return broken;
  std::set<Truth::OfDesk> inbox;
  for (const std::string& desk : answering) {
    for (const client::KeptDelivery& kept : must(world_.desk(desk).inbox())) {
      if (!inbox.insert({kept.message, desk}).second) return desk + " has a message twice";
    }
  }
  for (const client::KeptSent& kept : must(world_.desk(gemeente).sent())) {
    if (kept.state == client::KeptSent::State::queued) return "a message is queued for ever";
    if (kept.state != client::KeptSent::State::accepted || kept.kind != Kind::signal)
      continue;  // it was told why, and to make it anew
    if (!inbox.contains({kept.message, avim}))
      return short_name(kept.message) + " was accepted and never came";
    const auto steps = world_.desk(gemeente).follow(kept.message);
    if (!steps || steps->empty()) return "an accepted message cannot be followed";
    for (const client::Step& step : *steps) {
      if (step.status == "escalated" && !inbox.contains({kept.message, step.next}))
        return step.next + " was asked for " + short_name(kept.message) + " and never got it";
    }
  }
  for (const auto& [key, outcomes] : truth_.taken) {
    const auto steps = must(world_.desk(gemeente).follow(key.first));
    for (const Bytes& outcome : outcomes) {
      const auto shown = [&](const client::Step& step) { return step.entry.statement == outcome; };
      if (std::ranges::none_of(steps, shown))
        return "what " + key.second + " said never reached the municipality";
    }
  }
  // What was refused for having waited too long is missing, and its recipient may say so.
  const auto sent = must(world_.desk(gemeente).sent());
  const bool refused =
      std::ranges::find(sent, client::KeptSent::State::refused, &client::KeptSent::state) != sent.end();
  for (const std::string& desk : everybody) {
    for (const client::KeptAlarm& kept : must(world_.desk(desk).alarms())) {
      if (kept.alarm.code == client::AlarmCode::gap && refused) continue;
      return desk + " raises '" + std::string(client::to_string(kept.alarm.code)) +
             "' against an honest broker";
    }
  }
  return {};
}

}  // namespace seinhuis::simulation
