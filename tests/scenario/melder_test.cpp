#include "scenario/names.h"
#include "scenario/world.h"
#include "seinhuis/client/board.h"
#include "seinhuis/client/obligations.h"
#include "seinhuis/proof/board.h"
#include "seinhuis/proof/hash.h"

// A melder whom nobody can name: who, and what the others see of that.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

struct Melder {
  World world;
  SystemRandom random;
  Mode mode;
  seal::ReceiptWords words = seal::ReceiptWords::draw(random);

  explicit Melder(Mode how, tools::WithNotary notary = tools::WithNotary::no)
      : world("2026-11-23", policy_set, notary), mode(how) {
    must(world.desk(zorg).sync());
  }
  client::Planned plan(const std::string& desk = zorg) {
    policy::Draft draft = world.example("A2");
    draft.from = desk;
    draft.mode = mode;
    return must(world.desk(desk).plan(std::move(draft)));
  }
  // What the words show to somebody who holds nothing else.
  Result<std::vector<client::BoardStep>> read(const seal::ReceiptWords& with) {
    const auto signed_world = world.signed_world().get();
    const auto keys = with.keys(world.network_id());
    return client::read_board(signed_world->network, world.today(), keys, [&](Request request) {
      return Result<Reply>(world.ask(broker::anonymous_peer, std::move(request)));
    });
  }
  std::vector<client::BoardStep> read() { return must(read(words)); }
  client::Client::Sent feedback(const std::string& text, bool redacted) {
    const auto inbox = world.inbox(avim);
    return must(world.desk(avim).feedback({inbox.at(0).message, Status::opgepakt, "", text, redacted}));
  }
  client::Client::Sent send() { return must(world.desk(zorg).send_unnamed(plan(), words)); }
  // The police post noise under a good signature.
  Code post_noise(Status status, const std::string& reason) {
    const Hash h0 = world.inbox(avim).at(0).h0;
    Posting noise{{world.network_id(), h0, avim, 1, status, reason, Hash::zero(), Signature::zero()},
                  {Bytes(part_size, std::byte{7})}};
    noise.outcome.manifest = proof::parts_hash(noise.parts);
    noise.outcome.signature = world.keys_of(avim).signer().sign(unsigned_bytes(noise.outcome));
    Request request;
    request.action = Action::post;
    request.body = encode(noise);
    return world.ask(avim, std::move(request)).code;
  }
};

}  // namespace

SCENARIO("the police learn what a professional saw, and not which professional") {
  Melder melder(Mode::confidential, GENERATE(tools::WithNotary::no, tools::WithNotary::yes));
  const auto sent = melder.send();
  INFO(sent.kept.text);
  REQUIRE(sent.kept.state == client::KeptSent::State::accepted);
  const auto inbox = melder.world.inbox(avim);
  REQUIRE(inbox.size() == 1);
  CHECK(melder.world.alarms(avim).empty());
  CHECK(inbox[0].from == "professional");
  CHECK(inbox[0].mode == Mode::confidential);
  CHECK(value_in(inbox[0], "verdachte.naam")->texts == std::vector<std::string>{"Viktor D."});
  CHECK(value_in(inbox[0], "melder.rol", "klasse")->texts == std::vector<std::string>{"professional"});
  CHECK_FALSE(value_in(inbox[0], "melder.identiteit"));
  CHECK_FALSE(value_in(inbox[0], "melder.organisatie"));
  THEN("times are days, and nothing of it stays with who sent it") {
    CHECK(Day::of(inbox[0].created).begins() == inbox[0].created);
    CHECK(must(melder.world.desk(zorg).sent()).empty());
  }
}

SCENARIO("an anonymous signal is of nobody") {
  Melder melder(Mode::anonymous);
  REQUIRE(melder.send().kept.state == client::KeptSent::State::accepted);
  const auto inbox = melder.world.inbox(avim);
  REQUIRE(inbox.size() == 1);
  CHECK(inbox[0].from == "anoniem");
  CHECK(melder.world.alarms(avim).empty());
}

SCENARIO("who cannot hide is told so, and nothing is sent in another mode") {
  Melder melder(Mode::confidential);
  const auto refused = [&](const std::string& desk, const std::string& why) {
    const auto sent = melder.world.desk(desk).send_unnamed(melder.plan(desk), melder.words);
    REQUIRE_FALSE(sent);
    CHECK(sent.error().code == Errc::refused);
    INFO(sent.error().detail);
    CHECK(sent.error().detail.find(why) != std::string::npos);
    CHECK(must(melder.world.desk(desk).sent()).empty());
  };
  WHEN("a desk has no tokens yet") { refused("ggd-groningen/zorg", "too few to hide among: 0"); }
  WHEN("what a desk holds is police data") {
    must(melder.world.desk("politie-amsterdam/avim-mensenhandel").sync());
    refused("politie-amsterdam/avim-mensenhandel", "label");
  }
  CHECK(melder.world.inbox(avim).empty());
}

SCENARIO("the broker takes in nothing that names nobody without a token spent on it") {
  Melder melder(Mode::confidential);
  const client::Planned planned = melder.plan();
  WHEN("the issuer's receipt is for something else") {
    melder.world.lie_to(broker::anonymous_peer, [](const Request& request, Reply& reply) {
      if (request.action == Action::redeem) reply.items.at(0).body.back() ^= std::byte{1};
    });
    // It waits: what is not the issuer's word is no answer.
    const auto sent = must(melder.world.desk(zorg).send_unnamed(planned, melder.words));
    CHECK(sent.kept.state == client::KeptSent::State::queued);
  }
  CHECK(melder.world.inbox(avim).empty());
}

SCENARIO("a broker that is away delays what names nobody, and changes nothing of it") {
  Melder melder(Mode::confidential);
  const client::Planned planned = melder.plan();
  melder.world.cut();
  const auto sent = must(melder.world.desk(zorg).send_unnamed(planned, melder.words));
  CHECK(sent.kept.state == client::KeptSent::State::queued);
  melder.world.mend();
  must(melder.world.desk(zorg).send_waiting());
  const auto inbox = melder.world.inbox(avim);
  REQUIRE(inbox.size() == 1);
  CHECK(inbox[0].from == "professional");
  CHECK(inbox[0].message == sent.kept.message);
}

SCENARIO("F12: the words alone show what became of a signal") {
  Melder melder(GENERATE(Mode::confidential, Mode::anonymous));
  melder.send();
  const auto sent = melder.feedback("Wij hebben dit opgepakt.", true);
  CHECK(sent.kept.state == client::KeptSent::State::accepted);
  THEN("nothing on the day itself: a day is published when it is over") { CHECK(melder.read().empty()); }
  melder.world.advance_days(1);
  const auto steps = melder.read();
  REQUIRE(steps.size() == 3);
  CHECK(steps[0].status == "accepted");
  CHECK(steps[1].status == "received");
  CHECK(steps[1].by == avim);
  CHECK(steps[2].status == "opgepakt");
  CHECK(steps[2].text == "Wij hebben dit opgepakt.");
  CHECK(steps[2].readable);
  THEN("other words show nothing") {
    CHECK(must(melder.read(seal::ReceiptWords::draw(melder.random))).empty());
  }
  THEN("a long text takes several cells, and is one text") {
    const std::string text(5000, 'x');
    melder.feedback(text, true);
    melder.world.advance_days(1);
    CHECK(melder.read().back().text == text);
  }
  THEN("it is there after 200 days still") {
    melder.world.advance_days(200);
    must(melder.world.desk(avim).refresh());
    CHECK(melder.read().size() == 3);
  }
}

SCENARIO("a text of the police that nobody has redacted is not posted, and the reason is said") {
  Melder melder(Mode::confidential);
  melder.send();
  const auto inbox = melder.world.inbox(avim);
  const auto sent = melder.world.desk(avim).feedback(
      {inbox.at(0).message, Status::opgepakt, "", "Viktor D. is bekend.", false});
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == Errc::refused);
  INFO(sent.error().detail);
  CHECK(sent.error().detail.find("G7") != std::string::npos);
  melder.world.advance_days(1);
  CHECK(melder.read().size() == 2);
}

SCENARIO("an answer that cannot be opened is no answer") {
  Melder melder(Mode::confidential);
  melder.send();
  CHECK(melder.post_noise(Status::opgepakt, "") == Code::ok);
  melder.world.advance_days(1);
  const auto steps = melder.read();
  REQUIRE(steps.size() == 3);
  CHECK_FALSE(steps[2].readable);
  CHECK(steps[2].text.empty());
}

SCENARIO("an answer that its melder cannot read is owed again, once the words say so") {
  Melder melder(Mode::confidential);
  melder.send();
  const auto inbox = melder.world.inbox(avim);
  const bool closes = GENERATE(false, true);
  REQUIRE(melder.post_noise(closes ? Status::gesloten : Status::opgepakt, closes ? "afgerond" : "") ==
          Code::ok);
  melder.world.advance_days(1);
  CHECK(must(client::obligations(melder.world.desk(avim))).size() == (closes ? 0 : 1));
  const auto steps = melder.read();
  REQUIRE(steps.size() == 3);
  REQUIRE_FALSE(steps[2].readable);
  const auto report = [&](const seal::ReceiptWords& words, const std::string& peer = broker::anonymous_peer) {
    const auto signed_world = melder.world.signed_world().get();
    Code code = Code::internal;
    (void)client::report_unreadable(signed_world->network, words.keys(melder.world.network_id()), steps[2],
                                    [&](Request asked) {
                                      const Reply reply = melder.world.ask(peer, std::move(asked));
                                      code = reply.code;
                                      return Result<Reply>(reply);
                                    });
    return code;
  };
  WHEN("somebody else says so") {
    CHECK(report(seal::ReceiptWords::draw(melder.random)) == Code::bad_signature);
    CHECK(report(melder.words, zorg) == Code::unauthorised);
  }
  WHEN("the holder of the words says so, twice") {
    CHECK(report(melder.words) == Code::ok);
    CHECK(report(melder.words) == Code::ok);
    const auto owed = must(client::obligations(melder.world.desk(avim)));
    REQUIRE(owed.size() == 1);
    CHECK(owed[0].met == 1);
    CHECK_FALSE(owed[0].status);
    THEN("a better answer ends it, and the board tells all of it") {
      must(melder.world.desk(avim).sync());
      // Its own client has counted none of what was posted for it above.
      CHECK_FALSE(melder.world.desk(avim).feedback({inbox[0].message, Status::opgepakt, "", "", false}));
      must(melder.world.desk(avim).feedback({inbox[0].message, Status::opgepakt, "", "", false}));
      melder.world.advance_days(1);
      std::vector<std::string> said;
      for (const auto& step : melder.read()) said.push_back(step.status);
      CHECK(std::ranges::count(said, "onleesbaar") == 1);
      CHECK(said.back() == "onleesbaar");
      CHECK(report(melder.words) == Code::ok);  // of the first answer, as before: nothing runs anew
    }
    THEN("without one the melder reads that it was silent") {
      for (int n = 0; n < 7; ++n) {
        melder.world.advance_days(1);
        melder.world.keep_time();
      }
      CHECK(melder.read().back().status == "no-response");
      must(melder.world.desk("toezichthouder/log").sync());
      CHECK(must(melder.world.desk("toezichthouder/log").audit()).failures.empty());
    }
  }
}

SCENARIO("an answer is posted by who received the message, once, with a reason, and in eight cells") {
  Melder melder(Mode::confidential);
  melder.send();
  const auto inbox = melder.world.inbox(avim);
  const auto post = [&](const std::string& desk, std::uint32_t seq, Status status, std::size_t cells) {
    Posting posting{
        {melder.world.network_id(), inbox.at(0).h0, desk, seq, status, "", Hash::zero(), Signature::zero()},
        std::vector<Bytes>(cells, Bytes(part_size, std::byte{7}))};
    posting.outcome.manifest = proof::parts_hash(posting.parts);
    posting.outcome.signature = melder.world.keys_of(desk).signer().sign(unsigned_bytes(posting.outcome));
    Request request;
    request.action = Action::post;
    request.body = encode(posting);
    return melder.world.ask(desk, request).code;
  };
  CHECK(post("kmar/mensenhandel", 1, Status::opgepakt, 1) == Code::bad_thread);
  CHECK(post(avim, 1, Status::gesloten, 1) == Code::bad_outcome);
  CHECK(post(avim, 2, Status::opgepakt, 5) == Code::ok);
  CHECK(post(avim, 2, Status::opgepakt, 5) == Code::ok);  // a retry
  CHECK(post(avim, 1, Status::opgepakt, 1) == Code::answered);
  CHECK(post(avim, 3, Status::opgepakt, 4) == Code::over_quota);
  CHECK(post(avim, 3, Status::opgepakt, 3) == Code::ok);
}

SCENARIO("a broker that changes or hides or forks the board is found out by the words") {
  Melder melder(Mode::confidential);
  melder.send();
  (void)melder.world.inbox(avim);
  melder.world.advance_days(3);
  melder.world.publish();
  REQUIRE(melder.read().size() == 2);
  const std::uint64_t second = melder.world.today().days() - 2;
  const auto lie = [&](auto change) {
    melder.world.lie_to(broker::anonymous_peer, [change](const Request& request, Reply& reply) {
      if (request.action == Action::board) change(request, reply);
    });
  };
  SECTION("a cell is changed") {
    lie([](const Request& r, Reply& reply) {
      if (r.after != 0) reply.items.at(2).body[100] ^= std::byte{1};
    });
  }
  SECTION("a day is left out") {
    lie([second](const Request& r, Reply& reply) {
      if (r.after == 0) reply.items.at(0).cursor = second;
      if (r.after == second) reply.code = Code::absent;
    });
  }
  SECTION("a day is another's") {
    lie([second, &melder](const Request& r, Reply& reply) {
      if (r.after != second) return;
      Request other = r;
      other.after = second + 1;
      reply.items = melder.world.ask("toezichthouder/log", other).items;
    });
  }
  SECTION("the head is of another log") {
    lie([](const Request& r, Reply& reply) {
      if (r.after == 0) return;
      auto proof = must(decode_log_proof(reply.items.at(1).body));
      proof.head.head.root = Hash::zero();
      reply.items[1].body = encode(proof);
    });
  }
  CHECK_FALSE(melder.read(melder.words));
}

SCENARIO("what is not urgent is released together when the day is over") {
  Melder melder(Mode::confidential);
  policy::Draft draft = melder.world.example("A2");
  draft.mode = Mode::confidential;
  draft.urgent = false;
  auto planned = must(melder.world.desk(zorg).plan(std::move(draft)));
  REQUIRE(must(melder.world.desk(zorg).send_unnamed(std::move(planned), melder.words)).kept.state ==
          client::KeptSent::State::accepted);
  CHECK(melder.world.inbox(avim).empty());
  melder.world.advance_days(1);
  must(melder.world.desk(avim).refresh());
  CHECK(melder.world.inbox(avim).size() == 1);
  CHECK(melder.world.alarms(avim).empty());
}

SCENARIO("the desk that answered finds its words on the board, and says so when they are not there") {
  Melder melder(Mode::confidential);
  melder.send();
  melder.feedback(std::string(2000, 'x'), true);
  WHEN("the broker posts them") {
    melder.world.advance_days(1);
    must(melder.world.desk(avim).sync());
    melder.world.advance_days(5);
    must(melder.world.desk(avim).sync());
    CHECK(melder.world.alarms(avim).empty());
  }
  WHEN("the broker shows another place") {
    melder.world.lie_to(avim, [](const Request& request, Reply& reply) {
      if (request.action != Action::posted || reply.items.empty()) return;
      auto cell = must(decode_posted(reply.items[0].body));
      cell.index = static_cast<std::uint16_t>((cell.index + 1) % cells_a_day);
      reply.items[0].body = encode(cell);
    });
    for (int day = 0; day < 4; ++day) {
      melder.world.advance_days(1);
      must(melder.world.desk(avim).sync());
    }
    CHECK(melder.world.alarms(avim) == std::vector{client::AlarmCode::not_posted});
  }
}

SCENARIO("a day that is full leaves the rest to the next, and status notes go first") {
  Melder melder(Mode::confidential);
  melder.send();
  const auto inbox = melder.world.inbox(avim);
  // More cells than a day has: sixteen more signals, each answered with eight.
  for (int n = 0; n < 15; ++n) {
    const auto words = seal::ReceiptWords::draw(melder.random);
    must(melder.world.desk(zorg).send_unnamed(melder.plan(), words));
  }
  for (const auto& one : melder.world.inbox(avim)) {
    const std::string text(6000, 'y');
    must(melder.world.desk(avim).feedback({one.message, Status::opgepakt, "", text, true}));
  }
  melder.world.advance_days(1);
  CHECK(melder.read().size() == 3);  // the notes are there, whatever became of the answer
  melder.world.advance_days(1);
  CHECK(melder.read().back().text.size() == 6000);
}

SCENARIO("who is not named reads by the words alone that a desk was silent") {
  Melder melder(Mode::confidential);  // whose rule has a chain of one who stands by
  melder.send();
  const auto first = must(melder.world.ledger().next_alarm());
  REQUIRE(first);
  for (int n = 0; n < 8; ++n) {
    melder.world.advance_days(1);
    melder.world.keep_time();
  }
  const auto steps = melder.read();
  std::vector<std::string> said;
  for (const client::BoardStep& step : steps) said.push_back(step.status + " " + step.reason + " " + step.by);
  CHECK(said == std::vector<std::string>{"accepted  ", "escalated pick-up " + avim,
                                         "no-response pick-up " + ovd, "no-response triage " + ovd});
  THEN("of the deadlines that passed the broker keeps the day only") {
    const auto owed = must(client::obligations(melder.world.desk(avim)));
    REQUIRE(owed.size() == 1);
    CHECK(owed[0].offered == Day::of(owed[0].offered).begins());
    CHECK(owed[0].due[0] == Day::of(owed[0].due[0]).begins());
  }
}
