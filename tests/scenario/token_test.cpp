#include "scenario/names.h"
#include "scenario/world.h"
#include "seinhuis/base/files.h"
#include "seinhuis/policy/role_class.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/keyset.h"
#include "wallet.h"

// Tokens: everybody of a class has some, whoever spends one says no more than the class.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

struct Tokens {
  World world;
  SystemRandom random;
  std::uint32_t epoch = proof::token_epoch(world.today());
  Hash h0 = proof::h32(view("a message"));
  Hash manifest = proof::h32(view("its manifest"));

  explicit Tokens(tools::WithNotary notary = tools::WithNotary::no)
      : world("2026-11-23", policy_set, notary) {}

  // A token of that class out of the wallet of a desk.
  client::Wallet::Token take(const std::string& desk, const std::string& role_class) {
    std::optional<client::Wallet::Token> token;
    must(world.store_of(desk).write([&](store::Writer& writer) -> Result<Done> {
      auto taken = client::Wallet::take(
          writer, *proof::find_token_key(world.directory(), {TokenUse::admission, role_class, epoch}));
      if (!taken) return taken.error();
      token = *std::move(taken);
      return Done{};
    }));
    REQUIRE(token);
    return *std::move(token);
  }
  Redemption redemption(const client::Wallet::Token& token, const std::string& role_class) const {
    Redemption r;
    r.network = world.network_id();
    r.mode = role_class.empty() ? Mode::anonymous : Mode::confidential;
    r.role_class = role_class;
    r.epoch = epoch;
    r.nonce = token.nonce;
    r.h0 = h0;
    r.manifest = manifest;
    r.mac = proof::redemption_mac(r, token.worth);
    return r;
  }
  Reply redeem(const Redemption& r) {
    Request request;
    request.action = Action::redeem;
    request.body = encode(r);
    return world.ask_anonymously(std::move(request));
  }
  const SignerKey& issuer() { return proof::issuer_key(world.directory()); }
};

}  // namespace

SCENARIO("F13: a token is spent once, on one message, and says the class of who spent it") {
  Tokens tokens(GENERATE(tools::WithNotary::no, tools::WithNotary::yes));
  must(tokens.world.desk(zorg).fetch_tokens());
  const auto token = tokens.take(zorg, policy::mixed_class);
  const Redemption first = tokens.redemption(token, policy::mixed_class);
  const Reply reply = tokens.redeem(first);
  REQUIRE(reply.code == Code::ok);
  const auto receipt = must(decode_admission(reply.items.at(0).body));
  THEN("the receipt covers this message, and is the issuer's") {
    CHECK(proof::verifies(tokens.issuer(), receipt.signature, unsigned_bytes(receipt)));
    CHECK(receipt.h0 == tokens.h0);
    CHECK(receipt.manifest == tokens.manifest);
    CHECK(receipt.role_class == "professional");
    CHECK(receipt.mode == Mode::confidential);
  }
  THEN("the same again has the same receipt, a thousand times, also after a restart") {
    for (int n = 0; n < 1000; ++n) {
      const Reply again = tokens.redeem(first);
      if (again.items.at(0).body != reply.items[0].body) FAIL("another receipt");
    }
    tokens.world.restart_broker();
    CHECK(tokens.redeem(first).items.at(0).body == reply.items[0].body);
  }
  THEN("another message is refused") {
    Redemption other = first;
    other.manifest = proof::h32(view("another manifest"));
    other.mac = proof::redemption_mac(other, token.worth);
    CHECK(tokens.redeem(other).code == Code::replayed);
  }
}

SCENARIO("what is no token of this kind is refused") {
  Tokens tokens;
  must(tokens.world.desk(zorg).fetch_tokens());
  const auto token = tokens.take(zorg, policy::mixed_class);
  Redemption r = tokens.redemption(token, policy::mixed_class);
  const auto with_mac = [&] { r.mac = proof::redemption_mac(r, token.worth); };
  Code expected = Code::bad_signature;
  SECTION("a mac that is changed") { r.mac = Hash::zero(); }
  SECTION("a nonce of one's own") { r.nonce = tokens.random.draw<TokenNonce>(); }
  SECTION("everybody's, said to be of a class") {
    const auto other = tokens.take(zorg, "");
    r.nonce = other.nonce;
    r.mac = proof::redemption_mac(r, other.worth);
  }
  SECTION("of a class, said to be everybody's") {
    r.mode = Mode::anonymous;
    r.role_class = "";
    with_mac();
  }
  SECTION("the class kept, the mode changed") {
    r.mode = Mode::anonymous;
    with_mac();
    expected = Code::malformed;
  }
  SECTION("of another network") {
    r.network = Hash::zero();
    with_mac();
    expected = Code::wrong_network;
  }
  SECTION("of the epoch to come") {
    ++r.epoch;
    with_mac();
    expected = Code::expired;
  }
  SECTION("an evaluation token") {
    std::optional<client::Wallet::Token> evaluation;
    must(tokens.world.store_of(zorg).write([&](store::Writer& writer) -> Result<Done> {
      evaluation = must(client::Wallet::take(
          writer,
          *proof::find_token_key(tokens.world.directory(), {TokenUse::evaluation, {}, tokens.epoch})));
      return Done{};
    }));
    REQUIRE(evaluation);
    r = tokens.redemption(*evaluation, "");
  }
  SECTION("of a class that nobody has") {
    r.role_class = "burgemeester";
    with_mac();
    expected = Code::stale_metadata;
  }
  CHECK(tokens.redeem(r).code == expected);
}

SCENARIO("tokens count from the third day of their epoch to the second of the next") {
  const Day first(28 * 739);
  CHECK(proof::token_epoch(first) == 739);
  CHECK(proof::token_epoch(Day(first.days() + 27)) == 739);
  CHECK_FALSE(proof::redeemable(739, Day(first.days() + 1)));
  CHECK(proof::redeemable(739, Day(first.days() + 2)));
  CHECK(proof::redeemable(739, Day(first.days() + 29)));
  CHECK_FALSE(proof::redeemable(739, Day(first.days() + 30)));
  CHECK(proof::spending_epoch(Day(first.days() + 1)) == 738);
  CHECK(proof::spending_epoch(Day(first.days() + 2)) == 739);
}

SCENARIO(
    "over a desk's own session no token is spent, and at the anonymous endpoint nothing is done as a desk") {
  Tokens tokens;
  Request request;
  request.action = Action::redeem;
  CHECK(tokens.world.ask(zorg, request).code == Code::unauthorised);
  for (const Action action : {Action::fetch, Action::tokens, Action::crowd, Action::receipt, Action::record,
                              Action::follow, Action::audit, Action::card, Action::post, Action::posted,
                              Action::revoke, Action::hit, Action::cards}) {
    request.action = action;
    CHECK(tokens.world.ask_anonymously(request).code == Code::unauthorised);
  }
  request.action = Action::evaluate;  // what a desk signed is nothing there
  request.body = encode(EvaluationRequest{tokens.world.network_id(),
                                          MessageId::zero(),
                                          "carrousel-2026",
                                          IdentifierType::plate,
                                          1,
                                          {PointBytes::zero()},
                                          Signature::zero()});
  CHECK(tokens.world.ask_anonymously(request).code == Code::malformed);
}

SCENARIO("a desk fetches all its tokens once, whether it needs them or not") {
  Tokens tokens;
  must(tokens.world.desk(zorg).fetch_tokens());
  const std::size_t asked = tokens.world.frames().size();
  must(tokens.world.desk(zorg).fetch_tokens());
  // Nothing but the list of who has some is asked again.
  CHECK(tokens.world.frames().size() == asked + 4);
  for (std::size_t n = 0; n < proof::tokens_of_a_kind; ++n) (void)tokens.take(zorg, "");
  must(tokens.world.store_of(zorg).write([&](store::Writer& writer) -> Result<Done> {
    CHECK_FALSE(must(client::Wallet::take(
        writer, *proof::find_token_key(tokens.world.directory(), {TokenUse::admission, {}, tokens.epoch}))));
    return Done{};
  }));
  THEN("more are not issued") {
    TokenRequest more{
        tokens.world.network_id(), {TokenUse::admission, {}, tokens.epoch}, {}, Signature::zero()};
    for (std::size_t n = 0; n < proof::tokens_of_a_kind; ++n) {
      const auto scalar = proof::voprf::fresh_scalar(tokens.random, {}, more.network.bytes());
      more.elements.push_back(
          PointBytes::from_bytes(must(proof::voprf::blind(view("more"), scalar)).bytes()));
    }
    more.signature = tokens.world.keys_of(zorg).signer().sign(unsigned_bytes(more));
    Request request;
    request.action = Action::tokens;
    request.body = encode(more);
    CHECK(tokens.world.ask(zorg, request).code == Code::over_quota);
    more.elements.pop_back();
    more.signature = tokens.world.keys_of(zorg).signer().sign(unsigned_bytes(more));
    request.body = encode(more);
    CHECK(tokens.world.ask(zorg, request).code == Code::malformed);
  }
}

SCENARIO("an answer that was lost is asked for again, and the same tokens come") {
  Tokens tokens;
  int lost = 0;
  tokens.world.lie_to(zorg, [&](const Request& request, Reply& reply) {
    if (request.action == Action::tokens && lost++ == 0)
      reply = {reply.id, Code::busy, "", {}, Gate::none, 0, {}};
  });
  CHECK_FALSE(tokens.world.desk(zorg).fetch_tokens());
  tokens.world.restart(zorg);
  must(tokens.world.desk(zorg).fetch_tokens());
  CHECK(tokens.redeem(tokens.redemption(tokens.take(zorg, ""), "")).code == Code::ok);
}

SCENARIO("an issuer that uses a key of its own for one desk, or leaves it off the list, is found out") {
  Tokens tokens;
  SECTION("tokens made with another key would tell whose they are") {
    tokens.world.lie_to(zorg, [&](const Request& request, Reply& reply) {
      if (request.action != Action::tokens) return;
      auto answer = must(decode_evaluated(reply.items.at(0).body));
      std::swap(answer.outputs[0], answer.outputs[1]);
      reply.items[0].body = encode(answer);
    });
  }
  SECTION("a crowd without this desk's organisation") {
    tokens.world.lie_to(zorg, [&](const Request& request, Reply& reply) {
      if (request.action == Action::crowd) reply.items.clear();
    });
  }
  const auto fetched = tokens.world.desk(zorg).fetch_tokens();
  REQUIRE_FALSE(fetched);
  CHECK(fetched.error().code == Errc::unauthentic);
}

SCENARIO("the list of who has tokens counts organisations, not desks") {
  Tokens tokens;
  for (const auto& desk :
       {zorg, ggd, std::string("politie-noord/ovd"), std::string("politie-noord/bevoegd-gezag")})
    must(tokens.world.desk(desk).fetch_tokens());
  client::Wallet wallet(tokens.world.desk(ggd));
  CHECK(must(wallet.crowd("professional", tokens.epoch)) ==
        std::vector<std::string>{"ggd-groningen", "politie-noord", "zorgcoordinatie-noord"});
  CHECK(must(wallet.crowd("professional", tokens.epoch + 1)).empty());
}

SCENARIO("a role that three organisations have in each of its regions is a class of its own") {
  World world;
  const policy::Policy& policy = world.desk(zorg).policy();
  CHECK(policy::role_class(policy, policy.desk(zorg)) == "professional");
  CHECK(policy::role_classes(policy) == std::vector<std::string>{"professional"});
  bundle::Policy more = policy.source();
  for (const char* name : {"b", "c"}) {
    bundle::Desk other = more.desks[policy.desk(zorg)];
    other.name = "zorgcoordinatie-" + std::string(name) + "/zorgcoordinator";
    more.desks.push_back(other);
    more.organisations.push_back({"zorgcoordinatie-" + std::string(name), {"x", "x"}});
  }
  std::ranges::sort(more.desks, {}, &bundle::Desk::name);
  std::ranges::sort(more.organisations, {}, &bundle::Term::id);
  const auto grown = must(policy::Policy::compile(std::move(more)));
  CHECK(policy::role_class(*grown, grown->desk(zorg)) == "zorgcoordinator");
  CHECK(policy::role_class(*grown, grown->desk(ggd)) == "professional");
}

SCENARIO("an issuer destroys the seeds of epochs whose tokens count no more") {
  Tokens tokens;
  must(tokens.world.desk(zorg).fetch_tokens());
  const auto file = tokens.world.folder() / "broker" / "issuer" / proof::issuer_file(tokens.epoch);
  const Day last(28 * (tokens.epoch + 1) + 1);
  CHECK(must(tokens.world.issuer().forget(last)) == 0);
  CHECK(std::filesystem::exists(file));
  CHECK(must(tokens.world.issuer().forget(last.plus(1))) == 1);
  CHECK_FALSE(std::filesystem::exists(file));
}

SCENARIO("a desk that synchronises has its tokens, once an epoch") {
  Tokens tokens;
  must(tokens.world.desk(zorg).sync());
  (void)tokens.take(zorg, "professional");
  const auto asked = [&] {
    const std::size_t before = tokens.world.frames().size();
    must(tokens.world.desk(zorg).sync());
    std::size_t issued = 0;
    for (std::size_t n = before; n < tokens.world.frames().size(); ++n) {
      const auto request = decode_request(tokens.world.frames()[n]);
      if (request && request->action == Action::tokens) ++issued;
    }
    return issued;
  };
  CHECK(asked() == 0);
  tokens.world.advance_days(28);
  CHECK(asked() == 3);
}

SCENARIO("an issuer that was replaced is asked for tokens within its epoch") {
  Tokens tokens;
  must(tokens.world.desk(zorg).sync());
  // The administrators draw other keys.
  const auto pending = tokens.world.folder() / "admin" / "directory.pending";
  auto directory = must(metadata::decode_directory(must(read_file(pending, metadata::max_bytes))));
  directory.token_keys.clear();
  must(write_file(pending, metadata::encode(directory), Readers::owner));
  std::filesystem::remove_all(tokens.world.folder() / "broker" / "issuer");
  tokens.world.publish();
  tokens.world.frames().clear();
  must(tokens.world.desk(zorg).sync());
  CHECK(std::ranges::any_of(tokens.world.frames(), [](const Bytes& frame) {
    const auto request = decode_request(frame);
    return request && request->action == Action::tokens;
  }));
}

SCENARIO("an issuer that lies is reported, and stops nobody from sending") {
  Tokens tokens;
  tokens.world.lie_to(zorg, [&](const Request& request, Reply& reply) {
    if (request.action != Action::tokens) return;
    auto answer = must(decode_evaluated(reply.items.at(0).body));
    std::swap(answer.outputs[0], answer.outputs[1]);
    reply.items[0].body = encode(answer);
  });
  must(tokens.world.desk(zorg).sync());
  CHECK(tokens.world.alarms(zorg) == std::vector{client::AlarmCode::bad_issuer});
  tokens.world.tell_the_truth();
  tokens.world.let_time_pass(std::chrono::minutes(11));
  must(tokens.world.desk(zorg).sync());
  (void)tokens.take(zorg, "");
}

SCENARIO("two processes of a desk that fetch the same tokens have them once") {
  Tokens tokens;
  must(tokens.world.desk(zorg).fetch_tokens());
  const auto spent = tokens.take(zorg, "");
  const auto other = must(tokens.world.another(zorg));
  must(other->fetch_tokens());
  for (std::size_t n = 1; n < proof::tokens_of_a_kind; ++n) CHECK(tokens.take(zorg, "").nonce != spent.nonce);
}
