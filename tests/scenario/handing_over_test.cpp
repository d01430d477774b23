#include "network_admin.h"
#include "scenario/chain.h"
#include "seinhuis/client/obligations.h"

// A desk hands a matter over to another one, which owes the answer from then on.
using namespace seinhuis;
using namespace seinhuis::test;

SCENARIO("a desk hands a matter over to a desk of the chain, which owes it from then on") {
  Named named;
  World& world = named.world;
  REQUIRE(world.inbox(avim).size() == 1);
  must(world.desk(avim).feedback({named.sent.message, Status::doorgezet, "doorgezet", "", false, ovd}));
  const auto received = world.inbox(ovd);
  REQUIRE(received.size() == 1);
  CHECK(world.alarms(ovd).empty());
  CHECK(value_in(received[0], "plaats.adres"));
  CHECK(must(client::obligations(world.desk(ovd))).size() == 1);
  CHECK(must(client::obligations(world.desk(avim))).empty());
  THEN("the melder reads to whom, and hears from that desk") {
    must(world.desk(ovd).feedback({named.sent.message, Status::gesloten, "afgerond", "", false}));
    CHECK(named.steps() == Texts{"accepted", "received", "doorgezet", "received", "gesloten"});
    const auto steps = must(world.desk(gemeente).follow(named.sent.message));
    CHECK(steps[2].next == ovd);
    CHECK(world.alarms(gemeente).empty());
  }
  THEN("that desk's silence is told to the melder as any other") {
    named.pass(std::chrono::days(2));
    const auto steps = must(world.desk(gemeente).follow(named.sent.message));
    CHECK(std::ranges::count(steps, "no-response", &client::Step::status) == 0);  // it has picked it up
    named.pass(std::chrono::days(8));
    world.refresh();
    world.keep_time();
    CHECK(named.steps().back() == "no-response");
  }
  THEN("who handed it over has nothing more to say") {
    const auto again = must(world.desk(avim).feedback({named.sent.message, Status::opgepakt, "", "", false}));
    CHECK(again.kept.code == static_cast<std::uint16_t>(Code::closed));
  }
  THEN("the audit finds nothing wrong") {
    const std::string supervisor = "toezichthouder/log";
    must(world.desk(supervisor).sync());
    CHECK(must(world.desk(supervisor).audit()).failures.empty());
  }
}

SCENARIO("a desk that waits for deliveries has what is handed over to it at once") {
  Named named;
  World& world = named.world;
  REQUIRE(world.inbox(avim).size() == 1);
  Request fetch;
  fetch.action = Action::fetch;
  fetch.wait_ms = 60'000;
  const std::string waits = world.begin(ovd, fetch);
  must(world.desk(avim).feedback({named.sent.message, Status::doorgezet, "doorgezet", "", false, ovd}));
  CHECK(world.end(waits).items.size() == 1);
}

SCENARIO("a matter is handed over to nobody for whom it is not sealed, or who owes nothing") {
  Named named;
  World& world = named.world;
  REQUIRE(world.inbox(avim).size() == 1);
  const auto refused =
      must(world.desk(avim).feedback({named.sent.message, Status::doorgezet, "doorgezet", "", false, zorg}));
  CHECK(refused.kept.code == static_cast<std::uint16_t>(Code::bad_outcome));
  CHECK(refused.kept.text.find("send a signal in the thread") != std::string::npos);
  CHECK(must(client::obligations(world.desk(avim))).size() == 1);
  CHECK_FALSE(world.desk(avim).feedback({named.sent.message, Status::opgepakt, "", "", false, ovd}));
}

SCENARIO("what names nobody is handed over too, and the words say to whom") {
  Urgent urgent;
  World& world = urgent.world;
  const auto received = world.inbox(avim);
  REQUIRE(received.size() == 1);
  must(world.desk(avim).feedback({received[0].message, Status::doorgezet, "doorgezet", "", false, ovd}));
  const auto woken = world.inbox(ovd);
  REQUIRE(woken.size() == 1);
  CHECK(world.alarms(ovd).empty());
  CHECK(must(client::obligations(world.desk(ovd))).size() == 1);
  world.advance_days(1);
  const Texts said = urgent.read();
  CHECK(std::ranges::find(said, "doorgezet " + avim + " => " + ovd) != said.end());
}

SCENARIO("a matter that is handed back to who let it pass is not without a deadline") {
  Named named;
  World& world = named.world;
  named.pass(std::chrono::days(2));  // nobody picks it up: the duty officer is asked
  REQUIRE(world.inbox(ovd).size() == 1);
  must(world.desk(ovd).feedback({named.sent.message, Status::doorgezet, "doorgezet", "", false, avim}));
  const auto owed = must(client::obligations(world.desk(avim)));
  REQUIRE(owed.size() == 1);
  CHECK(client::next_deadline(owed[0]));
  const auto next = must(world.ledger().next_alarm());
  REQUIRE(next);
  CHECK(*next < world.now() + std::chrono::days(2));
  named.pass(std::chrono::days(2));
  CHECK(named.steps().back() == "no-response");
}

SCENARIO("a matter is not handed over to a desk that was removed") {
  Named named;
  World& world = named.world;
  REQUIRE(world.inbox(avim).size() == 1);
  must(tools::revoke(world.folder(), ovd));
  world.publish(named.policies.path);
  const auto refused =
      must(world.desk(avim).feedback({named.sent.message, Status::doorgezet, "doorgezet", "", false, ovd}));
  CHECK(refused.kept.code == static_cast<std::uint16_t>(Code::bad_outcome));
  CHECK(must(client::obligations(world.desk(avim))).size() == 1);
  must(world.desk(avim).sync());
  const auto known =
      world.desk(avim).feedback({named.sent.message, Status::doorgezet, "doorgezet", "", false, ovd});
  REQUIRE_FALSE(known);
  CHECK(known.error().detail == "there is no desk " + ovd + " in the directory");
}
