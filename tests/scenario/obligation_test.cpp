#include "../../broker/src/obligations.h"
#include "../../broker/src/tables.h"
#include "network_admin.h"
#include "scenario/names.h"
#include "scenario/world.h"
#include "seinhuis/client/board.h"
#include "seinhuis/client/obligations.h"

// Every signal is answered, or its melder reads who was silent. A1 goes to the AVIM of the region, which has
// a day to pick it up, five to look at it and thirty to say what becomes of it.
using namespace seinhuis;
using namespace seinhuis::test;
using namespace std::chrono_literals;

namespace {

struct Melding {
  World world;
  client::KeptSent sent;

  Melding() {
    policy::Draft draft = world.example("A1");
    draft.to = {avim};
    sent = world.send(std::move(draft));
  }
  void pass(std::chrono::minutes time) {
    world.let_time_pass(time);
    world.keep_time();
  }
  // Day by day, as an administrator signs that it is still the same network.
  void pass_days(int days) {
    for (int n = 0; n < days; ++n) {
      world.advance_days(1);
      world.keep_time();
    }
  }
  void pick_up() {
    must(world.desk(avim).sync());
    REQUIRE(world.inbox(avim).size() == 1);
  }
  client::KeptSent feedback(Status status, const std::string& reason = "") {
    return must(world.desk(avim).feedback({sent.message, status, reason, "", false})).kept;
  }
  std::vector<Owed> owed(const std::string& desk = avim) {
    return must(client::obligations(world.desk(desk)));
  }
  // Of what the melder reads: the desk is "" where it is the broker.
  std::vector<std::string> steps() {
    must(world.desk(gemeente).sync());
    (void)world.inbox(gemeente);
    std::vector<std::string> all;
    for (const client::Step& step : must(world.desk(gemeente).follow(sent.message)))
      all.push_back(step.status + (step.status == "no-response" ? " " + step.reason : ""));
    return all;
  }
};

using Texts = std::vector<std::string>;

}  // namespace

SCENARIO("a desk sees what it owes and by when, from the moment that the signal is accepted") {
  Melding melding;
  const auto owed = melding.owed();
  REQUIRE(owed.size() == 1);
  CHECK(owed[0].message == melding.sent.message);
  CHECK(owed[0].rule == "gemeente-politie-signaal");
  CHECK(owed[0].due[0] == owed[0].offered + 24h);
  CHECK(owed[0].due[1] == owed[0].offered + 5 * 24h);
  CHECK(owed[0].due[2] == owed[0].offered + 30 * 24h);
  CHECK(owed[0].met == 0);
  CHECK_FALSE(owed[0].status);
  CHECK(melding.owed("gemeente-groningen/zorg").empty());
  WHEN("it picks the signal up") {
    melding.pick_up();
    CHECK(melding.owed().at(0).met == 1);
  }
  WHEN("it says that it has taken it up") {
    melding.pick_up();
    melding.pass(48h);
    melding.feedback(Status::opgepakt);
    THEN("the next word is due thirty days after this one") {
      const auto after = melding.owed();
      REQUIRE(after.size() == 1);
      CHECK(after[0].met == 2);
      CHECK(after[0].status == Status::opgepakt);
      CHECK(after[0].due[2] == melding.world.now() + 30 * 24h);
    }
  }
  WHEN("it closes the matter with a reason") {
    melding.pick_up();
    melding.feedback(Status::gesloten, "afgerond");
    THEN("it owes nothing any more") { CHECK(melding.owed().empty()); }
    THEN("time brings nothing") {
      melding.pass_days(40);
      CHECK(melding.steps() == Texts{"accepted", "received", "gesloten"});
    }
    THEN("what it says later is refused with a code of its own") {
      const auto late = melding.feedback(Status::opgepakt);
      CHECK(late.state == client::KeptSent::State::refused);
      CHECK(Code{late.code} == Code::closed);
    }
  }
}

SCENARIO("an answer that is refused because the matter is closed is not missed by who reads the next one") {
  Melding melding;
  World& world = melding.world;
  policy::Draft draft = world.example("A1");
  draft.to = {avim};
  const auto other = world.send(std::move(draft));
  REQUIRE(world.inbox(avim).size() == 2);
  melding.feedback(Status::gesloten, "afgerond");
  world.cut();
  melding.feedback(Status::opgepakt);  // too late, and numbered all the same
  must(world.desk(avim).feedback({other.message, Status::opgepakt, "", "", false}));
  world.mend();
  must(world.desk(avim).sync());
  CHECK(world.alarms(gemeente).empty());
  CHECK(world.inbox(gemeente).size() == 2);
}

SCENARIO("F9: what a desk cannot open it owes all the same, and the melder reads both that and its silence") {
  Melding melding;
  World& world = melding.world;
  world.lie_to(avim, [](const Request& request, Reply& reply) {
    if (request.action != Action::fetch) return;
    for (Item& item : reply.items) {
      Delivery delivery = must(decode_delivery(item.body));
      delivery.passed.at(0).ciphertext.at(0) ^= std::byte{1};
      item.body = encode(delivery);
    }
  });
  must(world.desk(avim).fetch(0ms));
  world.tell_the_truth();
  CHECK_FALSE(world.alarms(avim).empty());
  CHECK(melding.owed().at(0).met == 0);
  CHECK(melding.steps() == Texts{"accepted", "not-authentic"});
  melding.pass(24h);
  CHECK(melding.steps() == Texts{"accepted", "not-authentic", "no-response pick-up"});
  CHECK(melding.owed().size() == 1);
}

SCENARIO(
    "F10: a desk whose keys are gone owes all the same, and the melder reads that it could not open it") {
  Melding melding;
  World& world = melding.world;
  const auto cards = world.folder() / "desks" / avim / "cards";
  std::filesystem::remove_all(cards);
  std::filesystem::create_directory(cards);
  world.restart(avim);
  (void)world.desk(avim).sync();
  CHECK(world.inbox(avim).empty());
  CHECK_FALSE(world.alarms(avim).empty());
  CHECK(melding.owed().at(0).met == 0);
  CHECK(melding.steps() == Texts{"accepted", "not-authentic"});
  melding.pass(24h);
  CHECK(melding.steps() == Texts{"accepted", "not-authentic", "no-response pick-up"});
}

SCENARIO("F7: a desk is reminded before a deadline, and the melder reads which it let pass") {
  Melding melding;
  melding.pass(17h);
  CHECK(melding.owed().at(0).reminded == 0);
  melding.pass(1h);
  CHECK(melding.owed().at(0).reminded == 1);
  CHECK(melding.owed().at(0).missed == 0);
  CHECK(melding.steps() == Texts{"accepted"});
  melding.pass(5h + 59min);
  CHECK(melding.owed().at(0).missed == 0);
  melding.pass(1min);
  CHECK(melding.owed().at(0).missed == 1);
  CHECK(melding.steps() == Texts{"accepted", "no-response pick-up"});
  AND_WHEN("it goes on being silent") {
    melding.pass_days(40);
    THEN("each deadline is told, once, and the obligation stays open") {
      CHECK(melding.steps() ==
            Texts{"accepted", "no-response pick-up", "no-response triage", "no-response outcome"});
      CHECK(melding.owed().at(0).missed == 7);
    }
    AND_WHEN("it answers all the same") {
      melding.pick_up();
      melding.feedback(Status::onvoldoende, "onvoldoende-indicatoren");
      THEN("that corrects the state") {
        CHECK(melding.owed().empty());
        CHECK(melding.steps().back() == "onvoldoende");
      }
    }
  }
  AND_WHEN("it picks up late") {
    melding.pick_up();
    melding.pass_days(6);
    THEN("only what it lets pass next is told") {
      CHECK(melding.steps() == Texts{"accepted", "no-response pick-up", "received", "no-response triage"});
    }
  }
}

SCENARIO("a desk that took a matter up and falls silent is told of again") {
  Melding melding;
  melding.pick_up();
  melding.feedback(Status::opgepakt);
  melding.pass_days(29);
  CHECK(melding.owed().at(0).missed == 0);
  melding.pass_days(1);
  CHECK(melding.steps() == Texts{"accepted", "received", "opgepakt", "no-response outcome"});
}

SCENARIO("what a desk owes that was removed from the directory passes the same minute") {
  Melding melding;
  melding.pick_up();
  must(tools::revoke(melding.world.folder(), avim));
  melding.world.publish();
  melding.world.keep_time();
  CHECK(melding.steps() == Texts{"accepted", "received", "no-response triage"});
  melding.pass_days(40);
  CHECK(melding.steps().size() == 3);  // nobody is asked any more
}

SCENARIO("F8: deadlines do not vanish, whatever the broker's clock does") {
  Melding melding;
  WHEN("the broker is away while a deadline passes") {
    melding.world.let_time_pass(25h);
    melding.world.restart_broker();
    melding.world.keep_time();
    CHECK(melding.steps() == Texts{"accepted", "no-response pick-up"});
  }
  WHEN("the clock jumps a year ahead") {
    melding.pass(24h * 365);
    THEN("nobody vouches for that day, and nothing passes") {
      melding.world.let_time_pass(-24h * 365);
      CHECK(melding.owed().at(0).missed == 0);
      AND_THEN("in time it does") {
        melding.pass(24h);
        CHECK(melding.owed().at(0).missed == 1);
      }
    }
  }
  WHEN("the clock jumps a year back") {
    melding.pass(-24h * 365);
    melding.world.let_time_pass(24h * 365);
    melding.pass(24h);
    CHECK(melding.owed().at(0).missed == 1);
  }
}

SCENARIO("who supervises and who has the role for it see how desks answer, in counts, and nobody else does") {
  Melding melding;
  melding.pass_days(3);
  melding.pick_up();
  melding.pass_days(3);
  melding.feedback(Status::opgepakt);
  melding.pass_days(1);
  const auto desks = must(client::overview(melding.world.desk(supervisor)));
  REQUIRE(desks.size() == 1);
  CHECK(desks[0].desk == avim);
  CHECK(desks[0].pick_up == DeskOverview::Counts{0, 0, 1, 0, 0, 0});
  CHECK(desks[0].outcome == DeskOverview::Counts{0, 0, 0, 1, 0, 0});
  CHECK(desks[0].silence == DeskOverview::Counts{0, 1, 0, 0, 0, 0});
  CHECK(desks[0].missed == 2);
  THEN("fewer than the policy's least are not shown as they are") {
    must(melding.world.broker_store().read([&](const store::Reader& reader) -> Result<Done> {
      const auto few = must(broker::overview_of(reader, avim, melding.world.today(), 5));
      CHECK(few.pick_up == DeskOverview::Counts{0, 0, DeskOverview::hidden, 0, 0, 0});
      CHECK(few.silence == DeskOverview::Counts{0, DeskOverview::hidden, 0, 0, 0, 0});
      CHECK(few.missed == DeskOverview::hidden);
      CHECK(must(broker::overview_of(reader, avim, melding.world.today(), 2)).missed == 2);
      return Done{};
    }));
  }
  THEN("silence reaches the prosecutor for trafficking as the same counts, and nothing of the log does") {
    auto& officer = melding.world.desk("om/mh-officier");
    must(officer.sync());
    const auto seen = must(client::overview(officer));
    REQUIRE(seen.size() == 1);
    CHECK(seen[0] == desks[0]);
    CHECK(officer.audit().error().code == Errc::refused);
    CHECK(melding.world.inbox("om/mh-officier").empty());
  }
  const auto others = client::overview(melding.world.desk(avim));
  REQUIRE_FALSE(others);
  CHECK(others.error().code == Errc::refused);
}

SCENARIO("a broker that calls a desk silent which had answered is caught") {
  Melding melding;
  melding.pick_up();
  melding.feedback(Status::opgepakt);
  must(melding.world.broker_store().write([&](store::Writer& writer) -> Result<Done> {
    // The deadlines of before: met by nothing.
    auto found = must(broker::find_obligation(writer, melding.sent.message, avim));
    REQUIRE(found);
    found->owed.met = 0;
    found->owed.status.reset();
    return broker::put_obligation(writer, *found);
  }));
  melding.pass(25h);
  must(melding.world.desk(gemeente).follow(melding.sent.message));
  CHECK(melding.world.alarms(gemeente) == std::vector{client::AlarmCode::false_silence});
}

SCENARIO("a broker that never says that a desk was silent is found by the melder, who reckons too") {
  Melding melding;
  const auto follow = [&] {
    must(melding.world.desk(gemeente).sync());
    must(melding.world.desk(gemeente).follow(melding.sent.message));
    return melding.world.alarms(gemeente);
  };
  melding.world.lie_to(gemeente, [](const Request& request, Reply& reply) {
    if (request.action != Action::follow) return;
    std::erase_if(reply.items, [](Item& item) {
      auto entry = must(decode_status(item.body));
      entry.at += 24h * 10;  // nor does it help to say that all was later
      item.body = encode(entry);
      return entry.step == StatusEntry::Step::escalated;
    });
  });
  melding.world.advance_days(1);
  CHECK(follow().empty());
  melding.world.advance_days(1);
  CHECK(follow() == std::vector{client::AlarmCode::unsaid_silence});
  THEN("one that was picked up is unsaid again when nobody looks at it") {
    melding.pick_up();
    CHECK(follow().size() == 1);
    for (int n = 0; n < 4; ++n) melding.world.advance_days(1);
    CHECK(follow().size() == 2);
  }
}

SCENARIO("a desk that answered, or is said not to have, leaves nothing unsaid") {
  Melding melding;
  melding.pass_days(3);
  CHECK(melding.steps() == Texts{"accepted", "no-response pick-up"});
  melding.pass_days(5);
  CHECK(melding.steps() == Texts{"accepted", "no-response pick-up", "no-response triage"});
  melding.pick_up();
  melding.feedback(Status::gesloten, "afgerond");
  melding.pass_days(40);
  (void)melding.steps();
  CHECK(melding.world.alarms(gemeente).empty());
}

SCENARIO("one obligation that cannot be read once held up the deadlines of everybody") {
  Melding melding;
  melding.world.broker_store();
  const auto damaged = melding.world.send([&] {
    policy::Draft draft = melding.world.example("A1");
    draft.to = {avim};
    return draft;
  }());
  must(melding.world.broker_store().write([&](store::Writer& writer) -> Result<Done> {
    Bytes key = copy(damaged.message.bytes());
    append(key, broker::desk_tag(avim));
    return writer.put(broker::owed_table, key, view("no obligation"), store::permanent);
  }));
  melding.pass(25h);
  CHECK(melding.steps() == Texts{"accepted", "no-response pick-up"});
}

SCENARIO("a desk says of a matter what it has to say, not a thousand things that hide another's silence") {
  Melding melding;
  melding.pick_up();
  for (int n = 0; n < 32; ++n)
    REQUIRE(melding.feedback(Status::opgepakt).state == client::KeptSent::State::accepted);
  const auto more = melding.feedback(Status::opgepakt);
  CHECK(more.state == client::KeptSent::State::refused);
  CHECK(more.text == "this desk has said 32 things of the matter, which is the most; it can close it");
  CHECK(melding.feedback(Status::gesloten, "afgerond").state == client::KeptSent::State::accepted);
}

SCENARIO("what ends with its retention and was let pass is told before it goes") {
  Melding melding;
  melding.pick_up();
  must(melding.world.broker_store().write([&](store::Writer& writer) -> Result<Done> {
    auto found = must(broker::find_obligation(writer, melding.sent.message, avim));
    REQUIRE(found);
    found->keep_until = melding.world.today().plus(4);  // as if the year were nearly over
    return broker::put_obligation(writer, *found);
  }));
  melding.world.let_time_pass(24h * 6);  // the broker was away
  melding.world.refresh();
  melding.world.keep_time();
  CHECK(melding.steps() == Texts{"accepted", "received", "no-response triage"});
  CHECK(melding.owed().empty());
}
