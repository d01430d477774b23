#include "scenario/linked.h"
#include "scenario/made.h"
#include "seinhuis/proof/hash.h"

// Hits that are none: what the broker keeps out of its log, and what a desk sees through.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

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
    draft.to = {avim};
    draft.fields.erase("treffer.bewijs");
    if (evidence) draft.fields["treffer.bewijs"] = {encode_hex(encode(*evidence))};
    const auto from = made.from(koppelpunt);
    policy::ThreadContext context;
    context.obliged = made.world.desk(koppelpunt).policy().desks_named({avim, gemeente});
    const auto planned = must(client::plan_for(from, draft, context, first.h0));
    const auto sealed =
        must(client::seal_planned(from, planned, [](const std::string&) { return seal::Note{}; }));
    return made.world.submit_raw(koppelpunt, encode(sealed.submission));
  }
};

}  // namespace

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
  SECTION("from another desk") { CHECK(liar.log(good, avim).code == Code::not_you); }
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
  CHECK(world.alarms(avim) == std::vector{client::AlarmCode::false_hit});
  CHECK(hits_at(world, avim).empty());
}

SCENARIO("a hit that is not in the log does not pass the broker") {
  Liar liar;
  const HitRecord made_up =
      liar.record(Liar::place(liar.first), Liar::place(liar.second), proof::h32(view("made up")));
  CHECK(liar.say(HitEvidence{made_up, Hash::zero(), {}}).code == Code::bad_thread);
  CHECK(hits_at(liar.made.world, avim).empty());
}

SCENARIO("a broker that names a desk too many gets nothing sealed to it, and is reported") {
  World world;
  const auto first = world.send(world.example("A11-nla"));
  world.send(world.example("A11-hotel"));
  take_in_and_turn(world);
  world.lie_to(koppelpunt, [](const Request& request, Reply& reply) {
    if (request.action != Action::hit) return;
    HitAnswer answer = must(decode_hit_answer(reply.items.at(0).body));
    for (auto* desks : {&answer.obliged_a, &answer.obliged_b}) {
      desks->push_back(avim);
      desks->push_back(amsterdam);
      std::ranges::sort(*desks);
      desks->erase(std::unique(desks->begin(), desks->end()), desks->end());
    }
    reply.items[0].body = encode(answer);
  });
  CHECK(tell(world) == 2);
  for (const client::KeptSent& sent : must(world.desk(koppelpunt).sent())) {
    const Prologue prologue = must(decode_prologue(sent.prologue));
    if (sent.kind != Kind::hit) continue;
    CHECK(sent.recipients == std::vector<std::string>{prologue.parent == first.h0 ? avim : amsterdam});
  }
  CHECK(world.alarms(koppelpunt) ==
        std::vector{client::AlarmCode::broker_added, client::AlarmCode::broker_added});
}
