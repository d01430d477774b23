#include <fstream>

#include "../../broker/src/obligations.h"
#include "network_admin.h"
#include "scenario/world.h"
#include "seinhuis/broker/admission.h"
#include "seinhuis/client/board.h"
#include "seinhuis/client/obligations.h"
#include "seinhuis/proof/hash.h"
#include "tables.h"

// Dormant slots: a signal is sealed for the desks of a chain when it is sent, and opened by none of them
// before the log says that the one before was silent. A12: hotel worker, anonymous, urgent; AVIM, duty
// officer, care coordinator.
using namespace seinhuis;
using namespace seinhuis::test;
using namespace std::chrono_literals;

namespace {

const std::string avim = "politie-noord/avim-mensenhandel";
const std::string ovd = "politie-noord/ovd";
const std::string zorg = "zorgcoordinatie-noord/zorgcoordinator";
const std::string hotel = "hotelketen/meldpunt";
const std::string gemeente = "gemeente-groningen/toezicht";
using Texts = std::vector<std::string>;

// The policy set with a roster by which nobody of the AVIM is on duty, and A1 escalated to the duty officer.
struct OwnPolicies {
  Folder folder;
  std::filesystem::path path = folder.path() / "policies";

  explicit OwnPolicies(bool piket_closed = false) {
    std::filesystem::copy(policy_set, path, std::filesystem::copy_options::recursive);
    if (piket_closed)
      std::ofstream(path / "calendar.yaml", std::ios::app)
          << "rosters:\n  politie-noord/avim-mensenhandel:\n    duty: []\n"
             "    away: [{from: 2026-01-01, until: 2027-12-31}]\n";
    std::ofstream(path / "rules" / "a1-achtervang.yaml")
        << "rules:\n  a1-achtervang:\n    text: achtervang\n    from: {role: gemeente-toezicht}\n"
           "    to: {role: ovd, region: same}\n    standby: true\n    themes: [mensenhandel]\n"
           "    purpose: opsporing-mensenhandel\n    giving: avg-6-1-e-gemeente\n    receiving: wpg-8\n"
           "    grants: {plaats.adres: exact, feit.indicatoren: exact}\n"
           "    feedback: {pick-up: 1d, triage: 5d, outcome: 30d}\n    retention: 1y\n";
  }
  // As the administrators would take the fallback away.
  void withdraw() const { std::filesystem::remove(path / "rules" / "a1-achtervang.yaml"); }
};

struct Urgent {
  OwnPolicies policies;
  World world;
  SystemRandom random;
  seal::ReceiptWords words = seal::ReceiptWords::draw(random);

  explicit Urgent(bool piket_closed = false)
      : policies(piket_closed), world("2026-11-23", policies.path, tools::WithNotary::no) {
    must(world.desk(hotel).sync());
    policy::Draft draft = world.example("A12");
    draft.mode = Mode::anonymous;
    auto planned = must(world.desk(hotel).plan(std::move(draft)));
    REQUIRE(must(world.desk(hotel).send_unnamed(std::move(planned), words)).kept.state ==
            client::KeptSent::State::accepted);
  }
  void pass(std::chrono::minutes time) {
    world.let_time_pass(time);
    world.keep_time();
  }
  Texts read() {
    const auto signed_world = world.signed_world().get();
    const auto keys = words.keys(world.network_id());
    const auto steps =
        must(client::read_board(signed_world->network, world.today(), keys, [&](Request request) {
          return Result<Reply>(world.ask(broker::anonymous_peer, std::move(request)));
        }));
    Texts said;
    for (const client::BoardStep& step : steps)
      said.push_back(step.status + " " + step.by + (step.status == "escalated" ? " -> " + step.text : "") +
                     (step.next.empty() ? "" : " => " + step.next));
    return said;
  }
};

struct Named {
  OwnPolicies policies;
  World world{"2026-11-23", policies.path, tools::WithNotary::no};
  client::KeptSent sent;

  Named() {
    policy::Draft draft = world.example("A1");
    draft.to = {avim, ovd};
    sent = world.send(std::move(draft));
  }
  void pass(std::chrono::minutes time) {
    world.let_time_pass(time);
    world.keep_time();
  }
  Texts steps() {
    must(world.desk(gemeente).sync());
    (void)world.inbox(gemeente);
    Texts all;
    for (const client::Step& step : must(world.desk(gemeente).follow(sent.message)))
      all.push_back(step.status + (step.status == "escalated" ? " " + step.text : ""));
    return all;
  }
};

}  // namespace

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
  CHECK(named.steps() == Texts{"accepted", "no-response"});
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
