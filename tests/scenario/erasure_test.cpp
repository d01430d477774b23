#include "../../broker/src/tables.h"
#include "scenario/names.h"
#include "scenario/world.h"
#include "seinhuis/base/files.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/wire/audit.h"

// What is kept no longer is gone: from the store, and from every copy of it, with the key of its month. The
// log still holds the place where it stood.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

struct Kept {
  World world;
  client::KeptSent sent;
  std::vector<StatusEntry> steps;  // as they were proved when they were there
  Folder copy;

  Kept() {
    policy::Draft draft = world.example("A1");
    draft.to = {avim};
    sent = world.send(std::move(draft));
    REQUIRE(world.inbox(avim).size() == 1);
    must(world.desk(avim).feedback({sent.message, Status::gesloten, "afgerond", "", false}));
    (void)world.inbox(gemeente);
    for (const Item& item : world.ledger().follow(gemeente, sent.message).items)
      steps.push_back(must(decode_status(item.body)));
    REQUIRE(steps.size() == 3);
    std::filesystem::copy(world.folder() / "broker" / "store" / "data.mdb", copy.path() / "data.mdb");
  }
  // The broker's own rounds, one after the other.
  void forget() {
    world.service().finish();
    while (must(world.ledger().sweep(world.now(), 100, world.today())) == 100) continue;
    world.keep_time();
    while (must(world.ledger().forget(world.today(), 10))) continue;
  }
  Result<std::optional<Bytes>> row(const store::Store& store) const {
    Result<std::optional<Bytes>> found{std::nullopt};
    must(store.read([&](const store::Reader& reader) -> Result<Done> {
      found = reader.get(broker::signal_table, sent.message.bytes());
      return Done{};
    }));
    return found;
  }
};

}  // namespace

SCENARIO(
    "when its retention is over a signal is gone from the store and from copies of it, and the log "
    "verifies") {
  Kept kept;
  World& world = kept.world;
  REQUIRE(must(kept.row(world.broker_store())));
  const SignedHead before = kept.steps.back().proof.head;
  world.advance_days(30 * 14);
  world.refresh();
  kept.forget();
  THEN("it is not there") {
    CHECK_FALSE(must(kept.row(world.broker_store())));
    CHECK(world.ledger().follow(gemeente, kept.sent.message).code == Code::absent);
  }
  THEN("a copy of the store that was made before does not open with the keys that are left") {
    const auto folder = kept.copy.path();
    std::filesystem::copy(world.folder() / "broker" / "store" / "keys", folder / "keys");
    SystemRandom random;
    const auto copied = must(store::open_lmdb(folder, 1U << 28U, random));
    const auto found = kept.row(*copied);
    REQUIRE_FALSE(found);
    CHECK(found.error().code == Errc::absent);
  }
  THEN("its leaves stand in the log where they stood, and say nothing any more") {
    const Reply leaves = world.ledger().audit({}, 0);
    for (const StatusEntry& step : kept.steps) {
      const LeafKind kind = step.step == StatusEntry::Step::accepted   ? LeafKind::accepted
                            : step.step == StatusEntry::Step::received ? LeafKind::receipt
                                                                       : LeafKind::outcome;
      const auto leaf = must(decode_audit_leaf(leaves.items.at(step.proof.index).body));
      CHECK(leaf.erased);
      CHECK(leaf.record.empty());
      CHECK(leaf.node == proof::leaf_node(proof::log_leaf(kind, step.salt, step.statement)));
    }
    const auto newest = must(decode_head(world.ledger().head().items.at(0).body));
    const auto growth = world.ledger().growth({}, before.head.size, newest.head.size);
    CHECK((newest.head.size == before.head.size ||
           proof::extends(newest.head, before.head, proof::path_in(growth.items.at(0).body))));
  }
  THEN("the audit counts what is erased and finds nothing wrong") {
    world.restart_broker();
    must(world.desk(supervisor).sync());
    const auto report = must(world.desk(supervisor).audit());
    CHECK(report.failures == std::vector<std::string>{});
    CHECK(report.erased >= 3);
  }
}

SCENARIO("nothing is forgotten before its time, whatever a clock says") {
  Kept kept;
  World& world = kept.world;
  WHEN("its month is not over") {
    world.advance_days(300);
    world.refresh();
    kept.forget();
    CHECK(must(kept.row(world.broker_store())));
  }
  WHEN("only the clock says that it is") {
    world.let_time_pass(std::chrono::hours(24 * 30 * 14));
    world.service().finish();
    const Day certain = Day::of(world.signed_world().get()->network.timestamp.signed_at);
    while (must(world.ledger().sweep(world.now(), 100, certain)) == 100) continue;
    while (must(world.ledger().forget(certain, 10))) continue;
    CHECK(must(kept.row(world.broker_store())));
  }
}
