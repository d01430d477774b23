#include "simulation/cast.h"

#include "scenario/world.h"
#include "seinhuis/base/message_id.h"

namespace seinhuis::simulation {
namespace {

using test::must;

// What `desk` submits while `act` runs, as the broker admits it.
broker::Admitted caught(test::World& world, const std::string& desk, const std::function<void()>& act) {
  Bytes raw;
  world.lie_to(desk, [&](const Request& request, Reply&) {
    if (request.action == Action::submit) raw = request.body;
  });
  act();
  world.tell_the_truth();
  auto judged = broker::admit(*world.signed_world().get(), desk, must(decode_submission(raw)),
                              world.ledger().known(), world.now());
  require(std::holds_alternative<broker::Admitted>(judged), "what the broker took it takes again");
  return std::get<broker::Admitted>(std::move(judged));
}

void seal(broker::Admitted& made) {
  made.submission.prologue = encode(made.prologue);
  made.digest = proof::digest(made.submission);
}

}  // namespace

Cast::Cast() {
  test::World world("2026-11-23", test::policy_set);
  begin_ = world.now();
  named_ = caught(world, gemeente, [&] {
    policy::Draft draft = world.example("A1");
    draft.to = {avim, ovd};
    must(world.desk(gemeente).send(std::move(draft)));  // not World::send: there is no test here
  });
  feedback_ = caught(world, avim, [&] {
    const auto inbox = world.inbox(avim);
    must(world.desk(avim).feedback({inbox.at(0).message, Status::opgepakt, "", "", false}));
  });
  urgent_ = caught(world, broker::anonymous_peer, [&] {
    const std::string hotel = "hotelketen/meldpunt";
    SystemRandom random;
    must(world.desk(hotel).sync());
    policy::Draft draft = world.example("A12");
    draft.mode = Mode::anonymous;
    auto planned = must(world.desk(hotel).plan(std::move(draft)));
    must(world.desk(hotel).send_unnamed(std::move(planned), seal::ReceiptWords::draw(random)));
  });
  whole_ = *world.signed_world().get();
  log_key_.emplace(proof::SigningSeed::filled(
      [&](std::span<std::byte> out) { std::ranges::copy(world.log_key().seed().reveal(), out.begin()); }));
  bundle::Policy poorer = whole_.network.policies.back().bundle;
  std::erase_if(poorer.rules, [](const bundle::Rule& rule) { return rule.standby; });
  without_standby_ = must(policy::Policy::compile(std::move(poorer)));
}

broker::World Cast::world(Law law) const {
  broker::World made = whole_;
  if (law == Law::without_avim) {
    proof::DirectoryVersion& newest = made.network.directories.back();
    ++newest.version.number;
    for (metadata::DeskKeys& desk : newest.directory.desks) desk.revoked = desk.revoked || desk.name == avim;
  }
  if (law == Law::without_standby)
    made.policies[whole_.network.policies.back().version.number] = without_standby_;
  return made;
}

broker::Admitted Cast::renewed(broker::Admitted made, Chance& chance, Instant now) {
  Prologue& p = made.prologue;
  const auto life = p.expires - p.created;
  p.created = p.mode == Mode::identified ? now : Day::of(now).begins();
  p.message = new_message_id(p.created, chance);
  p.thread = chance.draw<ThreadId>();
  p.expires = p.created + life;
  if (!made.cell_key.empty()) chance.fill(made.cell_key);
  seal(made);
  return made;
}

OutcomeStatement Cast::outcome(const Hash& h0, const std::string& desk, std::uint32_t seq,
                               Status status) const {
  const bool closes = status == Status::gesloten || status == Status::onvoldoende;
  return {whole_.network.id, h0, desk, seq, status, closes ? "afgerond" : "", Hash::zero(),
          Signature::zero()};
}

broker::Admitted Cast::feedback(const broker::Parent& parent, OutcomeStatement outcome, Chance& chance,
                                Instant now) const {
  broker::Admitted made = renewed(feedback_, chance, now);
  made.parent = parent;
  made.prologue.sender = outcome.desk;
  made.prologue.thread = parent.prologue.thread;
  made.prologue.parent = outcome.parent;
  seal(made);
  outcome.manifest = made.digest.manifest;
  made.submission.outcome = encode(outcome);
  made.outcome = std::move(outcome);
  return made;
}

}  // namespace seinhuis::simulation
