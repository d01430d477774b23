#include "scenario/names.h"
#include "scenario/world.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/leaves.h"
#include "seinhuis/proof/log.h"

// The real broker with one edge that lies. Each lie is caught under its own name, and nothing of the message
// is shown.
using namespace seinhuis;
using namespace seinhuis::test;
using client::AlarmCode;

namespace {

// Changes every delivery on its way to the recipient.
Lie with_delivery(std::function<void(Delivery&)> change) {
  return [change = std::move(change)](const Request& request, Reply& reply) {
    if (request.action != Action::fetch) return;
    for (Item& item : reply.items) {
      Delivery delivery = must(decode_delivery(item.body));
      change(delivery);
      item.body = encode(delivery);
    }
  };
}

// A broker holds the log's key, so it can prove any record it makes up, in a log of its own.
void prove_anew(const World& world, Delivery& delivery) {
  const Hash leaf = proof::log_leaf(LeafKind::delivery, delivery.record_salt, delivery.record);
  Hash root = Hash::zero();
  const auto keep = [&](std::uint8_t, std::uint64_t, const Hash& node) -> Result<Done> {
    root = node;
    return Done{};
  };
  must(proof::grow(
      0, leaf,
      [](std::uint8_t, std::uint64_t) -> Result<Hash> {
        return Error{Errc::absent, ""};
      },
      keep));
  const Head seen = must(decode_log_proof(delivery.proof)).head.head;
  SignedHead head{{seen.network, seen.log, 1, root, Hash::zero()}, Signature::zero()};
  head.signature = world.log_key().sign(encode(head.head));
  delivery.proof = encode(LogProof{0, {}, head});
}

Lie with_record(const World& world, std::function<void(Delivery&, DeliveryRecord&)> change) {
  return with_delivery([&world, change = std::move(change)](Delivery& delivery) {
    DeliveryRecord record = must(decode_record(delivery.record));
    change(delivery, record);
    delivery.record = encode(record);
    prove_anew(world, delivery);
  });
}

void expect_alarm(World& world, AlarmCode code) {
  const auto raised = world.alarms(avim);
  REQUIRE(raised.size() == 1);
  CHECK(client::to_string(raised[0]) == client::to_string(code));
  CHECK(must(world.desk(avim).inbox()).empty());
}

}  // namespace

TEST_CASE("a broker that does not lie raises no alarm") {
  World world;
  world.send(world.example("A1"));
  CHECK(world.inbox(avim).size() == 1);
  CHECK(world.alarms(avim).empty());
}

TEST_CASE("a broker that drops a field is caught") {
  World world;
  world.send(world.example("A1"));
  world.lie_to(avim, with_delivery([](Delivery& d) { d.passed.pop_back(); }));
  expect_alarm(world, AlarmCode::dropped);
}

TEST_CASE("a broker that strips more than the policy says is caught, whatever its record says") {
  World world;
  world.send(world.example("A1"));
  world.lie_to(avim, with_record(world, [](Delivery& d, DeliveryRecord& record) {
                 const std::uint16_t entry = d.passed.back().entry;
                 d.passed.pop_back();
                 for (EntryVerdict& verdict : record.entries) {
                   if (verdict.entry == entry) verdict = {entry, false, "V-01", Gate::minimisation};
                 }
               }));
  expect_alarm(world, AlarmCode::broker_withheld);
}

TEST_CASE("a broker that gives other reasons than the policy is caught") {
  World world;
  world.send(world.example("A1"));
  world.lie_to(avim, with_record(world, [](Delivery&, DeliveryRecord& record) {
                 record.entries[0].rule = "een-andere-regel";
               }));
  expect_alarm(world, AlarmCode::record_mismatch);
}

TEST_CASE("a broker that hands a desk another desk's slot is caught") {
  World world;
  world.send(world.example("A1"));
  Bytes other;
  world.lie_to("zorgcoordinatie-noord/zorgcoordinator", [&](const Request& request, Reply& reply) {
    if (request.action == Action::fetch && !reply.items.empty()) other = reply.items[0].body;
  });
  (void)world.inbox("zorgcoordinatie-noord/zorgcoordinator");
  REQUIRE_FALSE(other.empty());
  world.lie_to(avim, [&](const Request& request, Reply& reply) {
    if (request.action == Action::fetch) reply.items = {{1, other}};
  });
  const auto raised = world.alarms(avim);
  REQUIRE_FALSE(raised.empty());
  CHECK(raised[0] == AlarmCode::not_mine);
}

TEST_CASE("a broker that passes a field the sender did not seal for this desk is caught") {
  World world;
  world.send(world.example("A1"));
  world.lie_to(avim, with_delivery([](Delivery& d) { d.sealed_entries.erase(d.sealed_entries.begin()); }));
  const auto raised = world.alarms(avim);
  REQUIRE(raised.size() == 1);
  CHECK((raised[0] == AlarmCode::bad_manifest || raised[0] == AlarmCode::broker_added));
}

TEST_CASE("a broker that reorders leaves is caught") {
  World world;
  world.send(world.example("A1"));
  world.lie_to(avim, with_delivery([](Delivery& d) { std::swap(d.field_leaves[0], d.field_leaves[1]); }));
  expect_alarm(world, AlarmCode::bad_manifest);
}

TEST_CASE("a broker that gives a message another sender is caught") {
  World world;
  world.send(world.example("A1"));
  world.lie_to(avim, with_delivery([](Delivery& d) {
                 Prologue p = must(decode_prologue(d.prologue));
                 p.sender = "gemeente-amsterdam/toezicht";
                 d.prologue = encode(p);
               }));
  expect_alarm(world, AlarmCode::bad_manifest);
}

TEST_CASE("a broker that signs a message anew for another sender is caught") {
  World world;
  world.send(world.example("A1"));
  SystemRandom random;
  const proof::Signer own(proof::SigningSeed::filled([&](std::span<std::byte> out) { random.fill(out); }));
  world.lie_to(avim, with_record(world, [&](Delivery& d, DeliveryRecord& record) {
                 Prologue p = must(decode_prologue(d.prologue));
                 p.sender = "gemeente-amsterdam/toezicht";
                 p.signer = own.key();
                 d.prologue = encode(p);
                 const Hash h0 = proof::h0_of(d.prologue);
                 for (const PassedField& field : d.passed)
                   d.field_leaves[field.entry] =
                       proof::field_leaf(h0, field.entry, {field.commitment, field.ciphertext});
                 const Hash mine = proof::recipient_leaf(d.salt, avim, d.card);
                 d.slot_leaves[d.slot] =
                     proof::slot_leaf(h0, {d.slot, d.activation, mine, d.enc, d.sealed_entries, d.note});
                 d.signature = own.sign(proof::manifest_message(
                     proof::manifest_hash(d.prologue, d.field_leaves, d.slot_leaves)));
                 record.h0 = h0;
               }));
  expect_alarm(world, AlarmCode::not_the_sender);
}

TEST_CASE("a broker that decides under a policy that is not current is caught") {
  World world;
  world.send(world.example("A1"));
  world.lie_to(avim, with_record(world, [](Delivery&, DeliveryRecord& record) {
                 record.policy.hash = proof::h32(view("other"));
               }));
  expect_alarm(world, AlarmCode::old_policy);
}

TEST_CASE("a record dated two days off is caught: it would revive a basis that lapsed") {
  World world;
  world.send(world.example("A1"));
  for (const int days : {-2, 2}) {
    world.lie_to(avim, with_record(world, [days](Delivery&, DeliveryRecord& record) {
                   record.day = Day(static_cast<std::uint32_t>(static_cast<int>(record.day.days()) + days));
                 }));
    (void)world.inbox(avim);
  }
  const auto raised = world.alarms(avim);
  REQUIRE_FALSE(raised.empty());
  CHECK(raised[0] == AlarmCode::record_date);
}

TEST_CASE("a record dated on the last day of a covenant does not revive it two days later") {
  World world("2025-12-31");
  policy::Draft draft = world.example("A5");
  world.sign_statements(draft);
  world.send(draft);
  const std::string shelter = "opvang-noord/intake";
  Request fetch;
  fetch.action = Action::fetch;
  const Reply in_time = world.ask(shelter, fetch);
  REQUIRE(in_time.items.size() == 1);
  world.advance_days(2);
  must(world.desk(shelter).sync());
  world.lie_to(shelter, [&](const Request& request, Reply& reply) {
    if (request.action == Action::fetch && !reply.items.empty()) reply.items = in_time.items;
  });
  CHECK(world.alarms(shelter) == std::vector{AlarmCode::record_date});
  CHECK(must(world.desk(shelter).inbox()).empty());
}

TEST_CASE("a record that is not in the log is caught") {
  World world;
  world.send(world.example("A1"));
  world.lie_to(avim, with_delivery([](Delivery& d) { d.record_salt = proof::h32(view("other salt")); }));
  expect_alarm(world, AlarmCode::no_proof);
}

TEST_CASE("a broker that forks its log is caught by who saw the other branch") {
  World world;
  world.send(world.example("A1"));
  REQUIRE(world.inbox(avim).size() == 1);
  world.send(world.example("A1"));
  world.lie_to(avim, with_delivery([&](Delivery& d) { prove_anew(world, d); }));
  const auto raised = world.alarms(avim);
  REQUIRE(raised.size() == 1);
  CHECK(raised[0] == AlarmCode::forked_log);
  CHECK(must(world.desk(avim).inbox()).size() == 1);
}

TEST_CASE("a delivery played again on day 6 under a younger record is caught") {
  World world;
  Bytes kept;
  world.send(world.example("A1"));
  world.lie_to(avim, [&](const Request& request, Reply& reply) {
    if (request.action == Action::fetch && !reply.items.empty()) kept = reply.items[0].body;
  });
  REQUIRE(world.inbox(avim).size() == 1);
  world.advance_days(6);
  must(world.desk(avim).sync());
  world.lie_to(avim, [&](const Request& request, Reply& reply) {
    if (request.action != Action::fetch) return;
    Delivery again = must(decode_delivery(kept));
    DeliveryRecord record = must(decode_record(again.record));
    record.day = world.today();
    again.record = encode(record);
    prove_anew(world, again);
    reply.items = {{9, encode(again)}};
  });
  const auto raised = world.alarms(avim);
  REQUIRE(raised.size() == 1);
  CHECK(raised[0] == AlarmCode::replay);
  CHECK(must(world.desk(avim).inbox()).size() == 1);
}

TEST_CASE("the same delivery again before its receipt arrived is acknowledged and not shown twice") {
  World world;
  world.send(world.example("A1"));
  bool lost = false;
  world.lie_to(avim, [&](const Request& request, Reply& reply) {
    if (request.action == Action::receipt && !lost) {
      reply.code = Code::busy;  // the answer to the receipt is lost
      lost = true;
    }
  });
  int receipts = 0;
  for (int n = 0; n < 3; ++n) CHECK(world.inbox(avim).size() == 1);
  world.lie_to(
      avim, [&](const Request& request, Reply&) { receipts += request.action == Action::receipt ? 1 : 0; });
  (void)world.inbox(avim);
  CHECK(receipts == 0);  // the second receipt arrived, and nothing waits
  CHECK(lost);
  CHECK(world.alarms(avim).empty());
}

TEST_CASE("deliveries that cannot be read or acknowledged do not come round for ever") {
  World world;
  world.send(world.example("A1"));
  world.lie_to(avim,
               with_delivery([](Delivery& d) { d.prologue = copy(view("nonsense, longer than twelve")); }));
  CHECK(must(world.desk(avim).fetch(std::chrono::milliseconds(0))) == 1);
  CHECK(must(world.desk(avim).fetch(std::chrono::milliseconds(0))) == 0);
  CHECK(world.alarms(avim) == std::vector{AlarmCode::malformed});
}

TEST_CASE(
    "a flipped bit anywhere in a delivery is refused, or changes nothing that is shown or kept as evidence") {
  World world;
  world.send(world.example("A1"));
  Bytes good;
  world.lie_to(avim, [&](const Request& request, Reply& reply) {
    if (request.action != Action::fetch || reply.items.empty()) return;
    good = reply.items[0].body;
    reply.items.clear();  // kept from the client
  });
  (void)world.inbox(avim);
  REQUIRE_FALSE(good.empty());
  const Delivery whole = must(decode_delivery(good));
  std::size_t refused = 0;
  for (std::size_t at = 0; at < good.size(); at += 3) {
    Bytes flipped = good;
    flipped[at] ^= std::byte{0x10};
    const auto seen = decode_delivery(flipped);
    if (seen && *seen == whole) continue;  // padding that no member is made of
    ++refused;
    if (!seen) continue;
    const Hash h0 = proof::h0_of(seen->prologue);
    const auto manifest = proof::manifest_hash(seen->prologue, seen->field_leaves, seen->slot_leaves);
    bool holds = proof::verifies(must(decode_prologue(whole.prologue)).signer, seen->signature,
                                 proof::manifest_message(manifest));
    const Hash leaf = proof::recipient_leaf(seen->salt, avim, seen->card);
    const proof::SlotParts parts{seen->slot, seen->activation,     leaf,
                                 seen->enc,  seen->sealed_entries, seen->note};
    holds = holds && seen->slot < seen->slot_leaves.size() &&
            proof::slot_leaf(h0, parts) == seen->slot_leaves[seen->slot];
    for (const PassedField& field : seen->passed) {
      holds = holds && field.entry < seen->field_leaves.size() &&
              proof::field_leaf(h0, field.entry, {field.commitment, field.ciphertext}) ==
                  seen->field_leaves[field.entry];
      const auto listed = std::ranges::find(seen->sealed_entries, field.entry, &SlotEntry::entry);
      holds = holds && listed != seen->sealed_entries.end() && listed->wrap_hash == proof::h32(field.wrap);
    }
    const Hash record_leaf = proof::log_leaf(LeafKind::delivery, seen->record_salt, seen->record);
    const auto proof_seen = decode_log_proof(seen->proof);
    const auto directory = world.signed_world().get()->network.directories.back().directory;
    holds = holds && proof_seen &&
            proof::proves(*proof_seen, record_leaf, directory.network, directory.log_id, directory.log_key);
    CAPTURE(at);
    CHECK_FALSE(
        (holds && seen->passed.size() == whole.passed.size() && seen->statements == whole.statements));
  }
  CHECK(refused > good.size() / 6);
}
