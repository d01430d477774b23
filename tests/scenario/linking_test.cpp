#include "linking.h"

#include "keysets.h"
#include "network_admin.h"
#include "scenario/made.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/seal/pseudonym.h"
#include "seinhuis/wire/hit.h"

// A11: the linker finds a phone again, and tells those who must act on the signals; nobody else.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

const std::string nla = "nla/toezicht";
const std::string hotel = "hotelketen/meldpunt";
const std::string riec = "riec-amsterdam/casusoverleg";
const std::string koppelpunt = "linker/koppelpunt";
const std::string noord = "politie-noord/avim-mensenhandel";
const std::string amsterdam = "politie-amsterdam/avim-mensenhandel";
const std::string groningen = "gemeente-groningen/toezicht";
const std::string gracht = "gemeente-amsterdam/toezicht";
const std::string supervisor = "toezichthouder/log";

std::vector<client::KeptDelivery> hits_at(World& world, const std::string& desk) {
  std::vector<client::KeptDelivery> hits;
  for (client::KeptDelivery& one : world.inbox(desk)) {
    if (one.kind == Kind::hit) hits.push_back(std::move(one));
  }
  return hits;
}

std::vector<std::string> texts(const client::KeptDelivery& hit, const std::string& field,
                               const std::string& form = "exact") {
  return value_in(hit, field, form).value_or(seal::Value{}).texts;
}

HitEvidence evidence(const client::KeptDelivery& hit, std::size_t n = 0) {
  const std::string text = texts(hit, "treffer.bewijs").at(n);
  Bytes raw(text.size() / 2);
  REQUIRE(decode_hex(text, raw));
  return must(decode_hit_evidence(raw));
}

// Everybody who must take in a signal does, and the day turns.
void take_in_and_turn(World& world) {
  for (const auto& desk : {koppelpunt, noord, amsterdam, groningen, gracht}) (void)world.inbox(desk);
  world.advance_days(1);
  for (const auto& desk : {koppelpunt, noord, amsterdam, groningen, gracht, nla, hotel, riec})
    must(world.desk(desk).refresh());
}

std::size_t tell(World& world) { return must(world.desk(koppelpunt).tell_hits()); }

policy::Draft with_phone(World& world, const std::string& example, const std::string& phone) {
  policy::Draft draft = world.example(example);
  draft.fields = {{"verdachte.telefoon", {phone}}};
  return draft;
}

// A linker with its own keys that says what it likes.
struct Liar {
  Made made{koppelpunt};
  client::KeptSent first = made.world.send(made.world.example("A11-nla"));
  client::KeptSent second = made.world.send(made.world.example("A11-hotel"));

  Liar() { take_in_and_turn(made.world); }

  static std::uint16_t entry_of(const client::KeptSent& sent, const std::string& field,
                                const std::string& form) {
    const Prologue prologue = must(decode_prologue(sent.prologue));
    for (std::size_t n = 0; n < prologue.entries.size(); ++n) {
      if (prologue.entries[n].field == field && prologue.entries[n].form == form)
        return static_cast<std::uint16_t>(n);
    }
    FAIL("no such entry");
    return 0;
  }
  static HitPlace place(const client::KeptSent& sent, const std::string& field = "verdachte.telefoon",
                        const std::string& form = "pseudonym@carrousel-2026") {
    return {sent.h0, entry_of(sent, field, form)};
  }
  HitRecord record(HitPlace a, HitPlace b, const Hash& tag) const {
    if (b.h0 < a.h0) std::swap(a, b);
    HitRecord record{made.trusted.network.id, koppelpunt, a, b, tag, Signature::zero()};
    record.signature = made.keys.signer().sign(unsigned_bytes(record));
    return record;
  }
  Reply log(const HitRecord& record, const std::string& desk = koppelpunt) {
    Request request;
    request.action = Action::hit;
    request.body = encode(record);
    return made.world.ask(desk, std::move(request));
  }
  // To the police in the north, about the first signal.
  Reply say(const std::optional<HitEvidence>& evidence) {
    made.trusted = must(client::make_trusted(made.world.signed_world().get()->network));
    policy::Draft draft = made.world.example("A11-treffer");
    draft.region = "noord";
    draft.parent = first.message;
    draft.thread = first.thread;
    draft.to = {noord};
    draft.fields.erase("treffer.bewijs");
    if (evidence) draft.fields["treffer.bewijs"] = {encode_hex(encode(*evidence))};
    const auto from = made.from(koppelpunt);
    policy::ThreadContext context;
    context.obliged = made.world.desk(koppelpunt).policy().desks_named({noord, groningen});
    const auto planned = must(client::plan_for(from, draft, context, first.h0));
    const auto sealed =
        must(client::seal_planned(from, planned, [](const std::string&) { return seal::Note{}; }));
    return made.world.submit_raw(koppelpunt, encode(sealed.submission));
  }
};

}  // namespace

SCENARIO("a phone in two regions: who must act on the signals hears so the next day, and nobody else") {
  World world;
  const auto first = world.send(world.example("A11-nla"));
  const auto second = world.send(world.example("A11-hotel"));
  (void)world.inbox(koppelpunt);
  CHECK(tell(world) == 0);  // once a day
  take_in_and_turn(world);
  CHECK(tell(world) == 2);
  const auto north = hits_at(world, noord);
  const auto west = hits_at(world, amsterdam);
  REQUIRE(north.size() == 1);
  REQUIRE(west.size() == 1);
  THEN("both units see which signals, since when, and whom to ask") {
    CHECK(texts(north[0], "treffer.signalen") ==
          std::vector<std::string>{first.message.hex(), second.message.hex()});
    CHECK(texts(north[0], "treffer.dag") == std::vector<std::string>{"2026-11-23"});
    CHECK(texts(north[0], "treffer.bij") == std::vector<std::string>{amsterdam});
    CHECK(texts(west[0], "treffer.bij") == std::vector<std::string>{noord});
    CHECK(north[0].parent == first.h0);
    CHECK(west[0].parent == second.h0);
  }
  THEN("both hold the same leaf of the log, made with the pseudonym that each of them checked") {
    CHECK(evidence(north[0]).record == evidence(west[0]).record);
    CHECK(evidence(north[0]).salt == evidence(west[0]).salt);
    CHECK(world.alarms(noord).empty());
    CHECK(world.alarms(amsterdam).empty());
  }
  THEN("two signals are too few for a municipality, and who sent them hears nothing") {
    for (const auto& desk : {groningen, gracht, nla, hotel, supervisor}) CHECK(hits_at(world, desk).empty());
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
  CHECK(hits_at(world, groningen).empty());
  world.send(world.example("A11-riec"));
  take_in_and_turn(world);
  CHECK(tell(world) == 3);
  for (const auto& desk : {groningen, gracht}) {
    const auto hits = hits_at(world, desk);
    REQUIRE(hits.size() == 1);
    CHECK(texts(hits[0], "treffer.signalen", "statistiek") == std::vector<std::string>{"3"});
    CHECK(texts(hits[0], "treffer.dag", "week") == std::vector<std::string>{"2026-W48"});
    for (const client::FieldView& field : hits[0].fields) {
      for (const auto& [form, value] : field.values) CHECK(form != "exact");
    }
  }
  CHECK(hits_at(world, noord).size() == 2);
  CHECK(hits_at(world, "riec-noord/casusoverleg").size() == 1);
  CHECK(texts(hits_at(world, noord)[1], "treffer.signalen").size() == 3);
  CHECK(world.alarms(groningen).empty());
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
  CHECK(hits_at(world, noord).empty());
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
  CHECK(hits_at(world, noord).size() == 1);
  CHECK(hits_at(world, amsterdam).size() == 1);
}

SCENARIO("the broker logs a hit only from who links, of two that it may compare, once for a pair") {
  Liar liar;
  const Hash tag = proof::h32(view("some tag"));
  const HitRecord good = liar.record(Liar::place(liar.first), Liar::place(liar.second), tag);
  REQUIRE(liar.log(good).code == Code::ok);
  SECTION("the same again has the same place") {
    const auto again = must(decode_hit_answer(liar.log(good).items.at(0).body));
    CHECK(must(decode_hit_answer(liar.log(good).items.at(0).body)).salt == again.salt);
    CHECK_FALSE(again.obliged_a.empty());
    CHECK_FALSE(again.obliged_b.empty());
  }
  SECTION("a second tag for the pair") {
    CHECK(liar.log(liar.record(good.a, good.b, proof::h32(view("another")))).code == Code::replayed);
  }
  SECTION("from another desk") { CHECK(liar.log(good, noord).code == Code::not_you); }
  SECTION("a signature that does not hold") {
    HitRecord changed = good;
    changed.tag = Hash::zero();
    CHECK(liar.log(changed).code == Code::bad_signature);
  }
  SECTION("a phone and a plate") {
    CHECK(liar.log(liar.record(Liar::place(liar.first, "verdachte.kenteken"), Liar::place(liar.second), tag))
              .code == Code::malformed);
  }
  SECTION("what is no pseudonym") {
    CHECK(liar.log(liar.record(Liar::place(liar.first, "verdachte.telefoon", "exact"),
                               Liar::place(liar.second, "verdachte.telefoon", "exact"), tag))
              .code == Code::malformed);
  }
  SECTION("a message that is not there") {
    HitPlace nowhere = Liar::place(liar.first);
    nowhere.h0 = proof::h32(view("nothing"));
    CHECK(liar.log(liar.record(nowhere, Liar::place(liar.second), tag)).code == Code::bad_thread);
  }
  SECTION("two of one organisation") {
    const auto other = liar.made.world.send(liar.made.world.example("A11-nla"));
    const Reply reply = liar.log(liar.record(Liar::place(liar.first), Liar::place(other), tag));
    CHECK(reply.code == Code::refused);
  }
}

SCENARIO("a hit that is not true is caught by who has the identifier, and not shown") {
  Liar liar;
  World& world = liar.made.world;
  const HitRecord made_up =
      liar.record(Liar::place(liar.first), Liar::place(liar.second), proof::h32(view("made up")));
  const auto answer = must(decode_hit_answer(liar.log(made_up).items.at(0).body));
  SECTION("with a tag of nothing") {
    REQUIRE(liar.say(HitEvidence{made_up, answer.salt, answer.proof}).code == Code::ok);
  }
  SECTION("on an entry that this desk has nothing of") {
    const HitRecord elsewhere = liar.record(Liar::place(liar.first, "verdachte.kenteken"),
                                            Liar::place(liar.second, "verdachte.kenteken"), Hash::zero());
    const auto logged = must(decode_hit_answer(liar.log(elsewhere).items.at(0).body));
    REQUIRE(liar.say(HitEvidence{elsewhere, logged.salt, logged.proof}).code == Code::ok);
  }
  SECTION("without the proof that the policy gives") { REQUIRE(liar.say({}).code == Code::ok); }
  SECTION("with another salt than the log's") {
    REQUIRE(liar.say(HitEvidence{made_up, Hash::zero(), answer.proof}).code == Code::ok);
  }
  CHECK(world.alarms(noord) == std::vector{client::AlarmCode::false_hit});
  CHECK(hits_at(world, noord).empty());
}

SCENARIO("a hit that is not in the log does not pass the broker") {
  Liar liar;
  const HitRecord made_up =
      liar.record(Liar::place(liar.first), Liar::place(liar.second), proof::h32(view("made up")));
  CHECK(liar.say(HitEvidence{made_up, Hash::zero(), {}}).code == Code::bad_thread);
  CHECK(hits_at(liar.made.world, noord).empty());
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
  for (const auto& desk : {koppelpunt, noord, amsterdam}) must(world.desk(desk).refresh());
  CHECK(tell(world) == 2);
  CHECK(hits_at(world, noord).size() == 1);
  CHECK(world.alarms(noord).empty());
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
