#include "../../broker/src/quiet.h"

#include <set>

#include "scenario/names.h"
#include "scenario/world.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/wire/audit.h"

// The log of what names nobody: promised at once, there when the day is over, and silent about the hour.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

struct Quiet {
  World world;
  SystemRandom random;

  Quiet() { must(world.desk(zorg).sync()); }
  void send() {
    policy::Draft draft = world.example("A2");
    draft.mode = Mode::confidential;
    auto planned = must(world.desk(zorg).plan(std::move(draft)));
    const auto sent =
        must(world.desk(zorg).send_unnamed(std::move(planned), seal::ReceiptWords::draw(random)));
    REQUIRE(sent.kept.state == client::KeptSent::State::accepted);
  }
  std::uint64_t size(const std::string& log) {
    Request request;
    request.action = Action::head;
    request.name = log;
    const Reply reply = world.ask(avim, request);
    return reply.items.empty() ? 0 : must(decode_head(reply.items[0].body)).head.size;
  }
  std::vector<AuditLeaf> leaves(const std::string& log) {
    Request request;
    request.action = Action::audit;
    request.name = log;
    std::vector<AuditLeaf> all;
    for (const Item& item : world.ask(supervisor, request).items)
      all.push_back(must(decode_audit_leaf(item.body)));
    return all;
  }
  void next_day() {
    world.advance_days(1);
    for (const auto& desk : {avim, supervisor}) must(world.desk(desk).sync());
  }
};

}  // namespace

SCENARIO("neither log grows when a signal that names nobody comes, is read, and is answered") {
  Quiet quiet;
  const std::uint64_t before = quiet.size("");
  quiet.send();
  const auto inbox = quiet.world.inbox(avim);
  must(quiet.world.desk(avim).feedback({inbox.at(0).message, Status::opgepakt, "", "", false}));
  CHECK(quiet.size("") == before);
  CHECK(quiet.size("quiet") == 0);
  THEN("the day after all of it is there, in an order that says nothing of when it came") {
    for (int n = 0; n < 3; ++n) quiet.send();
    (void)quiet.world.inbox(avim);
    quiet.next_day();
    const auto leaves = quiet.leaves("quiet");
    REQUIRE(leaves.size() == 13);  // four acceptances, deliveries and receipts, and an outcome
    std::vector<Hash> hashes;
    for (const AuditLeaf& leaf : leaves) hashes.push_back(proof::log_leaf(leaf.kind, leaf.salt, leaf.record));
    CHECK(std::ranges::is_sorted(hashes));
    CHECK(quiet.world.alarms(avim).empty());
    CHECK(must(quiet.world.desk(avim).verify_log()).records >= 4);
  }
  THEN("the supervisor makes every decision in it again") {
    quiet.next_day();
    const auto report = must(quiet.world.desk(supervisor).audit());
    CHECK(report.failures.empty());
    CHECK(report.quiet == 4);
    CHECK(report.replayed == report.head.size + report.quiet);
  }
}

SCENARIO("a broker that breaks its promise is found out by who holds it") {
  Quiet quiet;
  quiet.send();
  REQUIRE(quiet.world.inbox(avim).size() == 1);
  quiet.world.lie_to(avim, [](const Request& request, Reply& reply) {
    if (request.action != Action::record) return;
    reply.items.clear();
    reply.code = Code::absent;
  });
  quiet.world.advance_days(1);
  (void)quiet.world.desk(avim).sync();
  CHECK(quiet.world.alarms(avim).empty());  // a broker may be late with its day
  quiet.world.advance_days(1);
  (void)quiet.world.desk(avim).sync();
  CHECK(quiet.world.alarms(avim) == std::vector{client::AlarmCode::broken_promise});
}

SCENARIO("a recipient who is shown another quiet log than a closed day names, sees so") {
  Quiet quiet;
  quiet.send();
  const auto inbox = quiet.world.inbox(avim);
  REQUIRE(inbox.size() == 1);
  // A quiet log of its own for this desk, signed as it must be: the record behind another that nobody else is
  // shown.
  const Hash leaf = proof::log_leaf(LeafKind::delivery, inbox[0].record_salt, inbox[0].record);
  const Hash invented = proof::leaf_node(quiet.random.draw<Hash>());
  proof::Regrown tree;
  tree.add(invented);
  tree.add(proof::leaf_node(leaf));
  LogProof alone;
  alone.index = 1;
  alone.path = {invented};
  const Hash log = quiet.world.directory().log_id;
  alone.head.head = {quiet.world.network_id(), proof::quiet_log_id(log), 2, tree.root(), Hash::zero()};
  alone.head.signature = quiet.world.log_key().sign(encode(alone.head.head));
  quiet.world.lie_to(avim, [&](const Request& request, Reply& reply) {
    if (request.action == Action::record && reply.items.size() == 2) reply.items[1].body = encode(alone);
  });
  quiet.world.advance_days(1);
  (void)quiet.world.desk(avim).sync();
  quiet.world.advance_days(1);
  (void)quiet.world.desk(avim).sync();
  const auto kept = must(quiet.world.desk(avim).alarms());
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].alarm.text.find("closed day") != std::string::npos);
  CHECK(quiet.world.alarms(avim) == std::vector{client::AlarmCode::broken_promise});
}

SCENARIO("a delivery whose record is not promised is not shown") {
  Quiet quiet;
  quiet.send();
  quiet.world.lie_to(avim, [](const Request& request, Reply& reply) {
    if (request.action != Action::fetch || reply.items.empty()) return;
    auto delivery = must(decode_delivery(reply.items[0].body));
    auto promise = must(decode_promise(delivery.proof));
    promise.day = promise.day.plus(1);
    delivery.proof = encode(promise);
    reply.items[0].body = encode(delivery);
  });
  CHECK(quiet.world.inbox(avim).empty());
  CHECK(quiet.world.alarms(avim) == std::vector{client::AlarmCode::no_proof});
}

SCENARIO("a supervisor who is shown another quiet log than a closed day names, sees so") {
  Quiet quiet;
  quiet.send();
  (void)quiet.world.inbox(avim);
  quiet.next_day();
  quiet.world.lie_to(supervisor, [](const Request& request, Reply& reply) {
    if (request.action == Action::audit && request.name == "quiet")
      std::swap(reply.items.at(0), reply.items.at(1));
  });
  const auto report = must(quiet.world.desk(supervisor).audit());
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].find("closed day") != std::string::npos);
}

SCENARIO("a broker that dates a record of what names nobody back is found out by the audit") {
  Quiet quiet;
  quiet.send();
  const auto inbox = quiet.world.inbox(avim);
  REQUIRE(inbox.size() == 1);
  quiet.next_day();
  // A second decision, of today, with yesterday's date on it.
  must(quiet.world.broker_store().write([&](store::Writer& writer) {
    return broker::hold_leaf(writer, LeafKind::delivery, quiet.random.draw<Hash>(), inbox[0].record,
                             store::permanent, quiet.world.today());
  }));
  quiet.next_day();
  const auto report = must(quiet.world.desk(supervisor).audit());
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].find("dated 2026-11-23") != std::string::npos);
}

SCENARIO("who knows a neighbour's record to the last bit cannot find it in the log") {
  World world;
  auto draft = world.example("A1");
  world.sign_statements(draft);
  (void)world.send(std::move(draft));
  const auto mine = world.inbox(avim);
  const auto theirs = world.inbox(zorg);
  REQUIRE((mine.size() == 1 && theirs.size() == 1));
  Request request;
  request.action = Action::audit;
  std::set<Hash> nodes;
  for (const Item& item : world.ask(supervisor, request).items)
    nodes.insert(must(decode_audit_leaf(item.body)).node);
  const auto there = [&](const Hash& salt, const Bytes& record) {
    return nodes.contains(proof::leaf_node(proof::log_leaf(LeafKind::delivery, salt, record)));
  };
  CHECK(there(mine[0].record_salt, mine[0].record));  // control
  CHECK(there(theirs[0].record_salt, theirs[0].record));
  for (const Hash& salt : {Hash::zero(), mine[0].record_salt, mine[0].h0, mine[0].manifest, theirs[0].h0})
    CHECK_FALSE(there(salt, theirs[0].record));
}
