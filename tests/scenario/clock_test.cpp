#include "../../broker/src/tables.h"
#include "scenario/names.h"
#include "scenario/world.h"

// A clock that is wrong costs time and nothing else. What nobody has signed for does not pass, and what was
// signed has been (F8). Each was found by the simulation.
using namespace seinhuis;
using namespace seinhuis::test;
using namespace std::chrono_literals;

namespace {

constexpr auto year = 24h * 365;

struct Sent {
  World world;
  client::KeptSent sent;

  Sent() {
    policy::Draft draft = world.example("A1");
    draft.to = {avim};
    sent = world.send(std::move(draft));
  }
  bool body_is_there() {
    bool there = false;
    must(world.broker_store().read([&](const store::Reader& reader) -> Result<Done> {
      there = must(reader.get(broker::body_table, sent.message.bytes())).has_value();
      return Done{};
    }));
    return there;
  }
};

}  // namespace

SCENARIO("a clock that is a year ahead for a moment closes no day of the board") {
  World world;
  const auto ledger_turns = [&](Instant at) {
    return world.ledger().turn_day(*world.signed_world().get(), at, Hash::zero());
  };
  const auto ahead = ledger_turns(world.now() + year);
  REQUIRE_FALSE(ahead);
  CHECK(ahead.error().code == Errc::stale);
  world.advance_days(1);
  CHECK(world.ledger().board(0).items.at(1).cursor == world.today().days() - 1);
}

SCENARIO("a clock that is a year ahead for a moment takes no signal from whom it is for") {
  Sent sent;
  World& world = sent.world;
  world.let_time_pass(year);
  Request fetch;
  fetch.action = Action::fetch;
  CHECK(world.ask(avim, fetch).items.empty());
  const Day certain = Day::of(world.signed_world().get()->network.timestamp.signed_at);
  CHECK(must(world.ledger().sweep(world.now(), 100, certain)) == 0);
  CHECK(sent.body_is_there());
  world.let_time_pass(-year);
  CHECK(world.inbox(avim).size() == 1);
}

SCENARIO("a clock that is a year behind ends nothing, and the day is the one that was signed") {
  Sent sent;
  World& world = sent.world;
  world.clock()->store(world.now() - year);
  Request fetch;
  fetch.action = Action::fetch;
  const Reply reply = world.ask(avim, fetch);
  CHECK(reply.code == Code::ok);
  CHECK(reply.items.size() == 1);
}
