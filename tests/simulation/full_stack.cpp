#include "simulation/full_stack.h"

#include "simulation/full_cast.h"

namespace seinhuis::simulation {

using namespace std::chrono_literals;
using test::must;

FullHistory::FullHistory(const std::filesystem::path& sandbox, Day created, std::uint64_t seed, bool recorded)
    : seeded_(seed), chance_(seed), recorded_(recorded), world_(sandbox, created) {
  world_.lie_to(broker::anonymous_peer,
                [this](const Request& request, Reply& reply) { overhear_nobody(request, reply); });
  for (const std::string& desk : answering)
    world_.lie_to(desk,
                  [this, desk](const Request& request, Reply& reply) { overhear(desk, request, reply); });
}

void FullHistory::note(const std::string& line) {
  if (recorded_) lines_.push_back(utc_text(world_.now()) + "  " + line);
}

// What a desk says in clear, and whether the broker took it.
void FullHistory::overhear(const std::string& desk, const Request& request, const Reply& reply) {
  Bytes statement;
  if (request.action == Action::submit) {
    auto submission = decode_submission(request.body);
    if (submission) statement = std::move(submission->outcome);
  } else if (request.action == Action::post) {  // to who is not named
    const auto posting = decode_posting(request.body);
    if (posting) statement = encode(posting->outcome);
  }
  const auto outcome = decode_outcome(statement);
  if (!outcome || !sent_.contains(outcome->parent)) return;
  const Truth::OfDesk key{sent_.at(outcome->parent), desk};
  truth_.said[key].push_back(statement);
  if (reply.code == Code::ok) truth_.taken[key].push_back(statement);
}

// What the broker let in without knowing of whom.
void FullHistory::overhear_nobody(const Request& request, const Reply& reply) {
  if (request.action != Action::submit || reply.code != Code::ok) return;
  const auto submission = decode_submission(request.body);
  const auto prologue =
      submission ? decode_prologue(submission->prologue) : Result<Prologue>(submission.error());
  if (prologue) let_in_.insert(prologue->message);
}

void FullHistory::send() {
  policy::Draft draft = world_.example("A1");
  draft.to = {avim};
  if (chance_.percent(70)) draft.to.push_back(ovd);  // sealed for it, and asleep
  const auto sent = world_.desk(gemeente).send(std::move(draft));
  note("the municipality sends" + (sent ? " " + short_name(sent->kept.message) : ": " + sent.error().detail));
}

// One of these in a history: the words take a fifth of a second to become keys.
void FullHistory::send_unnamed() {
  if (unnamed_) return;
  policy::Draft draft = world_.example("A2");
  draft.mode = chance_.percent(50) ? Mode::confidential : Mode::anonymous;
  auto planned = world_.desk(zorg).plan(std::move(draft));
  if (!planned) return note("the care coordinator cannot plan: " + planned.error().detail);
  SystemRandom random;
  auto words = seal::ReceiptWords::draw(random);
  const auto sent = world_.desk(zorg).send_unnamed(*std::move(planned), words);
  if (!sent) return note("the care coordinator cannot send: " + sent.error().detail);
  note("the care coordinator sends " + short_name(sent->kept.message) + ", and says not who");
  if (sent->kept.state != client::KeptSent::State::refused)
    unnamed_.emplace(Unnamed{sent->kept.message, std::move(words)});
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
  const std::size_t what = chance_.below(10);
  notary_missed_ |= what == 2 || what == 6 || what == 7;  // it may not see the log for a day
  switch (what) {
    case 0: world_.restart_broker(); return note("the broker starts anew");
    case 1: world_.restart(desk); return note(desk + " starts anew");
    case 2: world_.cut(); return note("nobody reaches the broker");
    case 3: world_.mend(); return note("everybody does again");
    case 4:
      world_.lose_answers(desk, 1 + int(chance_.below(4)));
      return note("answers to " + desk + " are lost");
    case 5: world_.let_time_pass(-3h); return note("the clock is put back three hours");
    case 6: world_.let_time_pass(30h); return note("the clock jumps thirty hours ahead");
    case 7: world_.notary_leaves(); return note("the notary is away");
    case 8: world_.notary_comes_back(); return note("the notary is back");
    default: world_.deliver_twice(desk, 1 + int(chance_.below(4))); return note(desk + " is heard twice");
  }
}

void FullHistory::act() {
  world_.let_time_pass(std::chrono::duration_cast<std::chrono::minutes>(chance_.within(6h)));
  (void)world_.notary_looks();
  switch (chance_.below(13)) {
    case 0:
    case 1: return send();
    case 2:
    case 3: return look(answering.at(chance_.below(answering.size())));
    case 4: return look(gemeente);
    case 5:
    case 6: return answer(answering.at(chance_.below(answering.size())));
    case 7: return next_day();
    case 8:
    case 9: return send_unnamed();
    case 10: return look(zorg);
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
    for (const client::KeptDelivery& kept : must(world_.desk(desk).inbox())) {
      sent_.emplace(kept.h0, kept.message);
      truth_.received.insert({kept.message, desk});
    }
  }
  if (!unnamed_ || !let_in_.contains(unnamed_->message)) return;
  Truth::Accepted accepted;
  accepted.obliged = accepted.awake = {avim};
  truth_.accepted.try_emplace(unnamed_->message, std::move(accepted));
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

}  // namespace seinhuis::simulation
