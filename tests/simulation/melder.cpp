#include "simulation/melder.h"

namespace seinhuis::simulation {
namespace {

constexpr auto given_up_after = std::chrono::hours(24 * 5);

std::optional<Reply> spend(SimBroker& notary, const TokenNonce& token, const Hash& manifest, Truth& truth,
                           Instant now) {
  const TokenKind kind{TokenUse::admission, {}, 1};
  auto reply = notary.ask({broker::Redeem{kind, token, copy(manifest.bytes()), {}}, Hash::zero()}, now);
  if (reply && reply->code == Code::ok) truth.spent[token].insert(manifest);
  return reply;
}

Truth::Accepted accepted(const broker::Admitted& message) {
  Truth::Accepted made;
  made.h0 = message.digest.h0;
  made.named = message.cell_key.empty();
  made.cell_key = message.cell_key;
  made.expires = message.prologue.expires;
  for (const broker::ObligedDesk& desk : message.obliged) made.obliged.push_back(desk.desk);
  for (const Slot& slot : message.submission.slots) {
    if (slot.activation == 0) made.awake.push_back(slot.desk);
  }
  return made;
}

}  // namespace

Melder::Melder(Stage& stage, Kind kind, std::chrono::milliseconds patience)
    : stage_(stage), kind_(kind), patience_(patience) {}

void Melder::begin() {
  const Instant now = stage_.loop.now();
  until_ = now + given_up_after;
  message_ =
      kind_ == Kind::named ? stage_.cast.named(stage_.chance, now) : stage_.cast.urgent(stage_.chance, now);
  token_ = stage_.chance.draw<TokenNonce>();
  may_send_ = kind_ == Kind::named;
  may_send_ ? send() : redeem();
}

void Melder::redeem() {
  if (may_send_ || stage_.loop.now() > until_) return;
  stage_.request(
      stage_.notary, "melder", "spends a token",
      [this](SimBroker& notary) {
        return spend(notary, token_, message_.digest.manifest, stage_.truth, stage_.loop.now());
      },
      [this](const Reply& reply) {
        if (reply.code != Code::ok || may_send_) return;
        may_send_ = true;
        send();
      });
  stage_.loop.in(patience_, [this] { redeem(); });
}

void Melder::send() {
  if (heard_ || stage_.over || stage_.loop.now() > until_) return;
  const MessageId& id = message_.prologue.message;
  stage_.request(
      stage_.broker, kind_ == Kind::named ? gemeente : "melder", "sends " + short_name(id),
      [this, id](SimBroker& broker) {
        auto reply = broker.submit(message_, stage_.loop.now());
        if (reply && reply->code == Code::ok) stage_.truth.accepted.try_emplace(id, accepted(message_));
        return reply;
      },
      [this, id](const Reply& reply) {
        if (reply.code == Code::internal || reply.code == Code::full) return;  // again later
        if (reply.code == Code::expired) return;  // so it says to a clock that is wrong as well
        heard_ = true;
        const auto found = stage_.truth.accepted.find(id);
        if (reply.code == Code::ok && found != stage_.truth.accepted.end()) found->second.told = true;
        if (reply.code == Code::ok && found == stage_.truth.accepted.end())
          stage_.truth.wrong = "a melder was told 'accepted' of a message that the broker never accepted";
      });
  stage_.loop.in(patience_, [this] { send(); });
}

void Melder::cheat() {
  if (kind_ == Kind::named) return;
  const broker::Admitted other = stage_.cast.urgent(stage_.chance, stage_.loop.now());
  stage_.request(
      stage_.notary, "melder", "spends the token on another message",
      [this, manifest = other.digest.manifest](SimBroker& notary) {
        return spend(notary, token_, manifest, stage_.truth, stage_.loop.now());
      },
      [](const Reply&) {});
}

}  // namespace seinhuis::simulation
