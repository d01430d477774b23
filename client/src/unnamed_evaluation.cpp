#include "seinhuis/proof/keyset.h"
#include "unnamed.h"

// Pseudonyms of messages that name nobody: made over connections that name nobody, paid with a token, in the
// frame that the message leaves in.
namespace seinhuis::client {
namespace {

constexpr std::uint32_t days_for_pseudonyms = 3;

}  // namespace

Unsealed Unnamed::unsealed(const Planned& planned, OfWords words) const {
  return {planned.draft,
          planned.thread,
          client_.today(),
          std::move(words),
          BlindSeed::filled([&](std::span<std::byte> out) { client_.parts_.random.fill(out); }),
          {},
          {}};
}

Result<Done> Unnamed::pay_evaluation(store::Writer& writer, const MessageId& message,
                                     EvaluationRedemption& payment) const {
  payment.network = client_.trusted_.network.id;
  payment.message = message;
  payment.epoch = proof::spending_epoch(client_.today());
  const auto taken = token(writer, {TokenUse::evaluation, {}, payment.epoch});
  if (!taken) return taken.error();
  payment.nonce = taken->nonce;
  payment.mac = proof::redemption_mac(payment, taken->worth);
  return Done{};
}

// The receipt for the token, durable before it is used; another one when it counts no more.
Result<Done> Unnamed::redeem_evaluation(const MessageId& message, Waiting& waiting) const {
  Unsealed& unsealed = *waiting.unsealed;
  const Day today = client_.today();
  const proof::Network& network = client_.trusted_.network;
  if (unsealed.receipt && proof::pays(network, *unsealed.receipt, message, today)) return Done{};
  unsealed.receipt.reset();
  if (!proof::redeemable(unsealed.payment.epoch, today)) {
    auto paid = client_.parts_.store.write([&](store::Writer& writer) -> Result<Done> {
      auto done = pay_evaluation(writer, message, unsealed.payment);
      return done ? put(writer, message, waiting) : done;
    });
    if (!paid) return paid;
  }
  const auto raw = spend(Action::redeem_evaluation, seinhuis::encode(unsealed.payment));
  if (!raw && raw.error().code == Errc::conflict) {
    unsealed.payment.epoch = 0;  // which no day takes: the next try pays anew
    auto kept = keep(message, waiting);
    return kept ? Result<Done>(Error{Errc::busy, raw.error().detail}) : kept;
  }
  if (!raw) return raw.error();
  const auto receipt = decode_evaluation_receipt(*raw);
  if (!receipt || !proof::pays(network, *receipt, message, today))
    return Error{Errc::unauthentic, "the issuer's receipt is not for this message"};
  unsealed.receipt = *receipt;
  return keep(message, waiting);
}

Result<Bytes> Unnamed::evaluate(const std::string& evaluator, EvaluationRequest request,
                                const EvaluationReceipt& receipt) const {
  if (frame_ != nullptr) {
    if (auto passed = frame_->until(evaluator, request); !passed) return passed.error();
  }
  auto reply = ask(office_of(evaluator), Action::evaluate,
                   seinhuis::encode(PaidEvaluation{std::move(request), receipt}));
  if (!reply) return reply.error();
  if (waits(reply->code)) return later(*reply);
  if (reply->code != Code::ok || reply->items.size() != 1) return Error{Errc::refused, reply->text};
  return std::move(reply->items[0].body);
}

// The same elements at every try: an evaluator answers others for this message no more.
Result<Pseudonymised> Unnamed::have_evaluated(const MessageId& message, const Planned& planned,
                                              Waiting& waiting) const {
  Pseudonymised nothing;
  if (auto paid = redeem_evaluation(message, waiting); !paid) {
    for (const policy::Evaluated& one : policy::evaluated_unnamed(client_.policy()))
      nothing.unavailable.emplace_back(one.domain, paid.error());
    return nothing;
  }
  const Unsealed& unsealed = *waiting.unsealed;
  const Sender named = client_.sender();
  Blinds blinds(unsealed.blinds);
  const Sender sender{named.trusted,   named.desk, named.signer,
                      named.nonce_key, blinds,     unsealed.written.begins()};
  std::map<std::string, Error> away;  // who did not answer is not asked again
  return pseudonymise(
      sender, planned,
      [&](const std::string& evaluator, EvaluationRequest request) -> Result<Bytes> {
        if (const auto gone = away.find(evaluator); gone != away.end()) return gone->second;
        auto answer = evaluate(evaluator, std::move(request), *unsealed.receipt);
        if (!answer && answer.error().code == Errc::unreachable) away.emplace(evaluator, answer.error());
        return answer;
      },
      policy::evaluated_unnamed(client_.policy()));
}

// Nothing can be added to it later, so it waits for what is away: for an office that does not answer at all
// it must in any case; for one that cannot evaluate now some days, and not at all when it is urgent.
bool Unnamed::waits_for(const Error& why, const Waiting& waiting) const {
  if (why.code == Errc::busy || why.code == Errc::full)
    return !waiting.unsealed->draft.urgent &&
           client_.today() < waiting.unsealed->written.plus(days_for_pseudonyms);
  return why.code == Errc::unreachable || why.code == Errc::io;
}

// Then it is a message like any other. What could not be made it goes without.
Result<Done> Unnamed::make_pseudonyms(const MessageId& message, Waiting& waiting) const {
  Sender sender = client_.sender();
  sender.now = waiting.unsealed->written.begins();
  auto planned = plan_for(sender, waiting.unsealed->draft, {}, Hash::zero());
  if (!planned) return Error{Errc::refused, planned.error().detail};
  planned->message = message;
  planned->thread = waiting.unsealed->thread;
  planned->reply = waiting.unsealed->words.reply;
  const auto few = too_few(planned->facts.giver_class);  // of today, not of the day it was written
  if (!few) return few.error();
  if (*few) return Error{Errc::busy, (*few)->detail + "; the message waits"};
  auto made = have_evaluated(message, *planned, waiting);
  if (!made) return made.error();
  for (const auto& [domain, why] : made->unavailable) {
    if (waits_for(why, waiting)) return why;
  }
  Waiting sealed;
  sealed.at_once = waiting.at_once;
  sealed.unavailable = std::move(made->unavailable);
  auto done = seal(*planned, waiting.unsealed->words, made->values, waiting.unsealed->written, sealed);
  if (!done) return Error{Errc::refused, done.error().detail};
  auto kept = client_.parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    auto paid = pay(writer, sealed.redemption);
    return paid ? put(writer, message, sealed) : paid;
  });
  if (!kept) return kept;
  waiting = std::move(sealed);
  return Done{};
}

}  // namespace seinhuis::client
