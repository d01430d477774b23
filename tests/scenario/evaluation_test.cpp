#include "scenario/made.h"
#include "scenario/names.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/keyset.h"

// What an evaluator of pseudonyms answers, and to whom.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

// A desk's request for evaluation, which a test may spoil before it is signed.
struct Asking {
  Made made{nla};
  EvaluationRequest request;

  Asking() {
    const auto& directory = made.trusted.network.directory_on(made.world.today())->directory;
    request.network = made.trusted.network.id;
    request.message = made.random.draw<MessageId>();
    request.domain = domain;
    request.type = IdentifierType::phone;
    request.generation =
        proof::keyset_on(directory, domain, IdentifierType::phone, made.world.today())->generation;
    request.elements = points(4);
  }
  std::vector<PointBytes> points(std::size_t count) {
    std::vector<PointBytes> made_points;
    for (std::size_t n = 0; n < count; ++n) {
      proof::Uniform uniform{};
      made.random.fill(uniform);
      made_points.push_back(PointBytes::from_bytes(proof::element_of(uniform).bytes()));
    }
    return made_points;
  }
  Reply ask(const std::string& desk = nla) {
    const auto keys = must(client::DeskKeys::load(made.world.folder() / "desks" / desk));
    request.signature = keys.signer().sign(unsigned_bytes(request));
    return ask_as_it_is(desk);
  }
  Reply ask_as_it_is(const std::string& desk = nla) {
    Request asked;
    asked.action = Action::evaluate;
    asked.body = encode(request);
    return made.world.ask(desk, std::move(asked));
  }
};

}  // namespace

SCENARIO("an evaluator answers who may ask, for what may be asked") {
  Asking asking;
  SECTION("an honest request is answered, and again for nothing") {
    const Reply first = asking.ask();
    REQUIRE(first.code == Code::ok);
    for (int n = 0; n < 20; ++n) REQUIRE(asking.ask().code == Code::ok);
    const auto one = must(decode_evaluated(first.items[0].body));
    CHECK(one.outputs == must(decode_evaluated(asking.ask().items[0].body)).outputs);
  }
  SECTION("other elements for the same message are refused") {
    REQUIRE(asking.ask().code == Code::ok);
    asking.request.elements = asking.points(4);
    CHECK(asking.ask().code == Code::replayed);
  }
  SECTION("without a signature, or with one for another message, it is refused") {
    CHECK(asking.ask_as_it_is().code == Code::bad_signature);
    REQUIRE(asking.ask().code == Code::ok);
    asking.request.message = asking.made.random.draw<MessageId>();
    CHECK(asking.ask_as_it_is().code == Code::bad_signature);
  }
  SECTION("a request that another desk signed is not this desk's") {
    REQUIRE(asking.ask().code == Code::ok);
    CHECK(asking.ask_as_it_is(hotel).code == Code::bad_signature);
  }
  SECTION(
      "a desk without a rule for the domain, and the one that receives in it, are refused with the gate") {
    for (const std::string& desk : {std::string("gemeente-groningen/toezicht"), koppelpunt}) {
      const Reply reply = asking.ask(desk);
      CHECK(reply.code == Code::refused);
      CHECK(reply.gate == Gate::basis);
    }
  }
  SECTION("another count than a message evaluates tells something, and is refused") {
    for (const std::size_t count : {1U, 3U, 5U, 8U}) {
      asking.request.elements = asking.points(count);
      CHECK(asking.ask().code == Code::malformed);
    }
  }
  SECTION("another generation, domain, type or network is refused") {
    ++asking.request.generation;
    CHECK(asking.ask().code == Code::stale_metadata);
    --asking.request.generation;
    asking.request.domain = "overgang-18";
    CHECK(asking.ask().code == Code::stale_metadata);
    asking.request.domain = domain;
    asking.request.type = IdentifierType::bsn;
    CHECK(asking.ask().code == Code::stale_metadata);
    asking.request.type = IdentifierType::phone;
    asking.request.network = proof::h32(view("another"));
    CHECK(asking.ask().code == Code::wrong_network);
  }
  SECTION("the identity, and bytes that are no point, are refused") {
    asking.request.elements[2] = PointBytes::zero();
    CHECK(asking.ask().code == Code::malformed);
    asking.request.elements[2] =
        PointBytes::filled([](auto out) { std::ranges::fill(out, std::byte{0xFF}); });
    CHECK(asking.ask().code == Code::malformed);
  }
}

SCENARIO("how much was evaluated is published the day after, over all organisations") {
  World world;
  world.send(world.example("A11-nla"));
  world.send(world.example("A11-hotel"));
  world.send(world.example("A11-nla"));
  auto& desk = world.desk("gemeente-groningen/toezicht");
  CHECK(must(desk.evaluation_counts("broker")).empty());
  world.advance_days(1);
  must(desk.refresh());
  const Day before(world.today().days() - 1);
  auto counts = must(desk.evaluation_counts("broker"));
  std::ranges::sort(counts, {}, &EvaluationCount::type);
  CHECK(counts == std::vector<EvaluationCount>{{before, "carrousel-2026", IdentifierType::phone, 12},
                                               {before, "carrousel-2026", IdentifierType::plate, 12}});
  world.restart_broker();
  CHECK(must(desk.evaluation_counts("broker")).size() == 2);
}
