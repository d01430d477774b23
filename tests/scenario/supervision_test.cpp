#include "scenario/names.h"
#include "scenario/world.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/leaves.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/wire/audit.h"

// What a desk catches reaches who supervises the log, and that desk can make every decision again.
using namespace seinhuis;
using namespace seinhuis::test;
using client::AlarmCode;

namespace {

constexpr std::chrono::minutes day(1440);

// The broker drops the last field of what it hands out.
void drop_a_field(const Request& request, Reply& reply) {
  if (request.action != Action::fetch) return;
  for (Item& item : reply.items) {
    Delivery delivery = must(decode_delivery(item.body));
    delivery.passed.pop_back();
    item.body = encode(delivery);
  }
}

}  // namespace

SCENARIO("an alarm reaches the supervisor sealed, and is open until that desk's receipt is in") {
  World world;
  const auto sent = world.send(world.example("A1"));
  world.lie_to(avim, drop_a_field);
  CHECK(world.alarms(avim) == std::vector{AlarmCode::dropped});
  must(world.desk(avim).report_alarms());
  CHECK_FALSE(must(world.desk(avim).alarms()).at(0).acknowledged);
  const auto received = world.inbox(supervisor);
  REQUIRE(received.size() == 1);
  CHECK(received[0].kind == Kind::alarm);
  CHECK(received[0].from == avim);
  CHECK(value_in(received[0], "controle.code") == seal::value_of({"dropped"}));
  CHECK(value_in(received[0], "controle.bericht") == seal::value_of({sent.message.hex()}));
  must(world.desk(avim).report_alarms());
  CHECK(must(world.desk(avim).alarms()).at(0).acknowledged);
}

SCENARIO("an alarm that a broker keeps to itself is told again the next day, and not each time") {
  World world;
  world.send(world.example("A1"));
  world.lie_to(avim, drop_a_field);
  (void)world.inbox(avim);
  for (int n = 0; n < 3; ++n) must(world.desk(avim).report_alarms());
  CHECK(must(world.desk(avim).sent()).size() == 1);
  world.advance_days(1);
  must(world.desk(avim).sync());
  CHECK(must(world.desk(avim).sent()).size() == 2);
}

SCENARIO("the supervisor's own alarm stays where it is") {
  World world;
  world.send(world.example("A1"));
  world.lie_to(avim, drop_a_field);
  (void)world.inbox(avim);
  must(world.desk(avim).report_alarms());
  world.lie_to(supervisor, drop_a_field);
  CHECK(world.alarms(supervisor) == std::vector{AlarmCode::dropped});
  must(world.desk(supervisor).report_alarms());
  CHECK(must(world.desk(supervisor).alarms()).at(0).acknowledged);
  CHECK(must(world.desk(supervisor).sent()).empty());
}

SCENARIO("the audit makes every decision again, over a day on which a covenant lapsed") {
  World world("2025-12-31");
  world.send(world.example("A1"));
  policy::Draft draft = world.example("A5");
  world.sign_statements(draft);
  world.send(draft);
  (void)world.inbox(avim);
  must(world.desk(avim).feedback({world.inbox(avim).at(0).message, Status::opgepakt, {}, {}, false}));
  (void)world.inbox(gemeente);
  world.advance_days(1);
  must(world.desk("opvang-noord/intake").sync());
  REQUIRE(world.inbox("opvang-noord/intake").size() == 1);
  must(world.desk(supervisor).sync());
  const auto report = must(world.desk(supervisor).audit());
  CAPTURE(report.failures);
  CHECK(report.failures.empty());
  CHECK(report.erased == 0);
  CHECK(report.replayed == report.head.size);
  CHECK(report.replayed > 8);
}

SCENARIO("a delivery record that gives other reasons than the policy is found by the audit") {
  World world;
  world.send(world.example("A1"));
  (void)world.inbox(avim);
  must(world.desk(supervisor).sync());
  const auto replace = [&](const std::function<void(AuditLeaf&)>& change) {
    world.lie_to(supervisor, [change](const Request& request, Reply& reply) {
      if (request.action != Action::audit) return;
      for (Item& item : reply.items) {
        AuditLeaf leaf = must(decode_audit_leaf(item.body));
        if (leaf.kind == LeafKind::delivery) change(leaf);
        item.body = encode(leaf);
      }
    });
  };
  WHEN("the record shown is not the one in the log") {
    replace([](AuditLeaf& leaf) { leaf.record[leaf.record.size() - 1] ^= std::byte{1}; });
    CHECK(must(world.desk(supervisor).audit()).failures.size() == 1);
  }
  WHEN("the tree is changed along with the record") {
    replace([](AuditLeaf& leaf) {
      DeliveryRecord record = must(decode_record(leaf.record));
      record.entries[0].passed = !record.entries[0].passed;
      leaf.record = encode(record);
      leaf.node = proof::leaf_node(proof::log_leaf(leaf.kind, leaf.salt, leaf.record));
    });
    const auto report = world.desk(supervisor).audit();
    REQUIRE_FALSE(report);
    CHECK(report.error().code == Errc::unauthentic);
  }
  WHEN("the message shown is another one") {
    replace([](AuditLeaf& leaf) { leaf.prologue[leaf.prologue.size() - 1] ^= std::byte{1}; });
    CHECK(must(world.desk(supervisor).audit()).failures.size() == 1);
  }
  WHEN("the broker stops halfway") {
    world.lie_to(supervisor, [](const Request& request, Reply& reply) {
      if (request.action == Action::audit && request.after > 0) reply.items.clear();
      if (request.action == Action::audit && reply.items.size() > 1) reply.items.resize(1);
    });
    CHECK_FALSE(world.desk(supervisor).audit());
  }
}

SCENARIO("a tombstone for a message that was accepted hides nothing from the audit") {
  World world;
  const auto sent = world.send(world.example("A1"));
  SystemRandom random;
  broker::Refused refused;
  refused.refusal = {Code::refused, "never sent", "", Gate::none};
  refused.message = MessageId::zero();  // under its own id the ledger would know better
  refused.manifest = sent.manifest;
  for (const Bytes& frame : world.frames()) {
    const auto request = decode_request(frame);
    if (!request || request->action != Action::submit) continue;
    refused.signature = must(decode_submission(request->body)).signature;
  }
  (void)world.ledger().commit(*world.signed_world().get(),
                              {{broker::Entomb{refused, gemeente}, random.draw<Hash>()}}, world.now());
  must(world.desk(supervisor).sync());
  const auto report = must(world.desk(supervisor).audit());
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].find("accepted and refused") != std::string::npos);
}

SCENARIO("a record dated back is not under the head that was signed after its day") {
  World world;
  world.send(world.example("A1"));
  WHEN("the recipient picks up the day after, at a broker that says it is the day before") {
    const auto yesterday = world.signed_world().get();
    world.let_time_pass(day);
    world.publish();
    must(world.desk(supervisor).sync());
    const auto today = world.signed_world().get();
    world.signed_world().set(yesterday);
    world.let_time_pass(-day);
    REQUIRE(world.inbox(avim).size() == 1);
    world.let_time_pass(day);
    world.signed_world().set(today);
    const auto report = must(world.desk(supervisor).audit());
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].find("dated 2026-11-23, and not in the log yet on 2026-11-24") !=
          std::string::npos);
  }
  WHEN("the recipient picks up that day, and the next, at an honest one") {
    REQUIRE(world.inbox(avim).size() == 1);
    world.let_time_pass(day);
    world.publish();
    must(world.desk(supervisor).sync());
    world.send(world.example("A1"));
    REQUIRE(world.inbox(avim).size() == 2);
    CHECK(must(world.desk(supervisor).audit()).failures.empty());
  }
}

SCENARIO("nobody but the supervisor reads the log") {
  World world;
  world.send(world.example("A1"));
  Request audit;
  audit.action = Action::audit;
  CHECK(world.ask(avim, audit).code == Code::unauthorised);
  CHECK(world.ask("toezichthouder/escrow", audit).code == Code::unauthorised);
  CHECK(world.ask(supervisor, audit).code == Code::ok);
}

SCENARIO("a desk that is shown another log than the timestamp role signed notices it at the next timestamp") {
  World world;
  world.send(world.example("A1"));
  REQUIRE(world.inbox(avim).size() == 1);
  const auto elsewhere = world.inbox("zorgcoordinatie-noord/zorgcoordinator");
  world.publish();
  // From here on avim is shown a log of its own: what it hears of growth is of another tree.
  world.lie_to(avim, [](const Request& request, Reply& reply) {
    if (request.action == Action::growth && !reply.items.empty()) reply.items[0].body = Bytes(64);
  });
  must(world.desk(avim).sync());
  const auto raised = must(world.desk(avim).alarms());
  CHECK(std::ranges::any_of(
      raised, [](const client::KeptAlarm& kept) { return kept.alarm.code == AlarmCode::split_view; }));
  world.tell_the_truth();
  must(world.desk("zorgcoordinatie-noord/zorgcoordinator").sync());
  CHECK(must(world.desk("zorgcoordinatie-noord/zorgcoordinator").alarms()).empty());
}

SCENARIO("who knows every fact of a message cannot confirm a neighbour's record in the log") {
  World world;
  world.send(world.example("A1"));
  const std::string care = "zorgcoordinatie-noord/zorgcoordinator";
  const auto mine = world.inbox(care).at(0);
  const auto theirs = world.inbox(avim).at(0);
  must(world.desk(supervisor).sync());
  std::vector<Hash> nodes;
  world.lie_to(supervisor, [&](const Request& request, Reply& reply) {
    if (request.action != Action::audit) return;
    for (const Item& item : reply.items) nodes.push_back(must(decode_audit_leaf(item.body)).node);
  });
  (void)must(world.desk(supervisor).audit());
  const auto in_log = [&](const Hash& leaf) {
    return std::ranges::find(nodes, proof::leaf_node(leaf)) != nodes.end();
  };
  CHECK(in_log(
      proof::log_leaf(LeafKind::delivery, theirs.record_salt, theirs.record)));  // control: with the salt
  // Everything that could stand in a record, for every desk and purpose, under every salt that I know.
  const auto& policy = world.desk(care).policy();
  const DeliveryRecord known = must(decode_record(theirs.record));
  std::size_t tried = 0;
  for (const bundle::Desk& desk : policy.source().desks) {
    for (const bundle::Purpose& purpose : policy.source().purposes) {
      DeliveryRecord guess = known;
      guess.desk = desk.name;
      guess.purpose = purpose.id;
      for (const Hash& salt : {Hash::zero(), mine.record_salt, mine.h0, mine.manifest}) {
        ++tried;
        CHECK_FALSE(in_log(proof::log_leaf(LeafKind::delivery, salt, encode(guess))));
      }
    }
  }
  CHECK(tried > 1000);
}
