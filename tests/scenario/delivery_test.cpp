#include "scenario/world.h"
#include "seinhuis/client/obligations.h"
#include "seinhuis/proof/hash.h"
#include "tables.h"

// What a desk opens is what the plan says, cell by cell, through the real broker.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

// Sends the draft and compares what every recipient opened with the plan made beforehand.
std::size_t check_every_cell(World& world, policy::Draft draft) {
  world.sign_statements(draft);
  const policy::Draft written = draft;
  const auto planned = must(world.desk(draft.from).plan(draft));
  const auto& policy = world.desk(draft.from).policy();
  const bool anybody = std::ranges::any_of(
      planned.plan.rows, [](const policy::Row& row) { return row.outcome == policy::Outcome::deliver; });
  if (!anybody) {
    CHECK_FALSE(world.desk(draft.from).send(draft));
    return 0;
  }
  const auto sent = world.send(std::move(draft));
  std::size_t cells = 0;
  for (const policy::Row& row : planned.plan.rows) {
    const std::string& desk = policy.source().desks[row.desk].name;
    const auto received = world.inbox(desk);
    const auto found = std::ranges::find(received, sent.message, &client::KeptDelivery::message);
    CAPTURE(desk);
    REQUIRE((found != received.end()) == (row.outcome == policy::Outcome::deliver && row.standby == 0));
    if (found == received.end()) continue;
    REQUIRE(world.alarms(desk).empty());
    for (const policy::Cell& cell : row.cells) {
      const bundle::Field& field = policy.source().fields[cell.field];
      CAPTURE(field.id);
      ++cells;
      const client::FieldView& seen = view_in(*found, field.id);
      CHECK((seen.state == client::FieldView::State::given) == (cell.state == policy::CellState::given));
      CHECK((seen.state == client::FieldView::State::held) == (cell.state == policy::CellState::held));
      for (std::size_t form = 0; form < field.forms.size(); ++form) {
        const bool given = cell.state == policy::CellState::given && (cell.forms >> form & 1U) != 0;
        const auto value = value_in(*found, field.id, field.forms[form].id);
        CHECK(value.has_value() == given);
        if (!given || !written.fields.contains(field.id)) continue;
        CHECK(*value == seal::value_of(policy::coarsen(field.forms[form], written.fields.at(field.id),
                                                       written, world.today())));
      }
    }
  }
  return cells;
}

}  // namespace

SCENARIO("A1, A3, A7 and A9 end to end: what each desk opens is its row of the plan") {
  World world;
  std::size_t cells = 0;
  for (const char* name : {"A1", "A3", "A3-mensenhandel", "A7", "A7-comensha", "A9", "A9-nla", "A9-preventie",
                           "A9-riec", "A5-riec", "A5-zvh"}) {
    CAPTURE(name);
    cells += check_every_cell(world, world.example(name));
  }
  CHECK(cells > 200);
}

SCENARIO("A5 end to end on the last day of the covenant, and the day after") {
  World world("2025-12-31");
  CHECK(check_every_cell(world, world.example("A5")) > 0);
  CHECK(check_every_cell(world, world.example("A5-opvang")) > 0);
  world.advance_days(1);
  must(world.desk("politie-noord/avim-mensenhandel").sync());
  CHECK(check_every_cell(world, world.example("A5")) == 0);
}

SCENARIO("A7 end to end with the attest of authority and prosecutor goes to the shelter") {
  World world;
  policy::Draft draft = world.example("A7");
  draft.to = {"opvang-noord/intake"};
  draft.statements = {{"wpg-19-c",
                       {},
                       {"opvang-noord/intake"},
                       {"opvang"},
                       {must(Day::parse("2026-11-20")).days(), must(Day::parse("2026-11-30")).days()},
                       {}}};
  CHECK(check_every_cell(world, draft) > 0);
  const auto received = world.inbox("opvang-noord/intake");
  CHECK(value_in(received[0], "slachtoffer.naam") == seal::value_of({"Ana Popescu"}));
  CHECK(received[0].labels == std::vector<std::string>{"wpg"});
}

SCENARIO("data that waits does not outlive its basis: the plan of the day it is picked up decides") {
  World world("2025-12-31");
  policy::Draft draft = world.example("A5");
  world.sign_statements(draft);
  world.send(draft);
  world.advance_days(1);
  must(world.desk("opvang-noord/intake").sync());
  const auto received = world.inbox("opvang-noord/intake");
  REQUIRE(received.size() == 1);
  CHECK(world.alarms("opvang-noord/intake").empty());
  CHECK(view_in(received[0], "slachtoffer.naam").state == client::FieldView::State::withheld);
  CHECK(view_in(received[0], "slachtoffer.naam").gate == Gate::agreement);
  CHECK_FALSE(value_in(received[0], "slachtoffer.naam"));
}

SCENARIO("the melder hears every step, each proved by the log") {
  World world;
  const std::string avim = "politie-noord/avim-mensenhandel";
  const std::string melder = "gemeente-groningen/toezicht";
  const auto sent = world.send(world.example("A1"));
  REQUIRE(world.inbox(avim).size() == 1);
  must(world.desk(avim).feedback({sent.message, Status::opgepakt, {}, "wordt gelezen", false}));
  must(world.desk(avim).feedback({sent.message, Status::gesloten, "afgerond", "dank", true}));
  (void)world.inbox(melder);
  const auto steps = must(world.desk(melder).follow(sent.message));
  REQUIRE(steps.size() == 4);
  CHECK(steps[0].status == "accepted");
  CHECK(steps[1].status == "received");
  CHECK(steps[2].status == "opgepakt");
  CHECK(steps[2].text.empty());  // police text waits for a person
  CHECK(steps[3].status == "gesloten");
  CHECK(steps[3].reason == "afgerond");
  CHECK(steps[3].text == "dank");
  CHECK(world.alarms(melder).empty());
  CHECK(must(world.desk(melder).verify_log()).records >= 4);
}

SCENARIO("closing without a reason, or with one that the policy does not know, is refused") {
  World world;
  const std::string avim = "politie-noord/avim-mensenhandel";
  const auto sent = world.send(world.example("A1"));
  REQUIRE(world.inbox(avim).size() == 1);
  const auto closed = world.desk(avim).feedback({sent.message, Status::gesloten, {}, {}, false});
  REQUIRE_FALSE(closed);
  CHECK(closed.error().code == Errc::refused);
  CHECK_FALSE(world.desk(avim).feedback({sent.message, Status::gesloten, "zomaar", {}, false}));
}

SCENARIO(
    "F7: an outcome that is malformed, unreasoned or not the desk's own is no answer: it is owed still") {
  World world;
  const std::string avim = "politie-noord/avim-mensenhandel";
  const auto sent = world.send(world.example("A1"));
  REQUIRE(world.inbox(avim).size() == 1);
  world.cut();
  must(world.desk(avim).feedback({sent.message, Status::opgepakt, {}, {}, false}));
  world.mend();
  Bytes queued;
  must(world.store_of(avim).read([&](const store::Reader& reader) -> Result<Done> {
    queued = must(reader.scan(client::outbox_table, {}, {}, 1)).at(0).value;
    return Done{};
  }));
  Submission submission = must(decode_submission(queued));
  OutcomeStatement outcome = must(decode_outcome(submission.outcome));
  const auto sign = [&](const std::string& desk) {
    outcome.signature = world.keys_of(desk).signer().sign(unsigned_bytes(outcome));
    submission.outcome = encode(outcome);
  };
  SECTION("closing without a reason") {
    outcome.status = Status::gesloten;
    sign(avim);
  }
  SECTION("signed by another desk") { sign("nla/toezicht"); }
  SECTION("about another message") {
    outcome.manifest = proof::h32(view("another"));
    sign(avim);
  }
  SECTION("malformed") { submission.outcome.pop_back(); }
  SECTION("missing") { submission.outcome.clear(); }
  CHECK(world.submit_raw(avim, encode(submission)).code == Code::bad_outcome);
  const auto owed = must(client::obligations(world.desk(avim)));
  REQUIRE(owed.size() == 1);
  CHECK_FALSE(owed[0].status);
}

SCENARIO("free text that must be redacted is not lost with the feedback that closes the matter") {
  World world;
  const std::string avim = "politie-noord/avim-mensenhandel";
  const std::string melder = "gemeente-groningen/toezicht";
  const auto sent = world.send(world.example("A1"));
  REQUIRE(world.inbox(avim).size() == 1);
  const auto held = world.desk(avim).feedback({sent.message, Status::gesloten, "afgerond", "dank", false});
  REQUIRE_FALSE(held);
  CHECK(held.error().code == Errc::refused);
  CHECK(held.error().detail.find("nothing was sent; leave it out, or have it --redacted") !=
        std::string::npos);
  CHECK(world.desk(melder).follow(sent.message)->back().status == "received");
  must(world.desk(avim).feedback({sent.message, Status::gesloten, "afgerond", "dank", true}));
  (void)world.inbox(melder);
  CHECK(must(world.desk(melder).follow(sent.message)).back().text == "dank");
}

SCENARIO("feedback that cannot be given says why: unknown, own, foreign, closed, answered or handed over") {
  World world;
  const std::string avim = "politie-noord/avim-mensenhandel";
  const std::string melder = "gemeente-groningen/toezicht";
  const auto sent = world.send(world.example("A1"));
  const auto why = [&](const std::string& desk, client::FeedbackDraft draft) {
    const auto given = world.desk(desk).feedback(draft);
    return given ? given->kept.text : given.error().detail;
  };
  CHECK(why(avim, {sent.message, Status::opgepakt, {}, {}, false}) ==
        "this desk received no signal " + sent.message.hex() + "; what waits for it is taken in with inbox");
  CHECK(why(melder, {sent.message, Status::opgepakt, {}, {}, false}) ==
        "this desk sent " + sent.message.hex() + " itself; who received it gives feedback on it");
  REQUIRE(world.inbox(avim).size() == 1);
  CHECK(why(avim, {sent.message, Status::doorgezet, "doorgezet", {}, false, avim}) ==
        "a matter is handed over to another desk, and " + avim + " is this one");
  CHECK(why(avim, {sent.message, Status::doorgezet, "doorgezet", {}, false, "nowhere/at-all"}) ==
        "there is no desk nowhere/at-all in the directory");
  must(world.desk(avim).feedback({sent.message, Status::gesloten, "afgerond", {}, false}));
  CHECK(why(avim, {sent.message, Status::opgepakt, {}, {}, false}) ==
        "this desk has closed the matter; what it said stands");
}

SCENARIO("a withdrawal reaches who got the signal, and nobody else") {
  World world;
  const auto sent = world.send(world.example("A1"));
  (void)world.inbox("politie-noord/avim-mensenhandel");
  (void)world.inbox("zorgcoordinatie-noord/zorgcoordinator");
  const auto withdrawn = must(world.desk("gemeente-groningen/toezicht").withdraw(sent.message, "vergissing"));
  CHECK(withdrawn.kept.state == client::KeptSent::State::accepted);
  for (const char* desk : {"politie-noord/avim-mensenhandel", "zorgcoordinatie-noord/zorgcoordinator"}) {
    const auto received = world.inbox(desk);
    REQUIRE(received.size() == 2);
    CHECK(std::ranges::count(received, Kind::withdrawal, &client::KeptDelivery::kind) == 1);
    CHECK(world.alarms(desk).empty());
  }
  CHECK(world.inbox("nla/toezicht").empty());
}

SCENARIO("without a broker a signal is queued, and leaves with the next command") {
  World world;
  world.cut();
  const auto sent = must(world.desk("gemeente-groningen/toezicht").send(world.example("A1")));
  CHECK(sent.kept.state == client::KeptSent::State::queued);
  world.restart("gemeente-groningen/toezicht");
  world.mend();
  must(world.desk("gemeente-groningen/toezicht").sync());
  const auto all = must(world.desk("gemeente-groningen/toezicht").sent());
  REQUIRE(all.size() == 1);
  CHECK(all[0].state == client::KeptSent::State::accepted);
  CHECK(world.inbox("politie-noord/avim-mensenhandel").size() == 1);
}

SCENARIO("F6: nothing is lost and nothing seen twice over restarts of everybody") {
  World world;
  for (int n = 0; n < 3; ++n) world.send(world.example("A1"));
  world.restart_broker();
  CHECK(world.inbox("politie-noord/avim-mensenhandel").size() == 3);
  world.restart("politie-noord/avim-mensenhandel");
  world.restart_broker();
  CHECK(world.inbox("politie-noord/avim-mensenhandel").size() == 3);
  CHECK(world.alarms("politie-noord/avim-mensenhandel").empty());
}

SCENARIO("the ciphertext goes when every receipt is in; what was decided stays") {
  World world;
  const auto sent = world.send(world.example("A1"));
  (void)world.inbox("politie-noord/avim-mensenhandel");
  (void)world.inbox("zorgcoordinatie-noord/zorgcoordinator");
  const auto steps = must(world.desk("gemeente-groningen/toezicht").follow(sent.message));
  CHECK(steps.size() == 3);
  Request again;
  again.action = Action::fetch;
  CHECK(world.ask("politie-noord/avim-mensenhandel", again).items.empty());
}

SCENARIO("messages that expired unread do not stand in the way of those that come after") {
  World world;
  for (int n = 0; n < 20; ++n) world.send(world.example("A1"));
  world.advance_days(world.message_life() + 1);
  must(world.desk("gemeente-groningen/toezicht").sync());
  must(world.desk("politie-noord/avim-mensenhandel").sync());
  const auto sent = world.send(world.example("A1"));
  const auto received = world.inbox("politie-noord/avim-mensenhandel");
  REQUIRE(received.size() == 1);
  CHECK(received[0].message == sent.message);
}

SCENARIO("a correction reaches the recipients of the signal, in its thread") {
  World world;
  const auto sent = world.send(world.example("A1"));
  policy::Draft correction = world.example("A1");
  correction.kind = Kind::correction;
  correction.parent = sent.message;
  correction.fields["plaats.adres"] = {"Bungalowweg 9, Haren"};
  world.send(correction);
  const auto received = world.inbox("politie-noord/avim-mensenhandel");
  REQUIRE(received.size() == 2);
  CHECK(received[0].thread == received[1].thread);
  CHECK(std::ranges::count(received, Kind::correction, &client::KeptDelivery::kind) == 1);
}

SCENARIO("an answer to labelled police data carries the label along") {
  World world;
  world.send(world.example("A7"));
  const auto parent = world.inbox("comensha/registratie").at(0);
  policy::Draft onward = world.example("A7-comensha");
  onward.labels.clear();
  onward.parent = parent.message;
  onward.statements = {{"toestemming",
                        "slachtoffer",
                        {"opvang-noord/intake"},
                        {"opvang"},
                        {world.today().days(), world.today().days()},
                        {}}};
  world.sign_statements(onward);
  onward.thread = parent.thread;
  for (auto& statement : onward.statements) {
    Statement again = must(decode_statement(statement.signed_form));
    again.thread = parent.thread;
    statement.signed_form = encode(world.desk(again.issuer).attest(again));
  }
  world.send(onward);
  const auto received = world.inbox("opvang-noord/intake");
  REQUIRE(received.size() == 1);
  CHECK(received[0].labels == std::vector<std::string>{"wpg"});
}

SCENARIO("a message that was accepted is accepted still when its lost answer makes it come again") {
  World world;
  const std::string sender = "gemeente-groningen/toezicht";
  const std::string avim = "politie-noord/avim-mensenhandel";
  const bool much_later = GENERATE(false, true);
  world.lie_to(sender, [](const Request& request, Reply& reply) {
    if (request.action != Action::submit) return;
    reply = Reply{reply.id, Code::busy, "", "", Gate::none, 0, {}};
  });
  const auto sent = must(world.desk(sender).send(world.example("A1")));
  REQUIRE(sent.kept.state == client::KeptSent::State::queued);
  world.tell_the_truth();
  if (much_later) world.advance_days(7);  // too late for a message that the broker has not seen
  must(world.desk(sender).sync());
  CHECK(must(world.desk(sender).sent()).at(0).state == client::KeptSent::State::accepted);
  must(world.desk(avim).sync());
  CHECK(world.inbox(avim).size() == 1);
  world.send(world.example("A1"));
  CHECK(world.inbox(avim).size() == 2);
  CHECK(world.alarms(avim).empty());
}
