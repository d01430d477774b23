#include "linking.h"

#include "keysets.h"
#include "network_admin.h"
#include "scenario/linked.h"
#include "seinhuis/base/message_id.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/seal/pseudonym.h"

// A11: the linker finds a phone again, and tells those who must act on the signals; nobody else.
using namespace seinhuis;
using namespace seinhuis::test;

SCENARIO("a phone in two regions: who must act on the signals hears so the next day, and nobody else") {
  World world;
  const auto first = world.send(world.example("A11-nla"));
  const auto second = world.send(world.example("A11-hotel"));
  (void)world.inbox(koppelpunt);
  CHECK(tell(world) == 0);  // once a day
  take_in_and_turn(world);
  CHECK(tell(world) == 2);
  const auto north = hits_at(world, avim);
  const auto west = hits_at(world, amsterdam);
  REQUIRE(north.size() == 1);
  REQUIRE(west.size() == 1);
  THEN("both units see which signals, though not when the other was made, since when, and whom to ask") {
    CHECK(texts(north[0], "treffer.signalen") ==
          std::vector<std::string>{first.message.hex(), without_time(second.message).hex()});
    CHECK(texts(north[0], "treffer.dag") == std::vector<std::string>{"2026-11-23"});
    CHECK(texts(north[0], "treffer.bij") == std::vector<std::string>{amsterdam});
    CHECK(texts(west[0], "treffer.bij") == std::vector<std::string>{avim});
    CHECK(north[0].parent == first.h0);
    CHECK(west[0].parent == second.h0);
  }
  THEN("both hold the same leaf of the log, made with the pseudonym that each of them checked") {
    CHECK(evidence(north[0]).record == evidence(west[0]).record);
    CHECK(evidence(north[0]).salt == evidence(west[0]).salt);
    CHECK(world.alarms(avim).empty());
    CHECK(world.alarms(amsterdam).empty());
  }
  THEN("two signals are too few for a municipality, and who sent them hears nothing") {
    for (const auto& desk : {gemeente, gracht, nla, hotel, supervisor}) CHECK(hits_at(world, desk).empty());
  }
  THEN("nothing is told twice, also not after a restart") {
    world.restart(koppelpunt);
    CHECK(tell(world) == 0);
    take_in_and_turn(world);
    CHECK(tell(world) == 0);
  }
  THEN("the log holds one leaf for it, and the supervisor replays every decision") {
    const auto report = must(world.desk(supervisor).audit());
    CHECK(report.failures.empty());
    CHECK(report.replayed > 0);
  }
}

SCENARIO("from three signals on a municipality hears how often, and in which week") {
  World world;
  world.send(world.example("A11-nla"));
  world.send(world.example("A11-hotel"));
  take_in_and_turn(world);
  CHECK(tell(world) == 2);
  CHECK(hits_at(world, gemeente).empty());
  world.send(world.example("A11-riec"));
  take_in_and_turn(world);
  CHECK(tell(world) == 3);
  for (const auto& desk : {gemeente, gracht}) {
    const auto hits = hits_at(world, desk);
    REQUIRE(hits.size() == 1);
    CHECK(texts(hits[0], "treffer.signalen", "statistiek") == std::vector<std::string>{"3"});
    CHECK(texts(hits[0], "treffer.dag", "week") == std::vector<std::string>{"2026-W48"});
    for (const client::FieldView& field : hits[0].fields) {
      for (const auto& [form, value] : field.values) CHECK(form != "exact");
    }
  }
  CHECK(hits_at(world, avim).size() == 2);
  CHECK(hits_at(world, "riec-noord/casusoverleg").size() == 1);
  CHECK(texts(hits_at(world, avim)[1], "treffer.signalen").size() == 3);
  CHECK(world.alarms(gemeente).empty());
}

SCENARIO("what is not equal, not there, or of one organisation makes no hit") {
  World world;
  SECTION("two signals of one organisation") {
    world.send(world.example("A11-nla"));
    world.send(world.example("A11-nla"));
  }
  SECTION("other phones") {
    world.send(with_phone(world, "A11-nla", "+31612345678"));
    world.send(with_phone(world, "A11-hotel", "+31687654321"));
  }
  SECTION("no phone and no plate") {
    for (const char* example : {"A11-nla", "A11-hotel"}) {
      policy::Draft draft = world.example(example);
      draft.fields.erase("verdachte.telefoon");
      draft.fields.erase("verdachte.kenteken");
      world.send(std::move(draft));
    }
  }
  SECTION("an evaluator that is away") {
    const Lie away = [](const Request& request, Reply& reply) {
      if (request.action == Action::evaluate) reply.code = Code::over_quota;
    };
    world.lie_to(nla, away);
    world.lie_to(hotel, away);
    world.send(world.example("A11-nla"));
    world.send(world.example("A11-hotel"));
  }
  SECTION("another generation") {
    world.send(world.example("A11-nla"));
    must(tools::rotate_domain(world.folder(), "carrousel-2026", world.today().plus(1)));
    world.publish();
    take_in_and_turn(world);
    world.send(world.example("A11-hotel"));
  }
  take_in_and_turn(world);
  CHECK(tell(world) == 0);
  CHECK(hits_at(world, avim).empty());
}

SCENARIO("a hit that cannot be told today is told later, once") {
  World world;
  world.send(world.example("A11-nla"));
  world.send(world.example("A11-hotel"));
  take_in_and_turn(world);
  world.cut();
  CHECK_FALSE(world.desk(koppelpunt).tell_hits());
  world.mend();
  world.restart_broker();
  world.restart(koppelpunt);
  CHECK(tell(world) == 2);
  CHECK(hits_at(world, avim).size() == 1);
  CHECK(hits_at(world, amsterdam).size() == 1);
}

SCENARIO("what was linked is forgotten after a year, and not before") {
  const auto [months, messages] = GENERATE(std::pair{12, std::size_t{2}}, std::pair{13, std::size_t{0}});
  World world;
  world.send(world.example("A11-nla"));
  (void)world.inbox(koppelpunt);
  for (int month = 0; month < months; ++month) {
    world.advance_days(29);
    must(world.desk(koppelpunt).refresh());
  }
  CHECK(tell(world) == 0);
  must(world.desk(hotel).refresh());
  world.send(world.example("A11-hotel"));
  take_in_and_turn(world);
  CHECK(tell(world) == messages);
}

SCENARIO("a message of hits that the broker refuses is made anew, and nobody misses a hit") {
  World world;
  world.send(world.example("A11-nla"));
  world.send(world.example("A11-hotel"));
  take_in_and_turn(world);
  world.lie_to(koppelpunt, [](const Request& request, Reply& reply) {
    if (request.action == Action::submit)
      reply = {reply.id, Code::refused, "not today", {}, Gate::none, 0, {}};
  });
  CHECK_FALSE(world.desk(koppelpunt).tell_hits());
  world.tell_the_truth();
  CHECK(tell(world) == 2);
  CHECK(tell(world) == 0);
}

SCENARIO("a hit on a signal that never came here accuses nobody") {
  World world;
  world.send(world.example("A11-nla"));
  world.send(world.example("A11-hotel"));
  (void)world.inbox(koppelpunt);
  (void)world.inbox(amsterdam);
  world.advance_days(31);  // what the police in the north did not fetch has expired
  for (const auto& desk : {koppelpunt, avim, amsterdam}) must(world.desk(desk).refresh());
  CHECK(tell(world) == 2);
  CHECK(hits_at(world, avim).size() == 1);
  CHECK(world.alarms(avim).empty());
}

SCENARIO("who reports a phone very often stands in nobody's way") {
  Folder home;
  SystemRandom random;
  const auto store = must(store::open_lmdb(home.path() / "store", 1U << 26U, random));
  const proof::Signer signer(
      proof::SigningSeed::filled([](std::span<std::byte> out) { std::ranges::fill(out, std::byte{1}); }));
  const auto key =
      seal::PseudonymKey::filled([](std::span<std::byte> out) { std::ranges::fill(out, std::byte{2}); });
  const client::Linker linker{koppelpunt, Hash::zero(), signer, key, Day(20'000)};
  const auto wire = seal::WirePseudonym::from_bytes(proof::h32(view("a phone")).bytes());
  const auto report = [&](const std::string& from, std::byte first) {
    client::KeptDelivery one;
    const Hash drawn = random.draw<Hash>();
    one.h0 = Hash::filled([&](std::span<std::byte> out) {
      std::ranges::copy(drawn.bytes(), out.begin());
      out[0] = first;  // where it stands among the others
    });
    one.message = random.draw<MessageId>();
    one.thread = random.draw<ThreadId>();
    one.from = from;
    must(store->write([&](store::Writer& writer) {
      return client::link_pseudonyms(writer, one, {{0, {wire}}}, linker);
    }));
    return one.thread;
  };
  const auto rare = report("b/x", std::byte{255});
  for (int n = 0; n < 200; ++n) report("a/x", std::byte{0});
  const auto late = report("c/x", std::byte{254});
  must(store->read([&](const store::Reader& reader) -> Result<Done> {
    CHECK(must(client::neighbours(reader, rare, 1000)).size() == 201);  // each of the others saw it
    CHECK(must(client::neighbours(reader, late, 1000)).size() ==
          5);  // four of one organisation, and the rare one
    return Done{};
  }));
}
