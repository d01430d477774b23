#include "scenario/names.h"
#include "scenario/world.h"
#include "seinhuis/wire/frame.h"

// What nobody is named in stays so: no error, at any step, makes it something else.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

struct Hidden {
  World world;
  SystemRandom random;
  std::vector<std::pair<Action, std::size_t>> passed;  // at the anonymous endpoints
  std::vector<Action> over_session;                    // of the desk that sends

  Hidden() {
    must(world.desk(zorg).sync());
    passed.clear();
    watch([](const Request&, Reply&) {});
    world.lie_to(zorg, [this](const Request& request, Reply&) { over_session.push_back(request.action); });
  }
  void watch(const Lie& lie) {
    world.lie_to(broker::anonymous_peer, [this, lie](const Request& request, Reply& reply) {
      const std::size_t least = request.action == Action::submit ? frame_message : frame_small;
      passed.emplace_back(request.action, pad_frame(encode(request), least).size());
      lie(request, reply);
      passed.emplace_back(request.action, pad_frame(encode(reply)).size());
    });
  }
  Result<client::Client::Sent> send(Mode mode) {
    policy::Draft draft = world.example("A2");
    draft.mode = mode;
    auto planned = must(world.desk(zorg).plan(std::move(draft)));
    return world.desk(zorg).send_unnamed(std::move(planned), seal::ReceiptWords::draw(random));
  }
  // What passes on a day on which the desk sends something, or nothing.
  std::vector<std::pair<Action, std::size_t>> day(bool real) {
    world.advance_days(1);
    must(world.desk(zorg).sync());
    passed.clear();
    if (real) REQUIRE(must(send(Mode::confidential)).kept.state == client::KeptSent::State::accepted);
    for (int n = 0; n < 2; ++n) {
      must(world.desk(zorg).sync());
      must(world.desk(zorg).daily_frame());
    }
    return passed;
  }
};

}  // namespace

SCENARIO("F17: the mode never changes, whatever the issuer or the broker answers") {
  const Mode mode = GENERATE(Mode::confidential, Mode::anonymous);
  const Action step = GENERATE(Action::redeem, Action::submit);
  const int first = GENERATE(1, 13);  // an epoch has not tokens enough for all
  Hidden hidden;
  std::size_t arrived = 0;
  for (int number = first; number < first + 12 && number <= static_cast<int>(Code::awaited); ++number) {
    CAPTURE(number);
    const auto code = static_cast<Code>(number);
    hidden.watch([&](const Request& request, Reply& reply) {
      if (request.action != step) return;
      reply.code = code;
      reply.items.clear();
    });
    const auto sent = hidden.send(mode);
    const bool queued = sent && sent->kept.state == client::KeptSent::State::queued;
    CHECK((!sent || queued || sent->kept.state == client::KeptSent::State::refused));
    hidden.watch([](const Request&, Reply&) {});
    must(hidden.world.desk(zorg).send_waiting());
    // What the broker took in before it said no, or what waited and then left: of nobody, in its own mode.
    const auto inbox = hidden.world.inbox(avim);
    for (const client::KeptDelivery& one : inbox) {
      CHECK(one.mode == mode);
      CHECK(one.from == (mode == Mode::anonymous ? "anoniem" : "professional"));
    }
    if (queued) CHECK(inbox.size() == arrived + 1);
    arrived = inbox.size();
    CHECK(hidden.world.alarms(avim).empty());
  }
  CHECK(must(hidden.world.desk(zorg).sent()).empty());
  for (const Action action : hidden.over_session) {
    CHECK(action != Action::submit);
    CHECK(action != Action::redeem);
  }
}

SCENARIO("F15: a desk that reports and one that does not look the same to who watches") {
  Hidden hidden;
  const auto nothing = hidden.day(false);
  CHECK(nothing.size() == 4);  // a redemption and a submission, and their answers
  for (int n = 0; n < 5; ++n) {
    CHECK(hidden.day(true) == nothing);
    CHECK(hidden.day(false) == nothing);
  }
}

// Minutes long, so only in `tools/test --all`.
TEST_CASE("F15: a thousand captured days of real and of empty frames are equal in size and count",
          "[.captures]") {
  constexpr std::size_t networks = 20;
  constexpr std::size_t days = 50;
  std::map<bool, std::size_t> captured;
  std::optional<std::vector<std::pair<Action, std::size_t>>> nothing;
  for (std::size_t network = 0; network < networks; ++network) {
    Hidden hidden;
    if (!nothing) nothing = hidden.day(false);
    for (std::size_t n = 0; n < days; ++n) {
      const bool real = n % 2 == 0;  // 14 of an epoch's 16 tokens
      REQUIRE(hidden.day(real) == *nothing);
      ++captured[real];
    }
  }
  CHECK(captured == std::map<bool, std::size_t>{{false, 500}, {true, 500}});
}

SCENARIO(
    "F14: not a byte of who reports passes to the issuer or the broker, and so none to who gets at them") {
  Hidden hidden;
  const SignerKey identity = hidden.world.keys_of(zorg).signer().key();
  const auto passes = [&](ByteView needle) {
    return std::ranges::any_of(hidden.world.frames(), [&](const Bytes& frame) {
      return std::search(frame.begin(), frame.end(), needle.begin(), needle.end()) != frame.end();
    });
  };
  hidden.world.frames().clear();
  REQUIRE(must(hidden.send(Mode::confidential)).kept.state == client::KeptSent::State::accepted);
  REQUIRE(hidden.world.inbox(avim).size() == 1);
  CHECK(passes(view("opsporing-mensenhandel")));  // control: the facts do
  CHECK_FALSE(passes(view("zorgcoordinatie-noord")));
  CHECK_FALSE(passes(identity.bytes()));
  CHECK_FALSE(passes(view("Anna de Boer")));
  CHECK_FALSE(passes(view("Zorgcoordinatie mensenhandel Noord")));
  WHEN("control: the same signal by name") {
    policy::Draft draft = hidden.world.example("A1");
    (void)hidden.world.send(std::move(draft));
    CHECK(passes(view("gemeente-groningen/toezicht")));
  }
}
