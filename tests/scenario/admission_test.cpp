#include "scenario/made.h"
#include "scenario/names.h"
#include "seinhuis/proof/hash.h"

// What a hostile sender tries, and the one code it hears. Nothing is stored but, where the signature was
// good, one tombstone; the connections of others are unaffected.
using namespace seinhuis;
using namespace seinhuis::test;

TEST_CASE("what is no message is malformed, and too much is too large") {
  World world;
  CHECK(world.submit_raw(sender, copy(view("nonsense, longer than twelve bytes"))).code == Code::malformed);
  CHECK(world.submit_raw(sender, Bytes(5U << 20U)).code == Code::too_large);
  Made made;
  Bytes cut = encode(made.sealed().submission);
  cut.resize(cut.size() / 2);
  CHECK(made.world.submit_raw(sender, cut).code == Code::malformed);
}

TEST_CASE("the same submission twice gets the same receipt; another under its id is refused") {
  Made made;
  const auto sealed = made.sealed();
  const Reply first = made.world.submit_raw(sender, encode(sealed.submission));
  const Reply again = made.world.submit_raw(sender, encode(sealed.submission));
  REQUIRE(first.code == Code::ok);
  REQUIRE(again.code == Code::ok);
  CHECK(must(decode_accepted(first.items[0].body)).record ==
        must(decode_accepted(again.items[0].body)).record);
  const MessageId id = must(decode_prologue(sealed.submission.prologue)).message;
  CHECK(made.code_of(made.with_prologue([&](Prologue& p) { p.message = id; })) == Code::replayed);
}

TEST_CASE("a message of another network, a past or a future day is refused") {
  Made made;
  CHECK(made.code_of(made.with_prologue([](Prologue& p) { p.network = proof::h32(view("other")); })) ==
        Code::wrong_network);
  CHECK(made.code_of(made.with_prologue([](Prologue& p) { p.created += std::chrono::days(1); })) ==
        Code::expired);
  CHECK(made.code_of(made.with_prologue([](Prologue& p) {
    p.created -= std::chrono::days(6);
    p.expires -= std::chrono::days(6);
  })) == Code::expired);
  CHECK(made.code_of(made.with_prologue([](Prologue& p) { p.expires += std::chrono::days(1); })) ==
        Code::malformed);  // no sealing key lives that long
  CHECK(made.code_of(made.with_prologue([](Prologue& p) {
    p.created -= std::chrono::hours(2);
    p.expires = p.created + std::chrono::hours(1);
  })) == Code::expired);
}

TEST_CASE("a mode that is changed by hand is refused, and what names nobody does not come over a session") {
  Made made;
  for (const Mode mode : {Mode::confidential, Mode::anonymous})
    CHECK(made.code_of(made.with_prologue([&](Prologue& p) { p.mode = mode; })) == Code::malformed);
  const auto nobody = made.with_prologue([](Prologue& p) {
    p.mode = Mode::anonymous;
    p.sender.clear();
    p.reply.emplace();
    p.created = Day::of(p.created).begins();
    p.expires = Day::of(p.expires).begins();
  });
  CHECK(made.code_of(nobody) == Code::not_you);
  CHECK(made.world.submit_raw(broker::anonymous_peer, encode(nobody)).code == Code::bad_signature);
  const Submission named = made.sealed().submission;
  CHECK(made.world.submit_raw(broker::anonymous_peer, encode(named)).code == Code::not_you);
}

TEST_CASE("a slot that sleeps is sealed to a standby card, and for who stands by") {
  Made made;
  Submission dormant = made.sealed().submission;
  dormant.slots[0].activation = 1;  // to the card of the week
  made.sign(dormant);
  CHECK(made.code_of(dormant) == Code::bad_slot);
}

TEST_CASE("a message that names other metadata than that of its day is refused") {
  Made made;
  CHECK(made.code_of(made.with_prologue([](Prologue& p) { p.policy.hash = proof::h32(view("other")); })) ==
        Code::stale_metadata);
  CHECK(made.code_of(made.with_prologue([](Prologue& p) { p.directory.number = 7; })) ==
        Code::stale_metadata);
}

TEST_CASE("a desk sends as itself only, under its own key") {
  Made made;
  const Submission own = made.sealed().submission;
  CHECK(made.world.submit_raw(avim, encode(own)).code == Code::not_you);
  Made thief(avim);
  Submission forged = made.sealed().submission;
  CHECK(made.code_of([&] {
    Prologue p = must(decode_prologue(forged.prologue));
    p.signer = thief.keys.signer().key();
    forged.prologue = encode(p);
    forged.signature = thief.keys.signer().sign(proof::manifest_message(proof::digest(forged).manifest));
    return forged;
  }()) == Code::bad_signature);
  Submission altered = own;
  altered.fields[0].ciphertext[0] ^= std::byte{1};
  CHECK(made.code_of(altered) == Code::bad_signature);
}

TEST_CASE("a reader that the plan lacks is refused with the article") {
  Made made;
  // sealed correctly for somebody whom no rule lets read
  client::Sender from{made.trusted,   sender,      made.keys.signer(),
                      made.nonce_key, made.random, made.world.now()};
  auto planned = must(client::plan_for(from, made.world.example("A1"), {}, Hash::zero()));
  policy::Row extra = planned.plan.rows[1];
  extra.desk = made.trusted.policies.begin()->second->desk("gemeente-groningen/inkomen");
  planned.plan.rows.push_back(extra);
  const auto sealed =
      must(client::seal_planned(from, planned, [](const std::string&) { return seal::Note{}; }));
  const Reply reply = made.world.submit_raw(sender, encode(sealed.submission));
  CHECK(reply.code == Code::refused);
  CHECK(reply.gate == Gate::purpose);
  CHECK(reply.text.find("gemeente-groningen/inkomen") != std::string::npos);
  CHECK(made.world.inbox(avim).empty());
}

TEST_CASE("a field beyond the grant is refused: the broker checks what is sealed, not what is said") {
  Made made;
  client::Sender from{made.trusted,   sender,      made.keys.signer(),
                      made.nonce_key, made.random, made.world.now()};
  auto planned = must(client::plan_for(from, made.world.example("A1"), {}, Hash::zero()));
  const auto& policy = *made.trusted.policies.begin()->second;
  for (policy::Row& row : planned.plan.rows) {
    for (policy::Cell& cell : row.cells) {
      if (cell.field != policy.field("melder.identiteit") || row.outcome != policy::Outcome::deliver)
        continue;
      cell.state = policy::CellState::given;
      cell.forms = 1;
    }
  }
  const auto sealed =
      must(client::seal_planned(from, planned, [](const std::string&) { return seal::Note{}; }));
  const Reply reply = made.world.submit_raw(sender, encode(sealed.submission));
  CHECK(reply.code == Code::refused);
  CHECK(reply.rule == "V-01");
}

TEST_CASE("slots that do not open, stand twice or are sealed to an unpublished card are refused") {
  Made made;
  Submission salt = made.sealed().submission;
  salt.slots[0].salt = proof::h32(view("other"));
  made.sign(salt);
  CHECK(made.code_of(salt) == Code::bad_slot);
  Submission fewer = made.sealed().submission;
  fewer.slots.pop_back();
  made.sign(fewer);
  CHECK(made.code_of(fewer) == Code::bad_slot);
  // a card of the right desk for another week
  Submission card = made.sealed().submission;
  Prologue p = must(decode_prologue(card.prologue));
  const auto& cards = made.trusted.network.cards;
  const auto later = std::ranges::find_if(cards, [&](const KeyCard& one) {
    return one.desk == card.slots[0].desk && one.from > made.world.today();
  });
  REQUIRE(later != cards.end());
  card.slots[0].card = encode(*later);
  p.leaves[0] = proof::recipient_leaf(card.slots[0].salt, card.slots[0].desk, card.slots[0].card);
  if (p.leaves[0] > p.leaves[1]) {
    std::swap(p.leaves[0], p.leaves[1]);
    std::swap(card.slots[0], card.slots[1]);
  }
  card.prologue = encode(p);
  made.sign(card);
  CHECK(made.code_of(card) == Code::bad_slot);
}

TEST_CASE(
    "feedback on a signal that is unknown, or that this desk never got, is refused, each with its text") {
  World world;
  const std::string stranger = "nla/toezicht";
  const auto sent = world.send(world.example("A1"));
  REQUIRE(world.inbox(avim).size() == 1);
  Bytes given;
  world.lie_to(avim, [&](const Request& request, Reply&) {
    if (request.action == Action::submit) given = request.body;
  });
  must(world.desk(avim).feedback({sent.message, Status::opgepakt, {}, {}, false}));
  const auto refusal = [&](const std::function<void(Prologue&)>& change) {
    Submission submission = must(decode_submission(given));
    Prologue p = must(decode_prologue(submission.prologue));
    p.sender = stranger;
    p.signer = world.keys_of(stranger).signer().key();
    change(p);
    submission.prologue = encode(p);
    submission.signature =
        world.keys_of(stranger).signer().sign(proof::manifest_message(proof::digest(submission).manifest));
    const auto judged =
        broker::admit(*world.signed_world().get(), stranger, submission, world.ledger().known(), world.now());
    return std::get<broker::Refused>(judged).refusal;
  };
  const auto foreign = refusal([](Prologue&) {});
  CHECK(foreign.code == Code::bad_thread);
  CHECK(foreign.text == "the parent is not yours");
  const auto unknown = refusal([](Prologue& p) { p.parent = proof::h32(view("nobody's message")); });
  CHECK(unknown.code == Code::bad_thread);
  CHECK(unknown.text == "the message it is about is not known here");
}

TEST_CASE("a label may be added, never left off") {
  Made made(avim);
  client::Sender from{made.trusted, avim, made.keys.signer(), made.nonce_key, made.random, made.world.now()};
  auto planned = must(client::plan_for(from, made.world.example("A7"), {}, Hash::zero()));
  planned.facts.labels = 0;
  const auto sealed =
      must(client::seal_planned(from, planned, [](const std::string&) { return seal::Note{}; }));
  const Reply reply = made.world.submit_raw(avim, encode(sealed.submission));
  CHECK(reply.code == Code::malformed);
  CHECK(reply.text.find("wpg") != std::string::npos);
}

TEST_CASE(
    "a refusal changes nothing for others, and one tombstone stands in the log however often it is tried") {
  Made made;
  const Submission bad = made.with_prologue([](Prologue& p) { p.theme = "sekswerk"; });
  for (int n = 0; n < 3; ++n) CHECK(made.code_of(bad) != Code::ok);
  Request head;
  head.action = Action::head;
  const Reply reply = made.world.ask(sender, head);
  REQUIRE(reply.items.size() == 1);
  CHECK(must(decode_head(reply.items[0].body)).head.size == 1);
  made.world.send(made.world.example("A1"));
  CHECK(made.world.inbox(avim).size() == 1);
}

TEST_CASE("a message that was refused is not accepted later: its tombstone says that it never will be") {
  Made made;
  const auto sealed = made.sealed();
  const auto whole = made.world.signed_world().get();
  auto changed = std::make_shared<broker::World>(*whole);
  std::erase_if(changed->network.cards, [](const KeyCard& card) { return card.desk == avim; });
  made.world.signed_world().set(changed);
  CHECK(made.code_of(sealed.submission) == Code::bad_slot);
  made.world.signed_world().set(whole);
  CHECK(made.code_of(sealed.submission) == Code::bad_slot);
  CHECK(made.world.inbox(avim).empty());
}

TEST_CASE("a receipt counts once, from its own desk, for what was delivered") {
  World world;
  world.send(world.example("A1"));
  Request foreign;
  foreign.action = Action::receipt;
  Receipt receipt;
  receipt.network = world.signed_world().get()->network.id;
  receipt.desk = avim;
  foreign.body = encode(receipt);
  CHECK(world.ask("nla/toezicht", foreign).code == Code::not_you);
  CHECK(world.ask(avim, foreign).code == Code::bad_signature);
}

TEST_CASE("nobody but its sender may follow a signal") {
  World world;
  const auto sent = world.send(world.example("A1"));
  Request follow;
  follow.action = Action::follow;
  follow.message = sent.message;
  CHECK(world.ask(sender, follow).items.size() == 1);
  CHECK(world.ask(avim, follow).code == Code::absent);
  CHECK(world.ask("nla/toezicht", follow).code == Code::absent);
}

TEST_CASE("a desk that was revoked is heard no more") {
  World world;
  world.send(world.example("A1"));
  auto changed = std::make_shared<broker::World>(*world.signed_world().get());
  for (auto& version : changed->network.directories) {
    for (auto& desk : version.directory.desks) desk.revoked = desk.revoked || desk.name == sender;
  }
  world.signed_world().set(changed);
  Request head;
  head.action = Action::head;
  CHECK(world.ask(sender, head).code == Code::unauthorised);
  CHECK(world.ask(avim, head).code == Code::ok);
}

TEST_CASE("no frame between clients and broker holds a value: a canary in every field of many signals") {
  World world;
  int planted = 0;
  for (int n = 0; n < 20; ++n) {
    policy::Draft draft = world.example(n % 2 == 0 ? "A1" : "A9");
    for (auto& [field, values] : draft.fields) values = {"kanarie-" + std::to_string(n) + "-" + field};
    planted += static_cast<int>(draft.fields.size());
    world.send(std::move(draft));
  }
  (void)world.inbox(avim);
  (void)world.inbox("nla/opsporing");
  bool control = false;
  for (const Bytes& frame : world.frames()) {
    const std::string_view text = text_of(frame);
    control = control ||
              text.find("opsporing-mensenhandel") != std::string_view::npos;  // a fact the broker may see
    CHECK(text.find("kanarie-") == std::string_view::npos);
  }
  CHECK(control);
  CHECK(planted > 150);
}

TEST_CASE("a repeated outcome does not swallow the feedback that shares its batch") {
  World world;
  const std::string care = "zorgcoordinatie-noord/zorgcoordinator";
  const auto sent = world.send(world.example("A1"));
  std::vector<broker::Command> batch;
  for (const std::string& desk : {avim, care}) {
    REQUIRE(world.inbox(desk).size() == 1);
    must(world.desk(desk).feedback({sent.message, Status::opgepakt, {}, {}, false}));
  }
  for (const Bytes& frame : world.frames()) {
    const auto request = decode_request(frame);
    if (!request || request->action != Action::submit) continue;
    Submission submission = must(decode_submission(request->body));
    if (submission.outcome.empty()) continue;
    const std::string from = must(decode_prologue(submission.prologue)).sender;
    auto judged = broker::admit(*world.signed_world().get(), from, std::move(submission),
                                world.ledger().known(), world.now());
    REQUIRE(std::holds_alternative<broker::Admitted>(judged));
    auto& admitted = std::get<broker::Admitted>(judged);
    SystemRandom random;
    admitted.prologue.message = random.draw<MessageId>();  // another message
    if (from == care) admitted.outcome->seq = 2;           // with a later outcome; the other repeats its own
    batch.push_back({broker::Submit{std::move(admitted)}, random.draw<Hash>()});
  }
  REQUIRE(batch.size() == 2);
  const auto replies = world.ledger().commit(*world.signed_world().get(), batch, world.now());
  REQUIRE(replies.size() == 2);
  CHECK(replies[0].code == Code::answered);
  CHECK(replies[1].code == Code::ok);
}

SCENARIO("what was refused under a name once counted as sent when it was tried again") {
  World world;
  world.lie_to(gemeente, [](const Request& request, Reply& reply) {
    if (request.action == Action::submit) reply = {reply.id, Code::refused, "no", "", Gate::basis, 0, {}};
  });
  const auto first = must(world.desk(gemeente).send_once(world.example("A1"), view("line 1")));
  CHECK_FALSE(first.before);
  CHECK(first.kept.state == client::KeptSent::State::refused);
  world.tell_the_truth();
  const auto again = must(world.desk(gemeente).send_once(world.example("A1"), view("line 1")));
  CHECK(again.before);
  CHECK(again.kept.message == first.kept.message);
  CHECK(again.kept.state == client::KeptSent::State::refused);
  const auto other = must(world.desk(gemeente).send_once(world.example("A1"), view("line 2")));
  CHECK_FALSE(other.before);
  CHECK(other.kept.state == client::KeptSent::State::accepted);
}
