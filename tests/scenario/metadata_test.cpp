#include "network_admin.h"
#include "scenario/world.h"
#include "seinhuis/base/files.h"
#include "seinhuis/proof/hash.h"

// Signed metadata against whoever serves it: nothing older, nothing mixed, nothing with too few keys.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

struct Signed {
  explicit Signed(const std::string& date = first_day) : world(date) {}

  World world;
  proof::Files files = must(proof::read_metadata(world.folder() / "metadata"));
  Result<proof::Network> verify(const proof::Floor& floor = {}) const {
    return proof::verify_network(files, floor, world.now());
  }
  std::string refusal(const proof::Floor& floor = {}) const {
    const auto network = verify(floor);
    return network ? "accepted" : std::string(to_string(network.error().code)) + " " + network.error().detail;
  }
};

}  // namespace

TEST_CASE("the metadata of a sandbox verifies, and gives every desk a card") {
  const Signed given;
  const auto network = must(given.verify());
  CHECK(network.directories.size() == 1);
  CHECK(proof::card_on(network, "nla/toezicht", KeyCard::Use::current, given.world.today()) != nullptr);
  CHECK(proof::card_on(network, "nla/toezicht", KeyCard::Use::current, given.world.today().plus(400)) ==
        nullptr);
}

TEST_CASE("a rollback is refused: what was accepted once is the floor") {
  const Signed given;
  const auto network = must(given.verify());
  proof::Floor floor = network.floor;
  ++floor.timestamp;
  CHECK(given.refusal(floor).starts_with("stale timestamp"));
  floor = network.floor;
  ++floor.policy;
  CHECK(given.refusal(floor).starts_with("stale policy"));
}

TEST_CASE("a freeze is refused: the timestamp expires") {
  Signed given;
  given.world.let_time_pass(std::chrono::minutes(1440 * 31));
  CHECK(given.refusal().starts_with("stale timestamp: expired"));
}

TEST_CASE("mix and match is refused: every file is bound by the one above it") {
  Signed given;
  Signed other("2026-11-24");  // another network
  for (const char* name : {"1.directory", "1.policy", "1.snapshot", "timestamp"}) {
    Signed mixed;
    mixed.files[name] = other.files[name];
    CAPTURE(name);
    CHECK(mixed.refusal().starts_with("unauthentic"));
  }
  given.files["cards"] = other.files["cards"];
  CHECK(given.refusal() == "unauthentic cards: is not the list the timestamp names");
}

TEST_CASE("two signatures of one key count once") {
  Signed given;
  auto file = must(metadata::decode_signed(given.files["1.policy"]));
  REQUIRE(file.signatures.size() == 2);
  file.signatures[1] = file.signatures[0];
  given.files["1.policy"] = encode(file);
  CHECK(given.refusal() == "unauthentic 1.policy: has too few valid signatures of distinct keys");
}

TEST_CASE("a flipped bit in any file is refused") {
  const Signed given;
  for (const auto& [name, content] : given.files) {
    for (const std::size_t at : {content.size() / 3, content.size() / 2, content.size() - 9}) {
      Signed spoiled;
      spoiled.files = given.files;
      spoiled.files[name][at] ^= std::byte{4};
      CAPTURE(name, at);
      const auto network = proof::verify_network(spoiled.files, {}, given.world.now());
      const auto before = metadata::decode_signed(content);
      const auto after = metadata::decode_signed(spoiled.files[name]);
      const bool same = name != "cards" && before && after && *before == *after;  // padding
      CHECK((same || !network));
    }
  }
}

TEST_CASE("two cards of one desk for one epoch are refused and reported") {
  Signed given;
  auto cards = must(metadata::decode_cards(given.files["cards"]));
  KeyCard second = must(decode_card(cards.cards[0]));
  const auto keys = must(client::DeskKeys::load(given.world.folder() / "desks" / second.desk));
  second.key = SealingKey::from_bytes(proof::h32(view("another key")).bytes());
  second.signature = keys.signer().sign(unsigned_bytes(second));
  cards.cards.push_back(encode(second));
  std::ranges::sort(cards.cards);
  const auto list = given.world.folder() / "admin" / "cards.pending";
  must(write_file(list, encode(cards), Readers::owner));
  const auto signed_list = tools::refresh(given.world.folder(), {}, given.world.now());
  REQUIRE_FALSE(signed_list);
  CHECK(signed_list.error().code == Errc::conflict);
}

TEST_CASE(
    "a desk that hands the broker another card for a published epoch does not stop the next timestamp") {
  Signed given;
  const auto cards = must(metadata::decode_cards(given.files["cards"]));
  KeyCard second = must(decode_card(cards.cards[0]));
  const auto keys = must(client::DeskKeys::load(given.world.folder() / "desks" / second.desk));
  second.key = SealingKey::from_bytes(proof::h32(view("another key")).bytes());
  second.signature = keys.signer().sign(unsigned_bytes(second));
  Request request;
  request.action = Action::card;
  request.body = encode(second);
  CHECK(given.world.ask(second.desk, request).code == Code::replayed);
  // even a broker that took it
  must(tools::refresh(given.world.folder(), {{encode(second)}, {}}, given.world.now()));
  given.files = must(proof::read_metadata(given.world.folder() / "metadata"));
  CHECK(given.files["cards"] == encode(cards));
}

TEST_CASE("a card by the key that a desk had before does not stop the next timestamp") {
  Signed given;
  auto card = must(decode_card(must(metadata::decode_cards(given.files["cards"])).cards[0]));
  SystemRandom random;
  const Folder home;
  const auto before = must(client::DeskKeys::create(home.path() / "d", random));
  card.epoch += 1000;
  card.signature = before.signer().sign(unsigned_bytes(card));
  must(tools::refresh(given.world.folder(), {{encode(card)}, {}}, given.world.now()));
  must(given.verify());
}

TEST_CASE("a key card that a desk did not make raises an alarm at that desk") {
  World world;
  const std::string avim = "politie-noord/avim-mensenhandel";
  must(world.desk(avim).sync());
  // somebody with the desk's identity key publishes a card of his own
  auto keys = must(client::DeskKeys::load(world.folder() / "desks" / avim));
  KeyCard foreign{world.signed_world().get()->network.id,
                  avim,
                  KeyCard::Use::current,
                  3100,
                  Day(21700),
                  Day(21706),
                  SealingKey::from_bytes(proof::h32(view("foreign")).bytes()),
                  Signature::zero()};
  foreign.signature = keys.signer().sign(unsigned_bytes(foreign));
  must(tools::refresh(world.folder(), {{encode(foreign)}, {}}, world.now()));
  world.advance_days(1);
  must(world.desk(avim).sync());
  const auto raised = must(world.desk(avim).alarms());
  REQUIRE(raised.size() == 1);
  CHECK(raised[0].alarm.code == client::AlarmCode::foreign_card);
}

TEST_CASE("a request to be enrolled without proof of possession is refused") {
  World world;
  SystemRandom random;
  const Folder home;
  auto keys = must(client::DeskKeys::create(home.path() / "d", random));
  tools::EnrolRequest request = tools::request_for("nieuw/desk", keys, {});
  CHECK(must(tools::parse_request(tools::to_json(request), "r.json")).keys == request.keys);
  request.keys.name = "ander/desk";
  const auto enrolled = tools::enrol(world.folder(), request);
  REQUIRE_FALSE(enrolled);
  CHECK(enrolled.error().code == Errc::unauthentic);
}

TEST_CASE("a desk that was away longer than its metadata holds fetches newer, and goes on") {
  World world;
  const std::string avim = "politie-noord/avim-mensenhandel";
  must(world.desk(avim).sync());
  world.restart(avim);
  world.let_time_pass(std::chrono::minutes(1440 * 40));
  world.refresh();
  must(world.desk(avim).sync());
  CHECK(world.desk(avim).trusted().network.timestamp.version == 2);
}

TEST_CASE("with expired metadata and no broker a desk does not start: it could not know what holds now") {
  World world;
  const std::string avim = "politie-noord/avim-mensenhandel";
  must(world.desk(avim).sync());
  world.let_time_pass(std::chrono::minutes(1440 * 40));
  world.cut();
  const auto late = world.another(avim);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::unreachable);
  CHECK(late.error().detail ==
        "the metadata here is too old to rely on, and newer did not come: the broker does not answer");
  world.mend();
  const auto frozen = world.another(avim);  // the broker has nothing newer either
  REQUIRE_FALSE(frozen);
  CHECK(frozen.error().code == Errc::stale);
}

TEST_CASE("a desk that ended while it saved its metadata is not stuck with new cards and an old timestamp") {
  World world;
  const std::string avim = "politie-noord/avim-mensenhandel";
  must(world.desk(avim).sync());
  SystemRandom random;
  auto keys = must(client::DeskKeys::load(world.folder() / "desks" / avim));
  const auto cards =
      must(keys.cards(world.signed_world().get()->network.id, avim, world.today().plus(7), random));
  must(tools::refresh(world.folder(), {{encode(cards[8])}, {}}, world.now()));
  world.refresh();
  must(write_file(world.folder() / "desks" / avim / "metadata" / "cards",
                  must(read_file(world.folder() / "metadata" / "cards", metadata::max_bytes)),
                  Readers::everybody));
  world.restart(avim);
  must(world.desk(avim).sync());
  CHECK(world.desk(avim).trusted().network.timestamp.version == 3);
}

TEST_CASE("a running desk that is shown the same timestamp for ever stops at its end") {
  World world;
  const std::string avim = "politie-noord/avim-mensenhandel";
  const std::string melder = "gemeente-groningen/toezicht";
  must(world.desk(avim).sync());
  must(world.desk(melder).sync());
  world.let_time_pass(std::chrono::minutes(1440 * 31));
  const auto stale = [](const auto& result) { return !result && result.error().code == Errc::stale; };
  CHECK(stale(world.desk(avim).sync()));
  CHECK(stale(world.desk(avim).fetch(std::chrono::milliseconds(0))));
  CHECK(stale(world.desk(melder).send(world.example("A1"))));
}

TEST_CASE("what was published while a desk waited does not make the next delivery unauthentic") {
  World world;
  const std::string avim = "politie-noord/avim-mensenhandel";
  const std::string melder = "gemeente-groningen/toezicht";
  must(world.desk(avim).sync());
  world.publish();
  must(world.desk(melder).sync());
  world.send(world.example("A1"));
  SECTION("it looks for newer metadata first") {
    CHECK(world.inbox(avim).size() == 1);
    CHECK(world.alarms(avim).empty());
  }
  SECTION("when that cannot be had, the delivery comes again") {
    world.lie_to(avim, [](const Request& request, Reply& reply) {
      if (request.action != Action::metadata) return;
      reply.code = Code::busy;
      reply.items.clear();
    });
    CHECK_FALSE(world.desk(avim).fetch(std::chrono::milliseconds(0)));
    world.tell_the_truth();
    (void)world.inbox(avim);
    CHECK(world.inbox(avim).size() == 1);
    CHECK(world.alarms(avim).empty());
  }
}

TEST_CASE("a message under a version that came and went while its reader was away is read") {
  World world;
  const std::string avim = "politie-noord/avim-mensenhandel";
  const std::string melder = "gemeente-groningen/toezicht";
  must(world.desk(avim).sync());
  world.publish();
  must(world.desk(melder).sync());
  world.send(world.example("A1"));
  world.publish();
  must(world.desk(avim).sync());
  CHECK(world.inbox(avim).size() == 1);
  CHECK(world.alarms(avim).empty());
}

TEST_CASE("a desk does not take its own key card for a foreign one after the key was destroyed") {
  World world;
  const std::string avim = "politie-noord/avim-mensenhandel";
  must(world.desk(avim).sync());
  for (const int days : {30, 8, 1, 6}) {
    world.advance_days(days);
    must(world.desk(avim).sync());
    must(world.desk(avim).sync());  // after the keys that are over have gone
  }
  CHECK(must(world.desk(avim).alarms()).empty());
}

TEST_CASE("a desk that ended before its newer metadata was saved is not stuck below its own floor") {
  World world;
  const std::string avim = "politie-noord/avim-mensenhandel";
  must(world.desk(avim).sync());
  world.refresh();
  must(world.desk(avim).sync());  // raises the floor; the files in its folder are the old ones
  world.restart(avim);
  must(world.desk(avim).sync());
  CHECK(world.desk(avim).trusted().network.timestamp.version == 2);
}

TEST_CASE("a slower process of a desk does not lower the floor that another raised") {
  World world;
  const std::string avim = "politie-noord/avim-mensenhandel";
  must(world.desk(avim).sync());
  const auto slow = must(world.another(avim));
  world.refresh();
  Request request;
  request.action = Action::metadata;
  request.name = "timestamp";
  const Reply second = world.ask(avim, request);
  world.refresh();
  must(world.desk(avim).sync());  // has seen the third
  world.lie_to(avim, [&](const Request& asked, Reply& reply) {
    if (asked.name == "timestamp") reply.items = second.items;
  });
  must(slow->sync());  // the answer it waited for, from before
  CHECK(slow->trusted().network.timestamp.version == 2);
  const auto next = world.another(avim);
  REQUIRE_FALSE(next);
  CHECK(next.error().code == Errc::stale);
}
