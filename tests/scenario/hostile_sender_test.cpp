#include "scenario/made.h"
#include "scenario/names.h"
#include "seinhuis/proof/hash.h"

// What a sender with good keys and bad intentions may try with statements, slots, cards and threads.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

// A5 with its consent signed, on the last day of the covenant, sent by the police.
struct Consented {
  Made made{avim, "2025-12-31"};
  policy::Draft draft = made.world.example("A5");
  Consented() { made.world.sign_statements(draft); }

  Statement consent() const { return must(decode_statement(draft.statements[0].signed_form)); }
  // The code when the message carries this statement, signed by its issuer, instead of the good one.
  Code code_with(Statement statement) {
    statement.signature = must(client::DeskKeys::load(made.world.folder() / "desks" / statement.issuer))
                              .signer()
                              .sign(unsigned_bytes(statement));
    return code_with_bytes(encode(statement));
  }
  Code code_with_bytes(const Bytes& body) {
    const auto good = made.sealed(draft);
    Submission submission = good.submission;
    submission.statements[0].body = body;
    Prologue p = must(decode_prologue(submission.prologue));
    p.statements.clear();
    std::ranges::sort(submission.statements, {},
                      [](const StatementCopy& copy) { return proof::statement_fact(copy); });
    for (const StatementCopy& copy : submission.statements)
      p.statements.push_back(proof::statement_fact(copy));
    submission.prologue = encode(p);
    made.sign(submission);
    return made.world.submit_raw(avim, encode(submission)).code;
  }
};

}  // namespace

TEST_CASE("a statement counts in its own thread, for its giver, in its network, from who may sign it") {
  Consented given;
  CHECK(given.code_with(given.consent()) == Code::ok);
  Statement other = given.consent();
  SystemRandom random;
  other.thread = random.draw<ThreadId>();
  CHECK(given.code_with(other) == Code::bad_statement);
  other = given.consent();
  other.giver = "gemeente-groningen";
  CHECK(given.code_with(other) == Code::bad_statement);
  other = given.consent();
  other.network = proof::h32(view("another network"));
  CHECK(given.code_with(other) == Code::bad_statement);
  other = given.consent();
  other.issuer = "nationaal-rapporteur/statistiek";
  CHECK(given.code_with(other) == Code::bad_statement);
  Bytes altered = given.draft.statements[0].signed_form;
  altered.back() ^= std::byte{1};
  CHECK(given.code_with_bytes(altered) == Code::bad_statement);
}

TEST_CASE("a consent that is over, or for another desk or purpose, gives nothing") {
  Consented given;
  Statement over = given.consent();
  over.until = Day(given.made.world.today().days() - 1);
  over.from = Day(over.until.days() - 1);
  CHECK(given.code_with(over) == Code::refused);
  Statement elsewhere = given.consent();
  elsewhere.to = {"ggd-groningen/zorg"};
  CHECK(given.code_with(elsewhere) == Code::refused);
}

TEST_CASE("a recipient cannot use a consent again: it was given to somebody else") {
  Consented given;
  given.made.world.send(given.draft);
  const auto received = given.made.world.inbox("opvang-noord/intake");
  REQUIRE(received.size() == 1);
  policy::Draft onward = given.made.world.example("A5-opvang");
  onward.statements = given.draft.statements;  // addressed to the shelter, from the police
  onward.thread = given.draft.thread;
  const auto planned = given.made.world.desk(onward.from).plan(onward);
  CHECK_FALSE(planned);
}

TEST_CASE("the same statement looks different in every message") {
  Consented given;
  const auto facts_of = [&] {
    return must(decode_prologue(given.made.sealed(given.draft).submission.prologue)).statements;
  };
  CHECK(facts_of() != facts_of());
}

TEST_CASE("a desk in two slots is refused") {
  Made made;
  Submission submission = made.sealed().submission;
  Prologue p = must(decode_prologue(submission.prologue));
  Slot again = submission.slots[0];
  again.salt = proof::h32(view("another salt"));
  submission.slots.push_back(again);
  std::ranges::sort(submission.slots, {},
                    [](const Slot& slot) { return proof::recipient_leaf(slot.salt, slot.desk, slot.card); });
  p.leaves.clear();
  for (const Slot& slot : submission.slots)
    p.leaves.push_back(proof::recipient_leaf(slot.salt, slot.desk, slot.card));
  submission.prologue = encode(p);
  made.sign(submission);
  CHECK(made.code_of(submission) == Code::bad_slot);
}

TEST_CASE("a wrap that opens nothing passes the broker, and its sender is named at the recipient") {
  Made made;
  Submission submission = made.sealed().submission;
  for (Slot& slot : submission.slots) {
    if (slot.desk == avim) slot.wraps[0].box[0] ^= std::byte{1};
  }
  made.sign(submission);
  CHECK(made.code_of(submission) == Code::ok);
  CHECK(made.world.alarms(avim) == std::vector{client::AlarmCode::does_not_open});
  CHECK(must(made.world.desk(avim).inbox()).empty());
}

TEST_CASE("a second card for an epoch is refused by the broker; the first stays") {
  World world;
  auto keys = must(client::DeskKeys::load(world.folder() / "desks" / avim));
  SystemRandom random;
  KeyCard card =
      must(keys.cards(world.signed_world().get()->network.id, avim, world.today(), random)).front();
  Request request;
  request.action = Action::card;
  request.body = encode(card);
  CHECK(world.ask(avim, request).code == Code::ok);
  CHECK(world.ask(avim, request).code == Code::ok);  // the same again
  card.key = SealingKey::from_bytes(proof::h32(view("another key")).bytes());
  card.signature = keys.signer().sign(unsigned_bytes(card));
  request.body = encode(card);
  CHECK(world.ask(avim, request).code == Code::replayed);
  CHECK(world.ask("nla/toezicht", request).code == Code::not_you);
}

TEST_CASE("a slot for a desk that was revoked is refused: its cards are void") {
  Made made;
  const Submission submission = made.sealed().submission;
  auto changed = std::make_shared<broker::World>(*made.world.signed_world().get());
  std::erase_if(changed->network.cards, [](const KeyCard& card) { return card.desk == avim; });
  made.world.signed_world().set(changed);
  CHECK(made.code_of(submission) == Code::bad_slot);
}

TEST_CASE("another desk's signal cannot be withdrawn, corrected or added to") {
  Made made(gracht);
  const auto signal = made.world.send(made.world.example("A1"));
  for (const Kind kind : {Kind::withdrawal, Kind::correction, Kind::supplement, Kind::feedback}) {
    policy::Draft draft = made.world.example("A1");
    draft.from = gracht;
    draft.to.clear();
    draft.region = "amsterdam";
    Submission submission = made.sealed(draft).submission;
    Prologue p = must(decode_prologue(submission.prologue));
    p.kind = kind;
    p.parent = signal.h0;
    p.thread = signal.thread;
    submission.prologue = encode(p);
    made.sign(submission);
    CHECK(made.world.submit_raw(gracht, encode(submission)).code == Code::bad_thread);
  }
}

TEST_CASE("a supplement that changes the class, theme or age of its parent is refused") {
  Made made;
  const auto signal = made.world.send(made.world.example("A1"));
  const auto code_of = [&](const std::function<void(Prologue&)>& change) {
    return made.code_of(made.with_prologue([&](Prologue& p) {
      p.kind = Kind::supplement;
      p.parent = signal.h0;
      p.thread = signal.thread;
      change(p);
    }));
  };
  CHECK(code_of([](Prologue& p) { p.weight = Weight::hard; }) == Code::bad_thread);
  CHECK(code_of([](Prologue& p) { p.age = AgeBand::from_12_to_17; }) == Code::bad_thread);
  CHECK(code_of([](Prologue& p) { p.theme = "arbeidsmisstand"; }) == Code::bad_thread);
  SystemRandom random;
  CHECK(code_of([&](Prologue& p) { p.thread = random.draw<ThreadId>(); }) == Code::bad_thread);
}

TEST_CASE("a prologue of a later schema is unsupported, not misread") {
  Made made;
  const Bytes good = made.sealed().submission.prologue;
  bool found = false;
  for (std::size_t at = 0; at < good.size() && !found; ++at) {
    Bytes later = good;
    later[at] ^= std::byte{2};
    const auto seen = decode_prologue(later);
    found = !seen && seen.error().code == Errc::unsupported &&
            seen.error().detail.find("schema") != std::string::npos;
  }
  CHECK(found);
}
