#include <fstream>
#include <set>

#include "scenario/linked.h"
#include "scenario/names.h"
#include "seinhuis/proof/token.h"
#include "tables.h"

// Pseudonyms of a melder whom nobody can name: the linker sees that a plate comes back, and nobody sees who
// had it looked at.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

// The set with a rule that gives the linker a pseudonym of the plate in a mode that hides.
std::filesystem::path hidden_rules(const Folder& home) {
  const auto copied = home.path() / "policies";
  std::filesystem::copy(policy_set, copied, std::filesystem::copy_options::recursive);
  std::ofstream(copied / "rules" / "koppeling.yaml", std::ios::app) << R"(
  vertrouwelijk-kenteken:
    text: {nl: "het kenteken gaat naar de AVIM", en: "the plate goes to the AVIM"}
    from: {class: professional}
    to: {role: avim-mensenhandel, region: same}
    modes: [confidential]
    themes: [mensenhandel]
    purpose: opsporing-mensenhandel
    giving: avg-6-1-f-aangifte
    receiving: wpg-8
    exceptions: [uavg-33]
    grants: {verdachte.kenteken: exact}
    feedback: {pick-up: 1d, triage: 5d, outcome: 30d}
    retention: 1y

  vertrouwelijk-koppelpunt:
    text: {nl: "het koppelpunt ziet of een kenteken terugkomt", en: "the linker sees whether a plate comes back"}
    from: {class: professional}
    to: {desk: linker/koppelpunt}
    modes: [confidential, anonymous]
    themes: [mensenhandel]
    purpose: koppeling
    giving: avg-6-1-f-branche
    receiving: avg-koppeling
    exceptions: [uavg-33]
    grants: {verdachte.kenteken: pseudonym@carrousel-2026}
    obliges: false
    retention: 1y
)";
  return copied;
}

struct Hidden {
  Folder home;
  World world;
  SystemRandom random;
  seal::ReceiptWords words = seal::ReceiptWords::draw(random);
  bool urgent = true;
  std::vector<Action> asked;  // at the anonymous endpoints

  explicit Hidden(tools::WithNotary notary = tools::WithNotary::no)
      : world("2026-11-23", hidden_rules(home), notary) {
    must(world.desk(zorg).sync());
    watch([](const Request&, Reply&) {});
  }
  void watch(const Lie& lie) {
    world.lie_to(broker::anonymous_peer, [this, lie](const Request& request, Reply& reply) {
      asked.push_back(request.action);
      lie(request, reply);
    });
  }
  policy::Draft draft(const std::string& kenteken) {
    policy::Draft made = world.example("A2");
    made.mode = Mode::confidential;
    made.urgent = urgent;
    made.purposes.emplace_back("koppeling");
    made.fields[plate] = {kenteken};
    return made;
  }
  client::Client::Sent send(const std::string& kenteken) {
    auto planned = must(world.desk(zorg).plan(draft(kenteken)));
    return must(world.desk(zorg).send_unnamed(std::move(planned), words));
  }
  // What the linker has of the plates of all messages.
  std::vector<std::string> linked() {
    std::vector<std::string> all;
    for (const client::KeptDelivery& one : world.inbox(koppelpunt)) {
      const auto texts = value_in(one, plate, pseudonym).value_or(seal::Value{}).texts;
      all.insert(all.end(), texts.begin(), texts.end());
    }
    return all;
  }
};

}  // namespace

SCENARIO("a confidential melder's plate is recognised, and nobody sees whose signal it was") {
  Hidden hidden(GENERATE(tools::WithNotary::no, tools::WithNotary::yes));
  World& world = hidden.world;
  const auto sent = hidden.send("NL|12-ABC-3");
  INFO(sent.kept.text);
  REQUIRE(sent.kept.state == client::KeptSent::State::accepted);
  REQUIRE(hidden.linked().size() == 1);
  CHECK(world.alarms(koppelpunt).empty());
  const auto inbox = world.inbox(avim);
  REQUIRE(inbox.size() == 1);
  CHECK(value_in(inbox[0], plate)->texts == std::vector<std::string>{"NL|12-ABC-3"});
  CHECK(value_in(inbox[0], plate, "opening@" + domain)->texts == std::vector<std::string>{"matches"});
  CHECK(world.alarms(avim).empty());
  THEN("the same plate of a desk that is named has the same pseudonym, another plate another") {
    policy::Draft named = world.example("A11-nla");
    named.fields[plate] = {"nl|12abc3"};
    world.send(std::move(named));
    auto linked = hidden.linked();
    REQUIRE(linked.size() == 2);
    CHECK(linked[0] == linked[1]);
    REQUIRE(hidden.send("NL|99-XYZ-9").kept.state == client::KeptSent::State::accepted);
    linked = hidden.linked();
    CHECK(linked.size() == 3);
    CHECK(std::set<std::string>(linked.begin(), linked.end()).size() == 2);
  }
  THEN("what was asked passed at the anonymous endpoints only, and counts for no organisation") {
    CHECK(std::ranges::count(hidden.asked, Action::evaluate) > 0);
    const broker::Evaluation own{zorg, sent.kept.message, domain, IdentifierType::plate};
    CHECK(must(world.ledger().evaluated(own, world.today())) == 0);
    world.advance_days(1);
    must(world.desk(zorg).refresh());
    CHECK_FALSE(must(world.desk(zorg).evaluation_counts("broker")).empty());
  }
}

SCENARIO("who waits for its frame has its pseudonyms made in it, and not when it is written") {
  Hidden hidden;
  World& world = hidden.world;
  hidden.urgent = false;
  world.unhurried();
  world.restart(zorg);
  must(world.desk(zorg).sync());
  must(world.desk(zorg).daily_frame());
  const auto nothing = hidden.asked;
  CHECK(nothing.size() > 3);  // a redemption, evaluations, a redemption, a submission
  hidden.asked.clear();
  REQUIRE(hidden.send("NL|12-ABC-3").kept.state == client::KeptSent::State::queued);
  CHECK(hidden.asked.empty());
  world.restart(zorg);
  world.advance_days(1);
  must(world.desk(zorg).sync());
  CHECK(hidden.asked.empty());
  must(world.desk(zorg).daily_frame());
  CHECK(hidden.asked == nothing);  // the same of the same offices, in the same order
  world.advance_days(1);
  CHECK(hidden.linked().size() == 1);
  CHECK(world.inbox(avim).size() == 1);
  CHECK(must(world.desk(zorg).refused_unnamed()).empty());
}

SCENARIO("a real frame once ended where an office was busy, and an empty one went on") {
  const Action step = GENERATE(Action::redeem_evaluation, Action::evaluate, Action::redeem, Action::submit);
  const Code answer = GENERATE(Code::busy, Code::full, Code::refused, Code::expired, Code::unauthorised);
  CAPTURE(static_cast<int>(step), static_cast<int>(answer));
  Hidden hidden(tools::WithNotary::yes);
  World& world = hidden.world;
  hidden.urgent = false;
  world.unhurried();
  world.restart(zorg);
  must(world.desk(zorg).sync());
  hidden.watch([&](const Request& request, Reply& reply) {
    if (request.action == step) reply = {reply.id, answer, "no", "", Gate::none, 0, {}};
  });
  hidden.asked.clear();
  must(world.desk(zorg).daily_frame());
  const auto nothing = hidden.asked;
  REQUIRE(hidden.send("NL|12-ABC-3").kept.state == client::KeptSent::State::queued);
  for (int n = 0; n < 2; ++n) {  // also when it tries again, with a part of it done
    world.advance_days(1);
    must(world.desk(zorg).sync());
    hidden.asked.clear();
    (void)world.desk(zorg).daily_frame();
    CHECK(hidden.asked == nothing);
  }
}

SCENARIO(
    "an evaluator that cannot now delays what names nobody and is not urgent, and takes nothing off it") {
  Hidden hidden;
  World& world = hidden.world;
  hidden.urgent = false;
  const Action away = GENERATE(Action::redeem_evaluation, Action::evaluate);
  const Code why = GENERATE(Code::busy, Code::full, Code::internal);
  hidden.watch([&](const Request& request, Reply& reply) {
    if (request.action != away) return;
    reply.code = why;  // after it was counted: as if the answer was lost
    reply.items.clear();
  });
  REQUIRE(hidden.send("NL|12-ABC-3").kept.state == client::KeptSent::State::queued);
  WHEN("it can again") {
    hidden.watch([](const Request&, Reply&) {});
    must(world.desk(zorg).send_waiting());
    world.advance_days(1);
    CHECK(hidden.linked().size() == 1);
    CHECK(world.alarms(koppelpunt).empty());
  }
  WHEN("it cannot for days") {
    world.advance_days(2);
    CHECK_FALSE(world.desk(zorg).sync());  // it says that something waits
    CHECK(world.inbox(avim).empty());
    world.advance_days(1);
    must(world.desk(zorg).sync());
    world.advance_days(1);
    THEN("the signal goes without") {
      CHECK(world.inbox(avim).size() == 1);
      CHECK(hidden.linked().empty());
    }
  }
}

SCENARIO("what is urgent waits for no evaluator") {
  Hidden hidden;
  hidden.watch([&](const Request& request, Reply& reply) {
    if (request.action == Action::evaluate) reply = {reply.id, Code::internal, "", "", Gate::none, 0, {}};
  });
  const auto sent = hidden.send("NL|12-ABC-3");
  CHECK(sent.kept.state == client::KeptSent::State::accepted);
  CHECK_FALSE(sent.unavailable.empty());
  CHECK(hidden.world.inbox(avim).size() == 1);
}

SCENARIO("a signal that waited for its pseudonyms once left in a new epoch in which too few could hide it") {
  Hidden hidden;
  World& world = hidden.world;
  hidden.urgent = false;
  world.unhurried();
  world.restart(zorg);
  must(world.desk(zorg).sync());
  REQUIRE(hidden.send("NL|12-ABC-3").kept.state == client::KeptSent::State::queued);
  world.advance_days(1);
  must(world.desk(zorg).sync());
  must(world.store_of(zorg).write([](store::Writer& writer) -> Result<Done> {  // as if nobody has any yet
    const auto crowds = writer.scan(client::crowd_table, {}, {}, 100);
    if (!crowds) return crowds.error();
    for (const store::Record& one : *crowds) {
      if (auto gone = writer.erase(client::crowd_table, one.key); !gone) return gone;
    }
    return Done{};
  }));
  const auto framed = world.desk(zorg).daily_frame();
  REQUIRE_FALSE(framed);
  CHECK(framed.error().detail.find("too few to hide among") != std::string::npos);
  world.advance_days(1);
  CHECK(world.inbox(avim).empty());
  CHECK(must(world.desk(zorg).refused_unnamed()).empty());
}

SCENARIO("what an evaluator refuses a message goes without") {
  Hidden hidden;
  hidden.watch([&](const Request& request, Reply& reply) {
    if (request.action == Action::evaluate) reply = {reply.id, Code::refused, "no", "", Gate::basis, 0, {}};
  });
  const auto sent = hidden.send("NL|12-ABC-3");
  REQUIRE(sent.kept.state == client::KeptSent::State::accepted);
  CHECK_FALSE(sent.unavailable.empty());  // and its melder is told
  CHECK(hidden.world.inbox(avim).size() == 1);
  CHECK(hidden.linked().empty());
  CHECK(hidden.world.alarms(avim).empty());
}

SCENARIO("a plate that is none is told to who writes it, before anything is kept") {
  Hidden hidden;
  auto planned = must(hidden.world.desk(zorg).plan(hidden.draft("geen kenteken")));
  const auto sent = hidden.world.desk(zorg).send_unnamed(std::move(planned), hidden.words);
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == Errc::malformed);
  CHECK(sent.error().detail.find("geen kenteken") == std::string::npos);
  CHECK(hidden.asked.empty());
}

SCENARIO("an organisation that receives pseudonyms has no tokens to look anybody up with") {
  Hidden hidden;
  must(hidden.world.desk(koppelpunt).sync());
  const metadata::TokenKey* key = proof::find_token_key(
      hidden.world.directory(), {TokenUse::evaluation, {}, proof::token_epoch(hidden.world.today())});
  REQUIRE(key != nullptr);
  TokenRequest wanted;
  wanted.network = hidden.world.network_id();
  wanted.kind = key->kind;
  for (std::size_t n = 0; n < proof::tokens_of_a_kind; ++n)
    wanted.elements.push_back(PointBytes::from_bytes(key->key.bytes()));
  wanted.signature = hidden.world.keys_of(koppelpunt).signer().sign(unsigned_bytes(wanted));
  Request request;
  request.action = Action::tokens;
  request.body = encode(wanted);
  CHECK(hidden.world.ask(koppelpunt, request).code == Code::unauthorised);
}

SCENARIO("a token pays for the pseudonyms of one message, and for nothing else") {
  Hidden hidden;
  World& world = hidden.world;
  std::optional<PaidEvaluation> paid;
  std::optional<EvaluationRedemption> spent;
  hidden.watch([&](const Request& request, Reply&) {
    if (request.action == Action::evaluate) paid = must(decode_paid_evaluation(request.body));
    if (request.action == Action::redeem_evaluation) spent = must(decode_evaluation_redemption(request.body));
  });
  hidden.send("NL|12-ABC-3");
  REQUIRE(paid);
  REQUIRE(spent);
  const auto evaluate = [&](const PaidEvaluation& one) {
    Request request;
    request.action = Action::evaluate;
    request.body = encode(one);
    return world.ask(broker::anonymous_peer, std::move(request)).code;
  };
  const auto redeem = [&](const EvaluationRedemption& one) {
    Request request;
    request.action = Action::redeem_evaluation;
    request.body = encode(one);
    return world.ask_anonymously(std::move(request)).code;
  };
  const PaidEvaluation honest = *paid;
  const EvaluationRedemption once = *spent;
  CHECK(evaluate(honest) == Code::ok);  // the same again is the same answer
  CHECK(redeem(once) == Code::ok);
  PaidEvaluation other = honest;
  SECTION("other elements for it are refused") {
    other.request.elements.front() = honest.request.elements.back();
    CHECK(evaluate(other) == Code::replayed);
  }
  SECTION("so is another message under its receipt") {
    other.request.message = hidden.random.draw<MessageId>();
    CHECK(evaluate(other) == Code::bad_signature);
  }
  SECTION("a receipt that the issuer did not sign") {
    other.receipt.signature = hidden.random.draw<Signature>();
    CHECK(evaluate(other) == Code::bad_signature);
  }
  SECTION("a domain and type that no hidden message has") {
    other.request.type = IdentifierType::phone;
    CHECK(evaluate(other) == Code::refused);
  }
  SECTION("more elements than a message has") {
    other.request.elements.push_back(honest.request.elements.back());
    CHECK(evaluate(other) == Code::malformed);
  }
  SECTION("the token for another message") {
    EvaluationRedemption second = once;
    second.message = hidden.random.draw<MessageId>();
    CHECK(redeem(second) == Code::bad_signature);  // the mac is of the first
  }
  SECTION("after its epoch") {
    world.advance_days(60);
    CHECK(evaluate(honest) == Code::bad_signature);
  }
  SECTION("over a desk's session") {
    Request request;
    request.action = Action::redeem_evaluation;
    request.body = encode(once);
    CHECK(world.ask(zorg, request).code == Code::unauthorised);
    request.action = Action::evaluate;
    request.body = encode(honest);
    CHECK(world.ask(zorg, request).code == Code::malformed);
  }
}
