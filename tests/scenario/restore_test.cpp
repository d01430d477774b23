#include "copies.h"
#include "network_admin.h"
#include "scenario/names.h"
#include "scenario/world.h"
#include "seinhuis/base/files.h"
#include "seinhuis/broker/restored.h"
#include "seinhuis/proof/token.h"
#include "wallet.h"

// A broker that is put back from a copy: nothing is lost that is not said, and nothing counts twice.
using namespace seinhuis;
using namespace seinhuis::test;
using client::AlarmCode;

namespace {

struct Copied {
  World world;
  Folder home;
  SystemRandom random;
  broker::CopyPlaces places{home.path() / "copy", home.path() / "keys"};

  broker::DaemonConfig config() const {
    broker::DaemonConfig config;
    config.metadata = world.folder() / "metadata";
    config.store = world.folder() / "broker" / "store";
    config.clock = world.folder() / "metadata" / "sandbox-clock";
    config.map_megabytes = 256;
    return config;
  }
  client::KeptSent send() {
    policy::Draft draft = world.example("A1");
    draft.to = {avim};
    return world.send(std::move(draft));
  }
  void copy() {
    world.while_stopped([&] { must(broker::make_copy(config(), places)); });
  }
  // The disk is gone; the copy, then the administrators' word, which they may give more than once.
  void restore(int times_signed = 1) {
    world.while_stopped([&] {
      std::filesystem::rename(config().store, home.path() / "lost");
      must(broker::put_back(config(), places));
      for (int n = 0; n < times_signed; ++n) must(tools::continue_log(world.folder(), random));
      must(tools::publish(world.folder(), {}, {}, world.now()));
    });
    must(world.ledger().turn_day(*world.signed_world().get(), world.now(), random.draw<Hash>()));
  }
  void take_in_all() {
    for (int round = 0; round < 3; ++round) {
      for (const std::string& desk : {gemeente, avim}) {
        must(world.desk(desk).sync());
        (void)world.inbox(desk);
      }
    }
  }
};

}  // namespace

SCENARIO("F22: what a restored broker does not know any more is handed in again, or said to be lost") {
  Copied copied;
  World& world = copied.world;
  const auto before = copied.send();
  (void)world.inbox(avim);
  copied.copy();
  const auto after = copied.send();
  WHEN("who sent it has it still") {
    (void)world.inbox(avim);
    must(world.desk(avim).feedback({after.message, Status::opgepakt, "", "", false}));
    (void)world.inbox(gemeente);
    copied.restore();
    copied.take_in_all();
    const auto steps = must(world.desk(gemeente).follow(after.message));
    CHECK(steps.size() == 3);  // accepted, received, taken up
    CHECK(world.alarms(gemeente) == std::vector{AlarmCode::restored_log});
    CHECK(world.alarms(avim) == std::vector{AlarmCode::restored_log});
    CHECK(must(world.desk(gemeente).follow(before.message)).size() == 2);
  }
  WHEN("who sent it has not") {
    world.advance_days(8);
    must(world.desk(gemeente).sync());  // copies of what is older go
    copied.restore();
    must(world.desk(gemeente).sync());
    const auto sent = must(world.desk(gemeente).sent());
    const auto found = std::ranges::find(sent, after.message, &client::KeptSent::message);
    REQUIRE(found != sent.end());
    CHECK(found->state == client::KeptSent::State::refused);
    CHECK(found->text == "lost when the broker was restored; send it again");
    CHECK(world.alarms(gemeente) == std::vector{AlarmCode::restored_log});
  }
}

SCENARIO("an answer that is handed in again before what it answers waits for that") {
  Copied copied;
  World& world = copied.world;
  (void)copied.send();
  copied.copy();
  const auto sent = copied.send();
  REQUIRE(world.inbox(avim).size() == 2);
  must(world.desk(avim).feedback({sent.message, Status::opgepakt, "", "", false}));
  (void)world.inbox(gemeente);
  copied.restore();
  (void)world.desk(avim).sync();  // the desk that answered comes first
  const auto synced = world.desk(avim).sync();
  REQUIRE_FALSE(synced);
  CHECK(synced.error().code == Errc::busy);
  CHECK(synced.error().detail.find("may be handed in again") != std::string::npos);
  const auto sent_by_it = must(world.desk(avim).sent());
  const auto answer = std::ranges::find(sent_by_it, Kind::feedback, &client::KeptSent::kind);
  REQUIRE(answer != sent_by_it.end());
  CHECK(answer->state == client::KeptSent::State::queued);
  copied.take_in_all();
  const auto steps = must(world.desk(gemeente).follow(sent.message));
  REQUIRE(steps.size() == 3);
  CHECK(std::ranges::count(steps, "opgepakt", &client::Step::status) == 1);
  CHECK(world.alarms(gemeente) == std::vector{AlarmCode::restored_log});
  CHECK(world.alarms(avim) == std::vector{AlarmCode::restored_log});
}

SCENARIO("what was written while the broker was away leaves behind what is handed in again") {
  Copied copied;
  World& world = copied.world;
  (void)copied.send();
  copied.copy();
  const auto lost = copied.send();
  world.cut();
  policy::Draft draft = world.example("A1");
  draft.to = {avim};
  const auto later = must(world.desk(gemeente).send(std::move(draft))).kept;
  world.mend();
  copied.restore();
  must(world.desk(gemeente).sync());
  const auto inbox = world.inbox(avim);
  CHECK(inbox.size() == 3);
  for (const MessageId& message : {lost.message, later.message})
    CHECK(std::ranges::count(inbox, message, &client::KeptDelivery::message) == 1);
  CHECK(world.alarms(avim).empty());
}

SCENARIO("a desk that was away during two restores hands in again what the first of them lost") {
  Copied copied;
  World& world = copied.world;
  (void)copied.send();
  copied.copy();
  const auto lost = copied.send();
  (void)world.inbox(gemeente);
  copied.restore();
  const int between = GENERATE(0, 12);  // leaves of the second log: fewer, or more, than were lost
  const policy::Draft other = world.example("A9");
  must(world.desk(other.from).sync());
  for (int n = 0; n < between; ++n) world.send(other);
  must(world.desk(avim).sync());
  copied.places = {copied.home.path() / "copy2", copied.home.path() / "keys2"};
  copied.copy();
  std::filesystem::rename(copied.home.path() / "lost", copied.home.path() / "lost-first");
  copied.restore();
  copied.take_in_all();
  CHECK(world.alarms(gemeente) == std::vector{AlarmCode::restored_log});
  CHECK(must(world.desk(gemeente).follow(lost.message)).size() == 2);
}

SCENARIO("a new log that is signed twice before it is published follows the log that is published") {
  Copied copied;
  (void)copied.send();
  copied.copy();
  const auto lost = copied.send();
  copied.restore(2);
  copied.take_in_all();
  CHECK(copied.world.alarms(gemeente) == std::vector{AlarmCode::restored_log});
  CHECK(must(copied.world.desk(gemeente).follow(lost.message)).size() == 2);
}

SCENARIO("a desk that saw nothing of what is lost has nothing to say, and goes on") {
  Copied copied;
  World& world = copied.world;
  (void)copied.send();
  (void)world.inbox(avim);
  copied.copy();
  copied.restore();
  copied.take_in_all();
  CHECK(world.alarms(gemeente).empty());
  CHECK(world.alarms(avim).empty());
  CHECK(copied.send().state == client::KeptSent::State::accepted);
}

SCENARIO("a broker cannot begin another log by itself: the root must stand for it") {
  Copied copied;
  World& world = copied.world;
  (void)copied.send();
  must(tools::change_pending(world.folder(), [&](metadata::Directory& directory) -> Result<Done> {
    directory.log_id = copied.random.draw<Hash>();
    return Done{};
  }));
  const auto published = tools::publish(world.folder(), {}, {}, world.now());
  REQUIRE_FALSE(published);
  CHECK(published.error().detail.find("names another log than the root") != std::string::npos);
}

SCENARIO("a broker that is put back and shows no beginning of its log is not believed") {
  Copied copied;
  World& world = copied.world;
  (void)copied.send();
  copied.copy();
  copied.restore();
  world.lie_to(gemeente, [](const Request& request, Reply& reply) {
    if (request.action == Action::head && reply.items.size() == 2) reply.items.pop_back();
  });
  CHECK_FALSE(world.desk(gemeente).sync());
  CHECK(world.alarms(gemeente) == std::vector{AlarmCode::forked_log});
}

SCENARIO("F13: a token of before a restore admits nothing after it, and every desk has others") {
  Copied copied;
  World& world = copied.world;
  (void)copied.send();
  must(world.desk(zorg).fetch_tokens());
  const TokenKind kind{TokenUse::admission, {}, proof::token_epoch(world.today())};
  const metadata::TokenKey old = *proof::find_token_key(world.directory(), kind);
  std::optional<client::Wallet::Token> token;
  must(world.store_of(zorg).write([&](store::Writer& writer) -> Result<Done> {
    auto taken = must(client::Wallet::take(writer, old));
    token = std::move(taken);
    return Done{};
  }));
  REQUIRE(token);
  Redemption spent;
  spent.network = world.network_id();
  spent.mode = Mode::anonymous;
  spent.epoch = kind.epoch;
  spent.nonce = token->nonce;
  spent.mac = proof::redemption_mac(spent, token->worth);
  copied.copy();
  copied.restore();
  Request redeem;
  redeem.action = Action::redeem;
  redeem.body = encode(spent);
  const Reply refused = world.ask_anonymously(std::move(redeem));
  CHECK(refused.code != Code::ok);
  CHECK_FALSE(refused.text.empty());
  const metadata::TokenKey* fresh = proof::find_token_key(world.directory(), kind);
  REQUIRE(fresh != nullptr);
  CHECK(fresh->key != old.key);
  must(world.desk(zorg).sync());
  must(world.desk(zorg).fetch_tokens());
  CHECK(world.desk(zorg).has_tokens());
  const auto crowd = world.ledger().crowd(kind).items;
  CHECK(crowd.size() == 1);  // who fetched before the restore does not count
}

SCENARIO("after a restore no deadline passes for a day: desks say again what was lost") {
  Copied copied;
  World& world = copied.world;
  const auto sent = copied.send();
  copied.copy();
  copied.restore();
  const Instant begun = world.now();
  const auto next = must(world.ledger().next_alarm());
  REQUIRE(next);
  CHECK(*next >= begun + std::chrono::hours(24));
}

SCENARIO("a store that is put back does not serve under the log and tokens of before") {
  Copied copied;
  (void)copied.send();
  copied.copy();
  World& world = copied.world;
  const auto config = copied.config();
  world.while_stopped([&] {
    std::filesystem::rename(config.store, copied.home.path() / "lost");
    must(broker::put_back(config, copied.places));
    const auto store = must(store::open_lmdb(config.store, 1U << 28U, copied.random));
    metadata::Directory directory = world.directory();
    CHECK_FALSE(broker::check_continued(*store, directory));
    directory.log_id = copied.random.draw<Hash>();
    CHECK_FALSE(broker::check_continued(*store, directory));  // the tokens
    directory.token_keys.clear();
    CHECK(broker::check_continued(*store, directory));
  });
}
