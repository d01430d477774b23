#include "scenario/names.h"
#include "scenario/world.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/leaves.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/proof/sign.h"
#include "seinhuis/wire/audit.h"

// Numbers of messages and the history of the log, when answers are lost, processes run side by side, clocks
// move, and the broker says only half.
using namespace seinhuis;
using namespace seinhuis::test;
using client::AlarmCode;

namespace {

constexpr std::chrono::milliseconds at_once(0);

// The broker keeps this message from avim.
void hide(Reply& reply, const MessageId& message) {
  std::erase_if(reply.items, [&](const Item& item) {
    return must(decode_prologue(must(decode_delivery(item.body)).prologue)).message == message;
  });
}

// A tombstone in a tree of its own, under a head that the log's key did sign.
Reply tombstone_elsewhere(World& world, const client::KeptSent& lost, const Signature& signature) {
  const auto network = world.signed_world().get()->network;
  Tombstone tombstone;
  tombstone.manifest = lost.manifest;
  tombstone.code = static_cast<std::uint16_t>(Code::refused);
  tombstone.day = world.today();
  tombstone.sender = gemeente;
  tombstone.signature = signature;
  const Bytes record = encode(tombstone);
  const Hash salt = proof::h32(view("salt"));
  LogProof proof;
  proof.head.head.network = network.id;
  proof.head.head.log = network.directories.back().directory.log_id;
  proof.head.head.size = 1;
  proof.head.head.root = proof::leaf_node(proof::log_leaf(LeafKind::refused, salt, record));
  proof.head.signature = world.log_key().sign(encode(proof.head.head));
  Bytes salted = copy(salt.bytes());
  append(salted, record);
  Reply reply;
  reply.items = {{0, salted}, {0, encode(proof)}};
  return reply;
}

}  // namespace

SCENARIO("two processes of a desk that are handed the same delivery keep it once, and accuse nobody") {
  World world;
  world.send(world.example("A1"));
  must(world.desk(avim).sync());
  const auto other = must(world.another(avim));
  bool inside = false;
  world.lie_to(avim, [&](const Request& request, Reply&) {
    if (request.action != Action::fetch || inside) return;
    inside = true;  // while this one holds its answer, the other takes everything in
    CHECK(must(other->fetch(at_once)) == 1);
    must(other->mark_seen(must(other->inbox()).at(0).message));
  });
  CHECK(must(world.desk(avim).fetch(at_once)) == 1);
  REQUIRE(inside);
  CHECK(must(world.desk(avim).alarms()).empty());
  const auto inbox = must(world.desk(avim).inbox());
  REQUIRE(inbox.size() == 1);
  CHECK(inbox[0].seen);
  CHECK(inbox[0].acknowledged);
}

SCENARIO("a clock that is set back between two queued messages does not turn them around") {
  World world;
  world.cut();
  CHECK(must(world.desk(gemeente).send(world.example("A1"))).kept.state == client::KeptSent::State::queued);
  world.let_time_pass(std::chrono::minutes(-30));
  CHECK(must(world.desk(gemeente).send(world.example("A1"))).kept.state == client::KeptSent::State::queued);
  world.let_time_pass(std::chrono::minutes(30));
  world.mend();
  must(world.desk(gemeente).sync());
  CHECK(world.inbox(avim).size() == 2);
  CHECK(world.alarms(avim).empty());
}

SCENARIO("a gap is not forgotten because the broker does not say whether there is a tombstone") {
  World world;
  const auto lost = world.send(world.example("A1"));
  world.send(world.example("A1"));
  world.lie_to(avim, [&](const Request& request, Reply& reply) {
    if (request.action == Action::fetch) hide(reply, lost.message);
    if (request.action == Action::tombstone) reply.code = Code::busy;
  });
  CHECK_FALSE(world.desk(avim).fetch(at_once));
  world.lie_to(avim, [&](const Request& request, Reply& reply) {
    if (request.action == Action::fetch) hide(reply, lost.message);
  });
  (void)world.inbox(avim);  // past what it could not judge; then it comes again, without a restart
  CHECK(world.alarms(avim) == std::vector{AlarmCode::gap});
  CHECK(must(world.desk(avim).inbox()).size() == 1);
}

SCENARIO("a tombstone in another tree than the log's explains nothing, and is a forked log") {
  World world;
  world.send(world.example("A1"));
  REQUIRE(world.inbox(avim).size() == 1);
  const auto lost = world.send(world.example("A1"));
  Signature signature = Signature::zero();
  for (const Bytes& frame : world.frames()) {
    const auto request = decode_request(frame);
    if (!request || request->action != Action::submit) continue;
    signature = must(decode_submission(request->body)).signature;
  }
  world.send(world.example("A1"));
  world.lie_to(avim, [&](const Request& request, Reply& reply) {
    if (request.action == Action::fetch) hide(reply, lost.message);
    if (request.action != Action::tombstone) return;
    reply = tombstone_elsewhere(world, lost, signature);
  });
  const auto raised = world.alarms(avim);
  CHECK(std::ranges::count(raised, AlarmCode::gap) == 1);
  CHECK(std::ranges::count(raised, AlarmCode::forked_log) == 1);
}

SCENARIO("a broker that shows no log, or less than before, does not pass for an empty one") {
  World world;
  world.send(world.example("A1"));
  Reply early;
  world.lie_to(gemeente, [&](const Request& request, Reply& reply) {
    if (request.action == Action::head) early = reply;
  });
  must(world.desk(gemeente).verify_log());
  REQUIRE(world.inbox(avim).size() == 1);
  world.tell_the_truth();
  must(world.desk(gemeente).verify_log());
  const bool none = GENERATE(true, false);
  world.lie_to(gemeente, [&](const Request& request, Reply& reply) {
    if (request.action != Action::head) return;
    if (none) reply.items.clear();
    if (!none) reply.items = early.items;
  });
  const auto verified = world.desk(gemeente).verify_log();
  REQUIRE_FALSE(verified);
  CHECK(verified.error().code == Errc::unauthentic);
}

SCENARIO("a receipt that did not arrive is given the next day for that day's record, and the log agrees") {
  World world;
  world.send(world.example("A1"));
  world.lie_to(avim, [&](const Request& request, Reply& reply) {
    if (request.action == Action::fetch && !reply.items.empty()) world.cut();
  });
  CHECK_FALSE(world.desk(avim).fetch(at_once));  // kept, and then the line went down
  world.tell_the_truth();
  world.mend();
  world.advance_days(1);
  world.restart(avim);
  must(world.desk(avim).sync());
  WHEN("the broker is honest") {
    const auto inbox = world.inbox(avim);
    REQUIRE(inbox.size() == 1);
    CHECK(inbox[0].acknowledged);
    CHECK(must(decode_record(inbox[0].record)).day == world.today());
    CHECK(must(world.desk(avim).verify_log()).records >= 1);
    CHECK(world.alarms(avim).empty());
  }
  WHEN("it hands out another record than it decided") {
    world.lie_to(avim, [](const Request& request, Reply& reply) {
      if (request.action != Action::fetch) return;
      for (Item& item : reply.items) {
        Delivery delivery = must(decode_delivery(item.body));
        DeliveryRecord record = must(decode_record(delivery.record));
        record.entries[0].passed = !record.entries[0].passed;
        delivery.record = encode(record);
        item.body = encode(delivery);
      }
    });
    CHECK(world.alarms(avim) == std::vector{AlarmCode::no_proof});
    CHECK(must(world.desk(avim).inbox()).at(0).acknowledged == false);
  }
}

SCENARIO("what cannot leave does not keep a desk from taking in what waits") {
  World world;
  const auto first = world.send(world.example("A1"));
  REQUIRE(world.inbox(avim).size() == 1);
  world.send(world.example("A1"));
  const Code answer = GENERATE(Code::full, Code::over_quota);
  world.lie_to(avim, [&](const Request& request, Reply& reply) {
    if (request.action != Action::submit && request.action != Action::card) return;
    reply.code = answer;
    reply.items.clear();
  });
  must(world.desk(avim).refresh());
  const auto feedback = must(world.desk(avim).feedback({first.message, Status::opgepakt, "", "", false}));
  CHECK(feedback.kept.state == client::KeptSent::State::queued);
  CHECK_FALSE(world.desk(avim).send_waiting());
  CHECK(world.inbox(avim).size() == 2);
}
