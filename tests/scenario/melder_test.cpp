#include "scenario/world.h"
#include "seinhuis/proof/hash.h"

// A melder whom nobody can name: who, and what the others see of that.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

const std::string zorg = "zorgcoordinatie-noord/zorgcoordinator";
const std::string avim = "politie-noord/avim-mensenhandel";

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
  client::Client::Sent send() { return must(world.desk(zorg).send_unnamed(plan(), words)); }
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
    const auto sent = melder.world.desk(zorg).send_unnamed(planned, melder.words);
    REQUIRE_FALSE(sent);
    CHECK(sent.error().code == Errc::unauthentic);
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
