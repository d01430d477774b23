#include "../../broker/src/obligations.h"
#include "scenario/chain.h"
#include "seinhuis/broker/admission.h"
#include "seinhuis/client/obligations.h"
#include "seinhuis/proof/hash.h"
#include "tables.h"

// Dormant slots: a signal is sealed for the desks of a chain when it is sent, and opened by none of them
// before the log says that the one before was silent. A12: hotel worker, anonymous, urgent; AVIM, duty
// officer, care coordinator.
using namespace seinhuis;
using namespace seinhuis::test;
using namespace std::chrono_literals;

SCENARIO("A12: nobody picks up an urgent anonymous signal, and it goes on along the chain") {
  Urgent urgent;
  World& world = urgent.world;
  CHECK(world.inbox(ovd).empty());
  CHECK(world.inbox(zorg).empty());
  CHECK(must(client::obligations(world.desk(ovd))).empty());
  urgent.pass(14min);
  CHECK(world.inbox(ovd).empty());
  urgent.pass(1min);
  const auto woken = world.inbox(ovd);
  REQUIRE(woken.size() == 1);
  CHECK(world.alarms(ovd).empty());
  CHECK(value_in(woken[0], "plaats.bedrijf")->texts == Texts{"Hotel De Poort"});
  CHECK(must(client::obligations(world.desk(ovd))).size() == 1);
  CHECK(world.inbox(zorg).empty());
  WHEN("the duty officer picks up and answers") {
    must(world.desk(ovd).feedback({woken[0].message, Status::opgepakt, "", "", false}));
    urgent.pass(60min);
    THEN("nobody else hears of it") { CHECK(world.inbox(zorg).empty()); }
    world.advance_days(1);
    world.keep_time();
    CHECK(urgent.read() ==
          Texts{"accepted ", "escalated " + avim + " -> " + ovd, "received " + ovd, "opgepakt " + ovd});
    AND_WHEN("the police close the matter, both desks of them") {
      must(world.desk(ovd).sync());
      must(world.desk(avim).sync());
      REQUIRE(world.inbox(avim).size() == 1);
      must(world.desk(avim).feedback({woken[0].message, Status::gesloten, "doorgezet", "", false}));
      must(world.desk(ovd).feedback({woken[0].message, Status::gesloten, "afgerond", "", false}));
      for (int n = 0; n < 40; ++n) {
        world.advance_days(1);
        world.keep_time();
      }
      THEN("what slept sleeps on") {
        must(world.desk(zorg).sync());
        CHECK(world.inbox(zorg).empty());
      }
    }
  }
}

SCENARIO("A12: with the piket closed the duty officer has it the same minute") {
  Urgent urgent(true);
  urgent.pass(0min);
  CHECK(urgent.world.inbox(ovd).size() == 1);
  CHECK(urgent.world.alarms(ovd).empty());
}

SCENARIO("A12: who is last in the chain hears that something is going on, and neither who nor where") {
  Urgent urgent;
  World& world = urgent.world;
  urgent.pass(15min);
  urgent.pass(15min);
  const auto last = world.inbox(zorg);
  REQUIRE(last.size() == 1);
  CHECK(world.alarms(zorg).empty());
  CHECK(value_in(last[0], "feit.indicatoren"));
  CHECK_FALSE(value_in(last[0], "plaats.bedrijf"));
  CHECK_FALSE(value_in(last[0], "verdachte.naam"));
  THEN("a desk that was passed over can still open what it has") {
    CHECK(world.inbox(ovd).size() == 1);
    CHECK(world.inbox(avim).size() == 1);
    CHECK(world.alarms(avim).empty());
  }
}

SCENARIO("a desk of a chain answers the melder like any other, and its slot opens weeks later too") {
  Named named;
  World& world = named.world;
  CHECK(named.sent.recipients == Texts{avim});
  REQUIRE(world.inbox(avim).size() == 1);
  must(world.desk(avim).feedback({named.sent.message, Status::opgepakt, "", "", false}));
  for (int n = 0; n < 30; ++n) {
    world.advance_days(1);
    world.keep_time();
  }
  must(world.desk(ovd).sync());
  const auto woken = world.inbox(ovd);
  REQUIRE(woken.size() == 1);
  CHECK(world.alarms(ovd).empty());
  CHECK(woken[0].obliged);
  must(world.desk(ovd).feedback({named.sent.message, Status::gesloten, "afgerond", "", false}));
  CHECK(named.steps() ==
        Texts{"accepted", "received", "opgepakt", "escalated " + ovd, "received", "gesloten"});
  THEN("it is of the thread from then on") {
    policy::Draft more = world.example("A1");
    more.kind = Kind::correction;
    more.parent = named.sent.message;
    more.to.clear();
    CHECK(must(world.desk(gemeente).plan(std::move(more))).draft.to == Texts{avim, ovd});
  }
  THEN("who supervises can make its decision again") {
    must(world.desk("toezichthouder/log").sync());
    const auto report = must(world.desk("toezichthouder/log").audit());
    CHECK(report.failures == Texts{});
  }
}

SCENARIO("a broker that wakes a slot for no reason is caught") {
  Named named;
  named.pass(25h);
  const auto lie = GENERATE(0, 1, 2);
  named.world.lie_to(ovd, [&](const Request& request, Reply& reply) {
    if (request.action != Action::fetch || reply.items.empty()) return;
    Delivery delivery = must(decode_delivery(reply.items[0].body));
    REQUIRE(delivery.activation == 1);
    auto shown = must(decode_escalation_proof(delivery.escalation));
    auto said = must(decode_escalation(shown.record));
    if (lie == 0) delivery.escalation.clear();
    if (lie == 1) said.next = zorg;
    if (lie == 2) said.due = said.due - 1h;
    shown.record = encode(said);
    if (lie != 0) delivery.escalation = encode(shown);
    reply.items[0].body = encode(delivery);
  });
  CHECK(named.world.inbox(ovd).empty());
  CHECK(named.world.alarms(ovd) == std::vector{client::AlarmCode::early_release});
}

SCENARIO(
    "a fallback that the policy has taken away wakes no more, and the melder reads that nobody answered") {
  Named named;
  named.policies.withdraw();
  named.world.publish(named.policies.path);
  named.world.advance_days(1);
  named.world.keep_time();
  must(named.world.desk(ovd).sync());
  CHECK(named.world.inbox(ovd).empty());
  CHECK(named.steps() == Texts{"accepted", "no-response" + passed_by(ovd)});
}

SCENARIO("a chain that passes a desk by says so, and goes on") {
  Urgent urgent;
  urgent.policies.withdraw_first();
  urgent.world.publish(urgent.policies.path);
  urgent.pass(15min);
  must(urgent.world.desk(ovd).sync());
  must(urgent.world.desk(zorg).sync());
  CHECK(urgent.world.inbox(ovd).empty());
  CHECK(urgent.world.inbox(zorg).size() == 1);
  CHECK(urgent.world.alarms(zorg).empty());
  urgent.world.advance_days(1);
  urgent.world.keep_time();
  const auto read = urgent.read();
  REQUIRE(read.size() >= 2);
  CHECK(read[1] == "escalated " + avim + " -> " + zorg + passed_by(ovd));
}

SCENARIO("an escalation that passes nobody by is written as before, and a list of nobody is none") {
  Escalation said;
  said.desk = avim;
  said.next = zorg;
  const Bytes before = encode(said);
  CHECK(must(decode_escalation(before)) == said);
  Bytes empty_list = before;
  empty_list.push_back(std::byte{0});
  CHECK_FALSE(decode_escalation(empty_list));
  said.passed = {ovd, hotel};
  CHECK(must(decode_escalation(encode(said))) == said);
  CHECK(encode(said).size() > before.size());
}

SCENARIO("who names only one desk has no fallback") {
  OwnPolicies policies;
  World world("2026-11-23", policies.path, tools::WithNotary::no);
  policy::Draft draft = world.example("A1");
  draft.to = {avim};
  const auto planned = must(world.desk(gemeente).plan(draft));
  CHECK(planned.plan.rows.size() == 1);
  draft.to.clear();
  const auto all = must(world.desk(gemeente).plan(draft));
  const auto standby = std::ranges::find(all.plan.rows, 1, &policy::Row::standby);
  REQUIRE(standby != all.plan.rows.end());
  CHECK(all.plan.rows[0].standby == 0);
}

SCENARIO("a sender cannot have a slot sleep for a desk that no chain comes to, or at another step") {
  Named named;
  World& world = named.world;
  policy::Draft draft = world.example("A1");
  draft.to = {avim, ovd};
  world.cut();
  must(world.desk(gemeente).send(std::move(draft)));
  world.mend();
  Bytes queued;
  must(world.store_of(gemeente).read([&](const store::Reader& reader) -> Result<Done> {
    queued = must(reader.scan(client::outbox_table, {}, {}, 1)).at(0).value;
    return Done{};
  }));
  Submission changed = must(decode_submission(queued));
  const auto dormant = std::ranges::find(changed.slots, 1, &Slot::activation);
  REQUIRE(dormant != changed.slots.end());
  SECTION("at another step than the chain's") { dormant->activation = 2; }
  SECTION("one that must answer at once") {
    const auto awake = std::ranges::find(changed.slots, avim, &Slot::desk);
    awake->activation = 1;
  }
  changed.signature =
      world.keys_of(gemeente).signer().sign(proof::manifest_message(proof::digest(changed).manifest));
  const Reply reply = world.submit_raw(gemeente, encode(changed));
  CHECK(reply.code == Code::bad_slot);
  CHECK_FALSE(reply.text.empty());
}

SCENARIO("a broker that wakes a slot in the name of a desk that could owe nothing is caught") {
  Named named;
  World& world = named.world;
  must(world.broker_store().write([&](store::Writer& writer) -> Result<Done> {
    auto made_up = must(broker::find_obligation(writer, named.sent.message, avim));
    REQUIRE(made_up);
    made_up->desk = "nla/toezicht";
    made_up->chain = {ovd};
    made_up->owed.due.fill(world.now());
    return broker::put_obligation(writer, *std::move(made_up));
  }));
  named.pass(1min);
  CHECK(world.inbox(ovd).empty());
  CHECK(world.alarms(ovd) == std::vector{client::AlarmCode::early_release});
}
