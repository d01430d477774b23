#include "keysets.h"
#include "network_admin.h"
#include "notary_admin.h"
#include "scenario/names.h"
#include "scenario/world.h"
#include "seinhuis/base/files.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/identifier.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/seal/pseudonym.h"
#include "seinhuis/wire/witness.h"

// Two legal entities: no pseudonym without both, and no second history of the log.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

World with_notary() { return World("2026-11-23", policy_set, tools::WithNotary::yes); }

seal::Value at_linker(World& world, const client::KeptSent& sent) {
  for (const client::KeptDelivery& one : world.inbox(koppelpunt)) {
    if (one.message == sent.message) return value_in(one, phone, pseudonym).value_or(seal::Value{});
  }
  FAIL("no such delivery");
  return {};
}

// What somebody with the seeds of these evaluators makes of a phone number, as the linker would keep it.
std::string pseudonym_by(World& world, const std::vector<std::string>& evaluators,
                         const std::string& number) {
  const auto& directory = world.signed_world().get()->network.directory_on(world.today())->directory;
  const metadata::Keyset& keyset = *proof::keyset_on(directory, domain, IdentifierType::phone, world.today());
  SystemRandom random;
  const Bytes input = proof::identifier_input(IdentifierType::phone, number);
  const auto blind = proof::voprf::fresh_scalar(random, input, input);
  std::vector<proof::Element> elements{must(proof::voprf::blind(input, blind))};
  for (const std::string& name : evaluators) {
    const auto seed = must(tools::seed_in(world.folder() / name / "evaluator", keyset, random));
    elements = must(proof::voprf::evaluate(proof::evaluator_key(seed, keyset), elements,
                                           proof::voprf::fresh_scalar(random, {}, seed.reveal())))
                   .outputs;
  }
  const auto output = proof::voprf::finalize(input, blind, elements[0]);
  const Hash wire = proof::h32_keyed({Packer().label("psn").raw(proof::keyset_hash(keyset).bytes()).bytes()},
                                     output.reveal());
  const Bytes key_file = must(read_private_file(world.folder() / "desks" / koppelpunt / "pseudonym.key", 64));
  const auto own =
      seal::PseudonymKey::filled([&](std::span<std::byte> out) { std::ranges::copy(key_file, out.begin()); });
  return seal::local_pseudonym(seal::WirePseudonym::from_bytes(wire.bytes()), own).hex();
}

Witness witness_for(World& world, const std::string& desk) {
  Request request;
  request.action = Action::witness;
  return must(decode_witness(world.ask_notary(desk, std::move(request)).items.at(0).body));
}

// A head that the log's key signed, and that is not of its log.
SignedHead invented(World& world, std::uint64_t size) {
  const auto& directory = world.signed_world().get()->network.directory_on(world.today())->directory;
  const Head head{world.signed_world().get()->network.id, directory.log_id, size, proof::h32(view("nowhere")),
                  Hash::zero()};
  return {head, world.log_key().sign(encode(head))};
}

}  // namespace

SCENARIO("with a notary it takes both to make a pseudonym") {
  World world = with_notary();
  const auto first = world.send(world.example("A11-nla"));
  const auto second = world.send(world.example("A11-hotel"));
  const seal::Value value = at_linker(world, first);
  REQUIRE(value.type == seal::ValueType::pseudonym);
  CHECK(value == at_linker(world, second));
  THEN("who has the phone checked both hops") {
    CHECK(world.inbox(avim).size() == 1);
    CHECK(world.alarms(avim).empty());
  }
  THEN("both together can make it of a number they try, and neither can alone") {
    CHECK(pseudonym_by(world, {"broker", "notary"}, "+31612345678") == value.texts.at(0));
    CHECK(pseudonym_by(world, {"broker"}, "+31612345678") != value.texts.at(0));
    CHECK(pseudonym_by(world, {"notary"}, "+31612345678") != value.texts.at(0));
  }
  THEN("neither sees the phone") {
    for (const Bytes& frame : world.frames())
      CHECK(text_of(frame).find("12345678") == std::string_view::npos);
  }
}

SCENARIO("who can find the number behind a pseudonym, and who can join two messages by it") {
  const std::string number = "+31612345678";
  const bool notary = GENERATE(false, true);
  World world("2026-11-23", policy_set, notary ? tools::WithNotary::yes : tools::WithNotary::no);
  const auto first = world.send(world.example("A11-nla"));
  const auto second = world.send(world.example("A11-hotel"));
  const std::string wire = at_linker(world, first).texts.at(0);
  const auto held_by_broker = [&](const std::string& text) {
    return std::ranges::any_of(world.frames(), [&](const Bytes& frame) {
      return text_of(frame).find(text) != std::string_view::npos;
    });
  };
  THEN("the broker alone holds neither the number nor the pseudonym that it could try numbers against") {
    CHECK_FALSE(held_by_broker("12345678"));
    CHECK_FALSE(held_by_broker(wire));
    CHECK(held_by_broker(nla));  // the control
  }
  THEN("the broker and the linker together try numbers until one fits, and with a notary they cannot") {
    CHECK((pseudonym_by(world, {"broker"}, number) == wire) == !notary);
  }
  THEN("the notary and the linker together cannot") {
    if (notary) CHECK(pseudonym_by(world, {"notary"}, number) != wire);
  }
  THEN("the linker alone joins two messages by it") { CHECK(at_linker(world, second).texts.at(0) == wire); }
  THEN("two recipients of one message know that it is one, and only one of them has the pseudonym") {
    const auto police = world.inbox(avim);
    const auto linker = world.inbox(koppelpunt);
    CHECK(std::ranges::count(police, first.h0, &client::KeptDelivery::h0) == 1);
    CHECK(std::ranges::count(linker, first.h0, &client::KeptDelivery::h0) == 1);
    for (const client::KeptDelivery& delivery : police)
      CHECK(value_in(delivery, phone, pseudonym).value_or(seal::Value{}).texts.empty());
  }
}

SCENARIO("a notary that is away delays pseudonyms, and nothing else") {
  World world = with_notary();
  world.notary_leaves();
  auto sent = must(world.desk(nla).send(world.example("A11-nla")));
  REQUIRE(sent.kept.state == client::KeptSent::State::accepted);
  REQUIRE(sent.unavailable.size() == 2);
  CHECK(sent.unavailable[0].second.code == Errc::unreachable);
  CHECK(at_linker(world, sent.kept).type == seal::ValueType::unavailable);
  CHECK(world.inbox(avim).size() == 1);
  must(world.desk(nla).sync());
  CHECK(world.inbox(koppelpunt).size() == 1);
  world.notary_comes_back();
  must(world.desk(nla).sync());
  const auto all = world.inbox(koppelpunt);
  REQUIRE(all.size() == 2);
  CHECK(std::ranges::count_if(all, [](const client::KeptDelivery& one) {
          return value_in(one, phone, pseudonym)->type == seal::ValueType::pseudonym;
        }) == 1);
  CHECK(world.alarms(koppelpunt).empty());
  CHECK(world.alarms(avim).empty());
}

SCENARIO("a notary says no by itself") {
  World world = with_notary();
  SECTION("over the quota that it counted, not the broker's") {
    world.lie_of_notary_to(nla, [](const Request& request, Reply& reply) {
      if (request.action == Action::evaluate)
        reply = {reply.id, Code::over_quota, "enough", {}, Gate::none, 0, {}};
    });
    const auto sent = must(world.desk(nla).send(world.example("A11-nla")));
    CHECK(sent.unavailable.size() == 2);
    CHECK(sent.unavailable[0].second.code == Errc::refused);
  }
  SECTION("a desk that no rule lets evaluate") {
    EvaluationRequest asked;
    asked.network = world.signed_world().get()->network.id;
    Request request;
    request.action = Action::evaluate;
    request.body = encode(asked);
    CHECK(world.ask_notary(avim, std::move(request)).code != Code::ok);
  }
  SECTION("its count is its own") {
    for (int n = 0; n < 12; ++n) world.send(world.example("A11-nla"));  // 48 of 50 elements
    const auto sent = must(world.desk(nla).send(world.example("A11-nla")));
    CHECK(sent.unavailable.size() == 2);
  }
}

SCENARIO("a hop that is skipped, or made with another key, is found out, and nothing of it is sealed") {
  World world = with_notary();
  SECTION("the notary gives back what it got") {
    world.lie_of_notary_to(nla, [](const Request& request, Reply& reply) {
      if (request.action != Action::evaluate) return;
      auto answer = must(decode_evaluated(reply.items.at(0).body));
      answer.outputs = must(decode_evaluation(request.body)).elements;
      reply.items[0].body = encode(answer);
    });
  }
  SECTION("the broker's answer in the notary's place") {
    const auto seen = std::make_shared<Bytes>();
    world.lie_to(nla, [seen](const Request& request, Reply& reply) {
      if (request.action == Action::evaluate) *seen = reply.items.at(0).body;
    });
    world.lie_of_notary_to(nla, [seen](const Request& request, Reply& reply) {
      if (request.action == Action::evaluate) reply.items.at(0).body = *seen;
    });
  }
  SECTION("the order of the elements changed") {
    world.lie_of_notary_to(nla, [](const Request& request, Reply& reply) {
      if (request.action != Action::evaluate) return;
      auto answer = must(decode_evaluated(reply.items.at(0).body));
      std::swap(answer.outputs[0], answer.outputs[1]);
      reply.items[0].body = encode(answer);
    });
  }
  const auto sent = must(world.desk(nla).send(world.example("A11-nla")));
  REQUIRE(sent.kept.state == client::KeptSent::State::accepted);
  REQUIRE(sent.unavailable.size() == 2);
  CHECK(sent.unavailable[0].second.code == Errc::unauthentic);
  CHECK(at_linker(world, sent.kept).type == seal::ValueType::unavailable);
}

SCENARIO("broker and notary do each their own work only") {
  World world = with_notary();
  Request request;
  for (const Action action : {Action::submit, Action::fetch, Action::head, Action::metadata, Action::audit}) {
    request.action = action;
    CHECK(world.ask_notary(nla, request).code == Code::unsupported);
  }
  request.action = Action::witness;
  CHECK(world.ask(nla, request).code == Code::unsupported);
  CHECK(world.ask_notary("somebody/else", request).code == Code::unauthorised);
  for (const Action action :
       {Action::submit, Action::fetch, Action::evaluate, Action::audit, Action::cards}) {
    request.action = action;
    CHECK(world.ask(proof::notary_name, request).code == Code::unauthorised);
  }
}

SCENARIO("the notary takes the network's newer metadata by itself") {
  World world = with_notary();
  const auto file = world.folder() / "notary" / "metadata" / "timestamp";
  must(world.notary_looks());
  const Bytes before = must(read_file(file, metadata::max_bytes));
  must(tools::refresh(world.folder(), {}, world.now()));
  SECTION("which the broker serves") {
    // The notary still holds the old world when it asks.
    world.lie_to(proof::notary_name, [&](const Request& request, Reply& reply) {
      if (request.action == Action::metadata && request.name == "timestamp")
        reply.items[0].body = must(read_file(world.folder() / "metadata" / "timestamp", metadata::max_bytes));
    });
    must(world.notary_looks());
    CHECK(must(read_file(file, metadata::max_bytes)) != before);
  }
  SECTION("and nothing that does not verify") {
    world.lie_to(proof::notary_name, [&](const Request& request, Reply& reply) {
      if (request.action == Action::metadata && request.name == "timestamp")
        reply.items[0].body.back() ^= std::byte{1};
    });
    CHECK_FALSE(world.notary_looks());
    CHECK(must(read_file(file, metadata::max_bytes)) == before);
  }
}

SCENARIO("the notary holds the log against what it saw of it") {
  World world = with_notary();
  world.send(world.example("A11-nla"));
  must(world.notary_looks());
  const Witness first = witness_for(world, nla);
  CHECK(first.head.head.size > 0);
  CHECK(first.fork.empty());
  WHEN("the log grows") {
    world.send(world.example("A11-hotel"));
    must(world.notary_looks());
    CHECK(witness_for(world, nla).head.head.size > first.head.head.size);
    must(world.desk(nla).sync());
    CHECK(world.alarms(nla).empty());
  }
  WHEN("the broker shows it a second history") {
    const SignedHead other = invented(world, first.head.head.size + 3);
    world.lie_to(proof::notary_name, [&](const Request& request, Reply& reply) {
      if (request.action == Action::head) reply.items.at(0).body = encode(other);
    });
    CHECK_FALSE(world.notary_looks());
    world.tell_the_truth();
    THEN("every desk hears so, also after the broker told the truth again") {
      must(world.notary_looks());
      CHECK(witness_for(world, nla).fork.size() == 1);
      must(world.desk(hotel).sync());
      CHECK(world.alarms(hotel) == std::vector{client::AlarmCode::forked_log});
    }
  }
  WHEN("the broker cannot say whether two heads join") {
    world.send(world.example("A11-hotel"));
    world.lie_to(proof::notary_name, [&](const Request& request, Reply& reply) {
      if (request.action == Action::growth) reply = {reply.id, Code::internal, "", {}, Gate::none, 0, {}};
    });
    CHECK_FALSE(world.notary_looks());
    world.tell_the_truth();
    must(world.notary_looks());
    THEN("it is not accused") { CHECK(witness_for(world, nla).fork.empty()); }
  }
  WHEN("the broker shows it old metadata") {
    world.send(world.example("A11-hotel"));
    world.lie_to(proof::notary_name, [&](const Request& request, Reply& reply) {
      if (request.action == Action::metadata && !reply.items.empty())
        reply.items[0].body.back() ^= std::byte{1};
    });
    (void)world.notary_looks();
    THEN("it sees the log grow all the same") {
      CHECK(witness_for(world, nla).head.head.size > first.head.head.size);
    }
  }
  WHEN("it is kept from looking for days") {
    world.advance_days(3);
    must(world.desk(nla).sync());
    CHECK(world.alarms(nla) == std::vector{client::AlarmCode::blind_notary});
  }
  WHEN("the notary itself lies about a fork") {
    world.send(world.example("A11-hotel"));
    must(world.notary_looks());
    const SignedHead older = first.head;
    world.lie_of_notary_to(hotel, [&](const Request& request, Reply& reply) {
      if (request.action != Action::witness) return;
      Witness lie = must(decode_witness(reply.items.at(0).body));
      lie.fork = {older};
      lie.signature =
          must(tools::load_signer(world.folder() / "notary" / "identity.key")).sign(unsigned_bytes(lie));
      reply.items[0].body = encode(lie);
    });
    must(world.desk(hotel).sync());
    CHECK(world.alarms(hotel).empty());
  }
  WHEN("somebody else's signature is on the head") {
    SignedHead other = invented(world, 1000);
    other.signature = Signature::zero();
    world.lie_to(proof::notary_name, [&](const Request& request, Reply& reply) {
      if (request.action == Action::head) reply.items.at(0).body = encode(other);
    });
    CHECK_FALSE(world.notary_looks());
    CHECK(witness_for(world, nla).fork.empty());
  }
}

SCENARIO("a desk that is shown another log than the notary notices") {
  World world = with_notary();
  world.send(world.example("A11-nla"));
  const SignedHead other = invented(world, 1);
  world.lie_to(proof::notary_name, [&](const Request& request, Reply& reply) {
    if (request.action == Action::head) reply.items.at(0).body = encode(other);
  });
  must(world.notary_looks());
  must(world.desk(nla).sync());
  CHECK(world.alarms(nla) == std::vector{client::AlarmCode::split_view});
}

SCENARIO("a notary joins a network that runs: the next generation takes both") {
  World world;
  SystemRandom random;
  const auto request = must(tools::make_notary(
      world.folder() / "notary", {"tcp://127.0.0.1:1", {}, policy_set, world.today(), 2, 1}, random));
  const auto again = must(tools::parse_notary_request(tools::to_json(request), "request.json"));
  CHECK(again.notary == request.notary);
  CHECK(again.keysets == request.keysets);
  SECTION("with keys that it proves to hold") {
    must(tools::enrol_notary(world.folder(), again));
    must(tools::rotate_domain(world.folder(), domain, world.today().plus(1)));
    world.publish();
    const auto& directory = world.signed_world().get()->network.directories.back().directory;
    CHECK(proof::keyset_on(directory, domain, IdentifierType::phone, world.today())->evaluators.size() == 1);
    CHECK(proof::keyset_on(directory, domain, IdentifierType::phone, world.today().plus(1))
              ->evaluators.size() == 2);
    THEN("and for a generation that it gave no key for it is asked first") {
      const auto refused = tools::rotate_domain(world.folder(), domain, world.today().plus(2));
      REQUIRE_FALSE(refused);
      CHECK(refused.error().detail.find("generation 3") != std::string::npos);
    }
  }
  SECTION("not with somebody else's key") {
    auto forged = again;
    forged.keysets[0].evaluators[0].key = forged.keysets[1].evaluators[0].key;
    CHECK_FALSE(tools::enrol_notary(world.folder(), forged));
    forged = again;
    forged.notary.possession = forged.notary.transport_signature;
    CHECK_FALSE(tools::enrol_notary(world.folder(), forged));
  }
}
