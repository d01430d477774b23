#include "network_admin.h"
#include "scenario/names.h"
#include "scenario/world.h"
#include "seinhuis/base/files.h"
#include "seinhuis/proof/hash.h"

// Consents taken back, numbers of messages, and metadata that changes while messages are under way.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

// The revocation of the first statement of a draft, by the desk that signed it.
Statement revocation_of(World& world, const policy::Draft& draft) {
  const Bytes& raw = draft.statements[0].signed_form;
  Statement s = must(decode_statement(raw));
  const std::string issuer = s.issuer;
  s.type = "intrekking";
  s.text = proof::h32(raw);
  return world.desk(issuer).attest(s);
}

// A5 on the last day of the covenant: the victim's name goes to the shelter with her consent.
struct Consented {
  World world{"2025-12-31"};
  policy::Draft draft = world.example("A5");
  Consented() { world.sign_statements(draft); }
};

// The policy set with every occurrence of a word replaced: a new version that does not know the old word.
std::filesystem::path policies_with(const Folder& home, const std::string& word, const std::string& other) {
  const auto copied = home.path() / "policies";
  std::filesystem::copy(policy_set, copied, std::filesystem::copy_options::recursive);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(copied)) {
    if (entry.path().extension() != ".yaml") continue;
    std::string text(text_of(must(read_file(entry.path(), 1U << 20U))));
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += other.size())
      text.replace(at, word.size(), other);
    must(write_file(entry.path(), view(text), Readers::everybody));
  }
  return copied;
}

}  // namespace

SCENARIO("a new policy that does not know what is under way lets nothing pass, and accuses nobody") {
  const auto [word, other] = GENERATE(
      std::pair("toestemming", "instemming"),  // the type of the consent
      std::pair("roles: [gemeente-zorg, zorgcoordinator", "roles: [zorgcoordinator"),  // who may sign it
      std::pair("casusoverleg", "keukentafel"));                                       // the purpose
  Consented given;
  World& world = given.world;
  const Folder home;
  world.send(given.draft);
  world.publish(policies_with(home, word, other));
  must(world.desk(shelter).sync());
  const auto received = world.inbox(shelter);
  CAPTURE(word);
  CHECK(world.alarms(shelter).empty());
  REQUIRE(received.size() == 1);
  for (const client::FieldView& field : received[0].fields)
    CHECK((field.field != "slachtoffer.naam" || field.values.empty()));
  must(world.desk("toezichthouder/log").sync());
  CHECK(must(world.desk("toezichthouder/log").audit()).failures.empty());
}

SCENARIO("a consent that was taken back stays so when the desk that took it back is removed") {
  Consented given;
  World& world = given.world;
  const auto sent = world.send(given.draft);
  const Statement revocation = revocation_of(world, given.draft);
  CHECK(must(world.desk(revocation.issuer).revoke(revocation)));
  must(tools::revoke(world.folder(), revocation.issuer));
  world.publish();
  must(world.desk(shelter).sync());
  const auto received = world.inbox(shelter);
  CHECK(world.alarms(shelter).empty());
  REQUIRE(received.size() == 1);
  CHECK_FALSE(value_in(received[0], "slachtoffer.naam"));
  must(world.desk("toezichthouder/log").sync());
  CHECK(must(world.desk("toezichthouder/log").audit()).failures.empty());
}

SCENARIO("what a desk answered before it was removed can be followed still, and its pick-ups audited") {
  World world;
  const auto sent = world.send(world.example("A1"));
  REQUIRE(world.inbox(avim).size() == 1);
  must(world.desk(avim).feedback({sent.message, Status::opgepakt, "", "", false}));
  must(tools::revoke(world.folder(), avim));
  world.publish();
  must(world.desk(gemeente).sync());
  const auto steps = must(world.desk(gemeente).follow(sent.message));
  CHECK(std::ranges::any_of(steps, [](const auto& step) { return step.status == "opgepakt"; }));
  must(world.desk("toezichthouder/log").sync());
  CHECK(must(world.desk("toezichthouder/log").audit()).failures.empty());
}

SCENARIO("a consent that was taken back before the pick-up stops the field, and the recipient sees why") {
  Consented given;
  World& world = given.world;
  world.send(given.draft);
  const Statement revocation = revocation_of(world, given.draft);
  CHECK(must(world.desk(revocation.issuer).revoke(revocation)));
  const auto received = world.inbox(shelter);
  CHECK(world.alarms(shelter).empty());
  REQUIRE(received.size() == 1);
  CHECK_FALSE(value_in(received[0], "slachtoffer.naam"));
  CHECK(view_in(received[0], "slachtoffer.naam").gate == Gate::secrecy);
}

SCENARIO("a consent that was taken back counts for no message sent later") {
  Consented given;
  World& world = given.world;
  const Statement revocation = revocation_of(world, given.draft);
  CHECK(must(world.desk(revocation.issuer).revoke(revocation)));
  const auto sent = must(world.desk(given.draft.from).send(given.draft));
  CHECK(sent.kept.state == client::KeptSent::State::refused);
  CHECK(sent.kept.gate == Gate::secrecy);
}

SCENARIO("a consent taken back between two pick-ups of one day counts at the second") {
  Consented given;
  World& world = given.world;
  world.send(given.draft);
  Request fetch;
  fetch.action = Action::fetch;
  const Reply first = world.ask(shelter, fetch);
  REQUIRE(first.items.size() == 1);
  const Statement revocation = revocation_of(world, given.draft);
  CHECK(must(world.desk(revocation.issuer).revoke(revocation)));
  const Reply second = world.ask(shelter, fetch);
  REQUIRE(second.items.size() == 1);
  CHECK(must(decode_delivery(second.items[0].body)).passed.size() <
        must(decode_delivery(first.items[0].body)).passed.size());
  must(world.desk("toezichthouder/log").sync());
  CHECK(must(world.desk("toezichthouder/log").audit()).failures.empty());
}

SCENARIO("only who signed a consent may take it back") {
  Consented given;
  World& world = given.world;
  world.send(given.draft);
  Statement forged = must(decode_statement(given.draft.statements[0].signed_form));
  const std::string issuer = forged.issuer;
  forged.type = "intrekking";
  forged.text = proof::h32(given.draft.statements[0].signed_form);
  Request request;
  request.action = Action::revoke;
  WHEN("another desk signs the revocation") {
    const Statement other = world.desk(avim).attest(forged);
    request.body = encode(other);
    CHECK(world.ask(avim, request).code == Code::ok);  // of a statement of its own, for all the broker knows
    const auto received = world.inbox(shelter);
    REQUIRE(received.size() == 1);
    CHECK(value_in(received[0], "slachtoffer.naam"));
    CHECK(world.alarms(shelter).empty());
  }
  WHEN("another desk hands it in, or it is no revocation") {
    request.body = encode(world.desk(issuer).attest(forged));
    CHECK(world.ask(avim, request).code == Code::not_you);
    request.body = given.draft.statements[0].signed_form;
    CHECK(world.ask(issuer, request).code == Code::bad_statement);
    forged.signature = Signature::zero();
    forged.issuer = issuer;
    request.body = encode(forged);
    CHECK(world.ask(issuer, request).code == Code::bad_statement);
  }
}

SCENARIO("without a broker a revocation is queued, and counts when it arrives") {
  Consented given;
  World& world = given.world;
  world.send(given.draft);
  const Statement revocation = revocation_of(world, given.draft);
  world.cut();
  CHECK_FALSE(must(world.desk(revocation.issuer).revoke(revocation)));
  world.restart(revocation.issuer);
  world.mend();
  must(world.desk(revocation.issuer).sync());
  const auto received = world.inbox(shelter);
  REQUIRE(received.size() == 1);
  CHECK_FALSE(value_in(received[0], "slachtoffer.naam"));
}

SCENARIO("a message that the broker refuses leaves no gap at the recipient") {
  World world;
  world.send(world.example("A1"));
  REQUIRE(world.inbox(avim).size() == 1);
  world.cut();
  const auto late = must(world.desk(gemeente).send(world.example("A1")));
  CHECK(late.kept.state == client::KeptSent::State::queued);
  world.mend();
  world.advance_days(6);  // it is too late for the broker now
  must(world.desk(gemeente).sync());
  must(world.desk(avim).sync());
  const auto sent = must(world.desk(gemeente).sent());
  REQUIRE(std::ranges::find(sent, late.kept.message, &client::KeptSent::message)->state ==
          client::KeptSent::State::refused);
  world.send(world.example("A1"));
  CHECK(world.inbox(avim).size() == 2);
  CHECK(world.alarms(avim).empty());
}

SCENARIO("a message accepted before its consent was taken back is not refused when it comes again") {
  Consented given;
  World& world = given.world;
  world.lie_to(given.draft.from, [](const Request& request, Reply& reply) {
    if (request.action != Action::submit) return;
    reply = Reply{reply.id, Code::busy, "", "", Gate::none, 0, {}};
  });
  const auto sent = must(world.desk(given.draft.from).send(given.draft));
  REQUIRE(sent.kept.state == client::KeptSent::State::queued);
  world.tell_the_truth();
  const Statement revocation = revocation_of(world, given.draft);
  CHECK(must(world.desk(revocation.issuer).revoke(revocation)));
  must(world.desk(given.draft.from).sync());
  CHECK(must(world.desk(given.draft.from).sent()).at(0).state == client::KeptSent::State::accepted);
  must(world.desk("toezichthouder/log").sync());
  CHECK(must(world.desk("toezichthouder/log").audit()).failures.empty());
}

SCENARIO("a refused message in the middle of a queue is explained by its tombstone") {
  Consented given;
  World& world = given.world;
  world.send(given.draft);
  (void)world.inbox(shelter);
  world.cut();
  const auto refused = must(world.desk(given.draft.from).send(given.draft));
  policy::Draft other = world.example("A5");
  world.sign_statements(other);
  const auto accepted = must(world.desk(given.draft.from).send(other));
  world.mend();
  const Statement revocation = revocation_of(world, given.draft);
  CHECK(must(world.desk(revocation.issuer).revoke(revocation)));
  must(world.desk(given.draft.from).sync());
  const auto sent = must(world.desk(given.draft.from).sent());
  const auto state = [&](const MessageId& id) {
    return std::ranges::find(sent, id, &client::KeptSent::message)->state;
  };
  CHECK(state(refused.kept.message) == client::KeptSent::State::refused);
  CHECK(state(accepted.kept.message) == client::KeptSent::State::accepted);
  CHECK(world.inbox(shelter).size() == 2);
  CHECK(world.alarms(shelter).empty());
}

SCENARIO("an accepted message that is kept back is not hidden by the tombstone of the refused one after it") {
  Consented given;
  World& world = given.world;
  world.send(given.draft);
  (void)world.inbox(shelter);
  policy::Draft hidden = world.example("A5");
  world.sign_statements(hidden);
  const auto lost = world.send(hidden);
  world.lie_to(shelter, [&](const Request& request, Reply& reply) {
    if (request.action != Action::fetch) return;
    std::erase_if(reply.items, [&](const Item& item) {
      return must(decode_prologue(must(decode_delivery(item.body)).prologue)).message == lost.message;
    });
  });
  world.cut();
  const auto refused = must(world.desk(given.draft.from).send(given.draft));
  policy::Draft other = world.example("A5");
  world.sign_statements(other);
  const auto accepted = must(world.desk(given.draft.from).send(other));
  world.mend();
  const Statement revocation = revocation_of(world, given.draft);
  CHECK(must(world.desk(revocation.issuer).revoke(revocation)));
  must(world.desk(given.draft.from).sync());
  CHECK(world.alarms(shelter) == std::vector{client::AlarmCode::gap});
  CHECK(world.inbox(shelter).size() == 2);
}

SCENARIO("a broker that keeps a message back is seen at the next one: a gap") {
  World world;
  const auto lost = world.send(world.example("A1"));
  world.lie_to(avim, [&](const Request& request, Reply& reply) {
    if (request.action != Action::fetch) return;
    std::erase_if(reply.items, [&](const Item& item) {
      return must(decode_prologue(must(decode_delivery(item.body)).prologue)).message == lost.message;
    });
  });
  (void)world.inbox(avim);
  world.send(world.example("A1"));
  CHECK(world.alarms(avim) == std::vector{client::AlarmCode::gap});
  CHECK(world.inbox(avim).size() == 1);
}

SCENARIO("what is published during a day does not make unauthentic what was sent that morning") {
  World world;
  world.send(world.example("A1"));
  Request fetch;
  fetch.action = Action::fetch;
  CHECK(world.ask(avim, fetch).items.size() == 1);  // picked up, its receipt still under way
  const auto planned_before = world.example("A1");
  world.publish();
  must(world.desk(avim).sync());
  CHECK(world.inbox(avim).size() == 1);
  CHECK(world.alarms(avim).empty());
  // a sender that did not hear of it yet
  world.send(planned_before);
  CHECK(world.inbox(avim).size() == 2);
  CHECK(world.alarms(avim).empty());
}

SCENARIO("a desk has cards for nine weeks and two quarters, and loses the keys of those that are over") {
  World world;
  const auto cards_of = [&] {
    std::map<KeyCard::Use, int> count;
    for (const KeyCard& card : world.signed_world().get()->network.cards) {
      if (card.desk == avim) ++count[card.use];
    }
    return count;
  };
  CHECK(cards_of() == std::map<KeyCard::Use, int>{{KeyCard::Use::current, 9}, {KeyCard::Use::standby, 2}});
  const auto key = world.folder() / "desks" / avim / "cards" /
                   (std::to_string(epoch_of(KeyCard::Use::current, world.today())) + ".key");
  must(world.desk(avim).sync());
  CHECK(std::filesystem::exists(key));
  world.advance_days(world.message_life());
  must(world.desk(avim).sync());
  CHECK(std::filesystem::exists(key));  // a message of its last day may still come
  world.advance_days(9);
  must(world.desk(avim).sync());
  CHECK_FALSE(std::filesystem::exists(key));
}

SCENARIO("a key card for other days than those of its epoch is refused") {
  World world;
  auto keys = must(client::DeskKeys::load(world.folder() / "desks" / avim));
  SystemRandom random;
  Request request;
  request.action = Action::card;
  for (KeyCard card : must(keys.cards(world.signed_world().get()->network.id, avim, world.today(), random))) {
    card.until = card.until.plus(1);
    card.signature = keys.signer().sign(unsigned_bytes(card));
    request.body = encode(card);
    CHECK(world.ask(avim, request).code == Code::malformed);
  }
}
