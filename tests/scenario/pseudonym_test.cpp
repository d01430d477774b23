#include "keysets.h"
#include "network_admin.h"
#include "scenario/made.h"
#include "scenario/names.h"
#include "seinhuis/client/pseudonymise.h"
#include "seinhuis/proof/hash.h"

// Pseudonyms, from the sender's identifiers to what the linker keeps and the police check.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

seal::Value kept(World& world, const std::string& desk, const MessageId& message, const std::string& field,
                 const std::string& form) {
  for (const client::KeptDelivery& one : world.inbox(desk)) {
    if (one.message == message) return value_in(one, field, form).value_or(seal::Value{});
  }
  FAIL("no such delivery at " << desk);
  return {};
}
std::vector<std::string> linked(World& world, const client::KeptSent& sent,
                                const std::string& field = phone) {
  const seal::Value value = kept(world, koppelpunt, sent.message, field, pseudonym);
  REQUIRE(value.type == seal::ValueType::pseudonym);
  return value.texts;
}

policy::Draft with_phones(World& world, std::vector<std::string> phones) {
  policy::Draft draft = world.example("A11-nla");
  draft.fields[phone] = std::move(phones);
  return draft;
}

bool somewhere(const std::vector<Bytes>& frames, std::string_view text) {
  return std::ranges::any_of(
      frames, [&](const Bytes& frame) { return text_of(frame).find(text) != std::string_view::npos; });
}

Bytes signed_by(const proof::Signer& signer, EvaluationRequest request) {
  request.signature = signer.sign(unsigned_bytes(request));
  return encode(request);
}

// A submission of A11 by a sender that spoils its pseudonyms before it seals them.
struct Lying {
  Made made{nla};

  Reply send(const std::function<void(client::FormValues&)>& spoil) {
    const auto from = made.from(nla);
    const auto planned = must(client::plan_for(from, made.world.example("A11-nla"), {}, Hash::zero()));
    auto honest =
        must(client::pseudonymise(from, planned, [&](const std::string&, EvaluationRequest request) {
          Request asked;
          asked.action = Action::evaluate;
          asked.body = signed_by(from.signer, std::move(request));
          const Reply reply = made.world.ask(nla, std::move(asked));
          REQUIRE(reply.code == Code::ok);
          return Result<Bytes>(reply.items[0].body);
        }));
    spoil(honest.values);
    const auto sealed = must(client::seal_planned(
        from, planned, [](const std::string&) { return seal::Note{}; }, honest.values));
    return made.world.submit_raw(nla, encode(sealed.submission));
  }
};

}  // namespace

SCENARIO("the linker sees that a phone comes back, and nobody on the way sees which") {
  World world;
  const auto first = world.send(world.example("A11-nla"));
  const auto second = world.send(world.example("A11-hotel"));
  THEN("equal phones have equal pseudonyms at the linker, other plates other ones") {
    CHECK(linked(world, first).size() == 1);
    CHECK(linked(world, first) == linked(world, second));
    CHECK(linked(world, first, plate) != linked(world, second, plate));
    CHECK(world.alarms(koppelpunt).empty());
  }
  THEN("the police have the phone, checked the pseudonym against it, and keep only that it matched") {
    CHECK(kept(world, avim, first.message, phone, "exact").texts ==
          std::vector<std::string>{"+31 6 12345678"});
    CHECK(kept(world, avim, first.message, phone, pseudonym) == seal::Value{});
    CHECK(kept(world, avim, first.message, phone, "opening@" + domain).texts ==
          std::vector<std::string>{"matches"});
    CHECK(world.alarms(avim).empty());
  }
  THEN("what passes between desks and broker holds no identifier; the control is found") {
    (void)world.inbox(koppelpunt);
    CHECK_FALSE(somewhere(world.frames(), "12345678"));
    CHECK_FALSE(somewhere(world.frames(), linked(world, first)[0]));
    CHECK(somewhere(world.frames(), nla));
  }
}

SCENARIO("the count of identifiers does not show in what is asked or sent") {
  World world;
  // Two questions and their answers, and the message.
  const auto sizes = [&](std::vector<std::string> phones) {
    const std::size_t before = world.frames().size();
    world.send(with_phones(world, std::move(phones)));
    std::vector<std::size_t> seen;
    for (std::size_t n = before; n < before + 5; ++n) seen.push_back(world.frames()[n].size());
    return seen;
  };
  const auto none = sizes({});
  CHECK(none == sizes({"+31612345678"}));
  auto many = sizes({"+31612345678", "+31687654321", "+31611111111"});  // whose exact form is a longer text
  many.back() = none.back();
  CHECK(none == many);
}

SCENARIO("several identifiers of one field are several pseudonyms, each once") {
  World world;
  const auto one = world.send(with_phones(world, {"+31612345678"}));
  const auto many = world.send(with_phones(world, {"+31687654321", "+31 6 1234 5678", "+31612345678"}));
  const auto pseudonyms = linked(world, many);
  REQUIRE(pseudonyms.size() == 2);
  CHECK(pseudonyms[1] == linked(world, one)[0]);
  CHECK(world.alarms(avim).empty());
}

SCENARIO("what is not surely an identifier is refused before anything leaves, and not repeated") {
  World world;
  const std::size_t before = world.frames().size();
  const auto refused = world.desk(nla).send(with_phones(world, {"0612345678"}));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::malformed);
  CHECK(refused.error().detail.starts_with("verdachte.telefoon: phone: "));
  CHECK(refused.error().detail.find("0612345678") == std::string::npos);
  CHECK(world.frames().size() == before);
  const auto five = world.desk(nla).send(
      with_phones(world, {"+31611111111", "+31622222222", "+31633333333", "+31644444444", "+31655555555"}));
  REQUIRE_FALSE(five);
  CHECK(five.error().detail == "verdachte.telefoon: phone: at most 4 in one field");
}

SCENARIO("a signal does not wait for pseudonyms: over the quota it says that they are unavailable") {
  World world;
  constexpr int within = 12;  // times 4 elements, of 50
  for (int n = 0; n < within; ++n) CHECK(world.desk(nla).send(world.example("A11-nla"))->unavailable.empty());
  const auto over = must(world.desk(nla).send(world.example("A11-nla")));
  CHECK(over.kept.state == client::KeptSent::State::accepted);
  REQUIRE(over.unavailable.size() == 2);
  CHECK(over.unavailable[0].second.detail.find("carrousel-2026") != std::string::npos);
  CHECK(kept(world, koppelpunt, over.kept.message, phone, pseudonym).type == seal::ValueType::unavailable);
  CHECK(kept(world, avim, over.kept.message, phone, "exact").texts.size() == 1);
  CHECK(world.alarms(avim).empty());
  CHECK(world.alarms(koppelpunt).empty());
  WHEN("the broker starts again") {
    world.restart_broker();
    THEN("the quota is as used as before, and another organisation has its own") {
      CHECK(world.desk(nla).send(world.example("A11-nla"))->unavailable.size() == 2);
      CHECK(world.desk(hotel).send(world.example("A11-hotel"))->unavailable.empty());
    }
  }
  WHEN("a day passes") {
    world.advance_days(1);
    THEN("there is a quota again") {
      CHECK(world.desk(nla).send(world.example("A11-nla"))->unavailable.empty());
    }
  }
}

SCENARIO("a supplement once gave a desk what the sender had kept back from it in the signal") {
  World world;
  world.lie_to(nla, [](const Request& request, Reply& reply) {
    if (request.action == Action::evaluate) reply = {reply.id, Code::busy, "", "", Gate::none, 1000, {}};
  });
  policy::Draft draft = world.example("A11-nla");
  draft.withhold[avim] = {plate};
  world.send(std::move(draft));
  world.tell_the_truth();
  world.restart(nla);
  must(world.desk(nla).sync());
  const auto inbox = world.inbox(avim);
  REQUIRE(inbox.size() == 2);
  CHECK(value_in(inbox[1], phone));  // control
  for (const client::KeptDelivery& one : inbox) CHECK_FALSE(value_in(one, plate));
}

SCENARIO("pseudonyms that could not be made follow in a supplement, once") {
  World world;
  world.lie_to(nla, [](const Request& request, Reply& reply) {
    if (request.action == Action::evaluate) reply = {reply.id, Code::busy, "", "", Gate::none, 1000, {}};
  });
  const auto sent = must(world.desk(nla).send(world.example("A11-nla")));
  REQUIRE(sent.unavailable.size() == 2);
  WHEN("the evaluator is still away") {
    must(world.desk(nla).sync());
    THEN("nothing follows yet") { CHECK(world.inbox(koppelpunt).size() == 1); }
  }
  WHEN("it is back") {
    world.tell_the_truth();
    world.restart(nla);
    world.let_time_pass(std::chrono::minutes(1));
    must(world.desk(nla).sync());
    must(world.desk(nla).sync());
    THEN("one supplement in the same thread brings the pseudonyms, which the police can check") {
      const auto there = world.inbox(koppelpunt);
      REQUIRE(there.size() == 2);
      CHECK(there[1].kind == Kind::supplement);
      CHECK(there[1].thread == there[0].thread);
      const auto other = world.send(world.example("A11-hotel"));
      CHECK(value_in(there[1], phone, pseudonym)->texts == linked(world, other));
      CHECK(world.inbox(avim).size() == 2);
      CHECK(world.alarms(avim).empty());
    }
  }
  WHEN("it is not back within a month") {
    world.advance_days(world.message_life() + 1);
    world.tell_the_truth();
    must(world.desk(nla).refresh());
    must(world.desk(nla).sync());
    THEN("nothing follows any more, and the identifiers are no longer kept for it") {
      world.advance_days(1);
      must(world.desk(nla).sync());
      CHECK(must(world.desk(nla).sent()).size() == 1);
    }
  }
}

SCENARIO("an evaluator that uses another key is found out, and nothing of it is sealed") {
  World world;
  world.lie_to(nla, [](const Request& request, Reply& reply) {
    if (request.action != Action::evaluate || reply.items.empty()) return;
    auto answer = must(decode_evaluated(reply.items[0].body));
    std::swap(answer.outputs[0], answer.outputs[1]);
    reply.items[0].body = encode(answer);
  });
  const auto sent = must(world.desk(nla).send(world.example("A11-nla")));
  REQUIRE(sent.unavailable.size() == 2);
  CHECK(sent.unavailable[0].second.code == Errc::unauthentic);
  CHECK(kept(world, koppelpunt, sent.kept.message, phone, pseudonym).type == seal::ValueType::unavailable);
}

SCENARIO("a pseudonym of something else is reported by who has the identifier, and the signal arrives") {
  Lying lying;
  const std::pair form(phone, pseudonym);
  SECTION("without a lie nothing is reported") {
    REQUIRE(lying.send([](client::FormValues&) {}).code == Code::ok);
    CHECK(lying.made.world.alarms(avim).empty());
  }
  SECTION("the pseudonym of another identifier") {
    REQUIRE(lying
                .send([&](client::FormValues& values) {
                  std::string& raw = values.at(form).texts[0];
                  raw.back() = static_cast<char>(raw.back() ^ 1);
                })
                .code == Code::ok);
    CHECK(lying.made.world.alarms(avim) == std::vector{client::AlarmCode::wrong_pseudonym});
  }
  SECTION("an opening that says unavailable beside a pseudonym that is not") {
    REQUIRE(lying
                .send([&](client::FormValues& values) {
                  values.at({phone, "opening@" + domain}) = {seal::ValueType::unavailable, {}};
                })
                .code == Code::ok);
    CHECK(lying.made.world.alarms(avim) == std::vector{client::AlarmCode::wrong_pseudonym});
  }
  SECTION("the opening and pseudonym of the plate under the phone") {
    REQUIRE(lying
                .send([&](client::FormValues& values) {
                  values.at(form) = values.at({plate, pseudonym});
                  values.at({phone, "opening@" + domain}) = values.at({plate, "opening@" + domain});
                })
                .code == Code::ok);
    CHECK(lying.made.world.alarms(avim) == std::vector{client::AlarmCode::wrong_pseudonym});
    CHECK(lying.made.world.alarms(koppelpunt) == std::vector{client::AlarmCode::wrong_keyset});
  }
  CHECK(lying.made.world.inbox(avim).size() == 1);
}

SCENARIO("a pseudonym that nobody can check does not leave") {
  GIVEN("a sender that keeps the exact value back") {
    World world;
    policy::Draft draft = world.example("A11-nla");
    draft.withhold[avim] = {phone};
    const auto sent = world.send(std::move(draft));
    CHECK(kept(world, koppelpunt, sent.message, phone, pseudonym) == seal::Value{});
    CHECK(linked(world, sent, plate).size() == 1);
  }
  GIVEN("a sender that seals it all the same") {
    Made made(nla);
    Submission submission = made.sealed(made.world.example("A11-nla")).submission;
    const Prologue p = must(decode_prologue(submission.prologue));
    for (Slot& slot : submission.slots) {
      if (slot.desk != avim)
        continue;  // has the value and the opening, and not what was sealed for the linker
      std::erase_if(slot.wraps, [&](const Wrap& wrap) {
        return p.entries[wrap.entry].field == phone && p.entries[wrap.entry].form == pseudonym;
      });
    }
    made.sign(submission);
    const Reply reply = made.world.submit_raw(nla, encode(submission));
    CHECK(reply.code == Code::refused);
    CHECK(reply.gate == Gate::minimisation);
  }
}

SCENARIO(
    "a new generation makes pseudonyms that nobody can compare with the old, and the old cannot be made "
    "again") {
  World world;
  const auto before = world.send(world.example("A11-nla"));
  const auto old = linked(world, before);
  must(tools::rotate_domain(world.folder(), domain, world.today().plus(1)));
  world.publish();
  must(world.desk(nla).refresh());
  const auto same_day = world.send(world.example("A11-nla"));
  CHECK(linked(world, same_day) == old);
  world.advance_days(1);
  must(world.desk(nla).refresh());
  const auto after = world.send(world.example("A11-nla"));
  CHECK(linked(world, after) != old);
  CHECK(world.alarms(koppelpunt).empty());
  CHECK(world.alarms(avim).empty());
  const auto& directory = world.signed_world().get()->network.directory_on(world.today())->directory;
  const auto seed = world.folder() / "broker" / "evaluator" / proof::seed_file(domain, 1);
  CHECK(std::filesystem::exists(seed));
  CHECK(must(world.evaluator().forget(directory, world.today())) == 1);
  CHECK_FALSE(std::filesystem::exists(seed));
  CHECK(linked(world, world.send(world.example("A11-nla"))) == linked(world, after));
}

SCENARIO("a hit on a pseudonym that did not match its identifier is not shown as one on the identifier") {
  Lying lying;
  World& world = lying.made.world;
  // Of another phone, with its opening: the linker cannot tell, the police can.
  const auto from = lying.made.from(nla);
  auto other = world.example("A11-nla");
  other.fields[phone] = {"+31687654321"};
  const auto planned = must(client::plan_for(from, other, {}, Hash::zero()));
  const auto values =
      must(client::pseudonymise(from, planned, [&](const std::string&, EvaluationRequest request) {
        Request asked;
        asked.action = Action::evaluate;
        asked.body = signed_by(from.signer, std::move(request));
        return Result<Bytes>(world.ask(nla, std::move(asked)).items.at(0).body);
      })).values;
  REQUIRE(lying
              .send([&](client::FormValues& spoilt) {
                spoilt.at({phone, pseudonym}) = values.at({phone, pseudonym});
                spoilt.at({phone, "opening@" + domain}) = values.at({phone, "opening@" + domain});
              })
              .code == Code::ok);
  auto true_report = world.example("A11-hotel");
  true_report.fields = {{phone, {"+31687654321"}}};
  world.send(std::move(true_report));
  for (const auto& desk : {koppelpunt, avim}) (void)world.inbox(desk);
  world.advance_days(1);
  for (const auto& desk : {koppelpunt, avim}) must(world.desk(desk).refresh());
  CHECK(must(world.desk(koppelpunt).tell_hits()) == 2);
  for (const client::KeptDelivery& one : world.inbox(avim)) CHECK(one.kind != Kind::hit);
}
