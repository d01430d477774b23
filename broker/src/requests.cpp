#include "requests.h"

#include <algorithm>

#include "hits.h"
#include "postings.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/sign.h"

namespace seinhuis::broker {
namespace {

constexpr std::uint32_t longest_wait_ms = 60'000;

Reply refuse(Code code, std::string text) {
  Reply reply;
  reply.code = code;
  reply.text = std::move(text);
  return reply;
}

Code code_of(const Error& error, std::size_t size, std::size_t limit) {
  if (size > limit) return Code::too_large;
  return error.code == Errc::unsupported ? Code::unsupported : Code::malformed;
}

}  // namespace

std::variant<Reply, Ordered> Requests::read(const Asked& asked) const {
  const auto request = decode_request(asked.frame);
  if (!request)
    return refuse(code_of(request.error(), asked.frame.size(), Request::max_bytes),
                  "not a request: " + request.error().detail);
  const WorldRef world = world_.get();
  auto outcome = dispatch(*world, asked, *request);
  if (auto* reply = std::get_if<Reply>(&outcome)) reply->id = request->id;
  return outcome;
}

std::variant<Reply, Ordered> Requests::dispatch(const World& world, const Asked& asked,
                                                const Request& request) const {
  if (auto refused = not_here(world, asked, request.action)) return *std::move(refused);
  switch (request.action) {
    case Action::submit: return submit(world, asked, request);
    case Action::fetch: return order(asked, request, Fetch{asked.desk, request.after});
    case Action::receipt: return receipt(world, asked, request);
    case Action::card: return card(world, asked, request);
    case Action::follow: return ledger_.follow(asked.desk, request.message);
    case Action::cards: return ledger_.cards(Day::of(clock_()));
    case Action::metadata: return metadata(world, request.name);
    case Action::head: return ledger_.head(request.name);
    case Action::growth: return ledger_.growth(request.name, request.after, request.until);
    case Action::record: return ledger_.record(asked.desk, request.message);
    case Action::tombstone: return tombstone(request);
    case Action::revoke: return revocation(world, asked, request);
    case Action::audit: return audit(world, asked, request);
    case Action::evaluate: return evaluation(world, asked, request);
    case Action::hit: return hit(world, asked, request);
    case Action::witness: return witness();
    case Action::tokens: return tokens(world, asked, request);
    case Action::redeem: return redeem(world, asked, request);
    case Action::redeem_evaluation: return redeem_evaluation(world, asked, request);
    case Action::post: return posting(world, asked, request);
    case Action::posted: return posted(asked, request);
    case Action::board: return ledger_.board(request.after);
    case Action::obligations: return ledger_.obligations(asked.desk, request.message);
    case Action::overview: return overview(world, asked);
    case Action::unreadable: return unreadable(world, asked, request);
    case Action::counts: return ledger_.counts(Day::of(clock_()));
    case Action::crowd:
      return ledger_.crowd({TokenUse::admission, request.name, static_cast<std::uint32_t>(request.after)});
  }
  return refuse(Code::unsupported, "an action that this version does not know");
}

// Desks may ask what this service does, and never spend a token over their own session; the notary may read
// metadata and watch the log grow; who is nobody may spend a token, and what it got for it.
std::optional<Reply> Requests::not_here(const World& world, const Asked& asked, Action action) const {
  const bool spends = action == Action::redeem || action == Action::redeem_evaluation;
  const bool of_issuer = action == Action::tokens || spends || action == Action::crowd;
  if (of_issuer && duties_.issuer == nullptr) return refuse(Code::unsupported, "tokens are not issued here");
  if (asked.desk == anonymous_peer) {
    const bool routes = duties_.witness == nullptr;
    const bool open = action == Action::submit || action == Action::board || action == Action::metadata ||
                      action == Action::head || action == Action::growth || action == Action::unreadable;
    if (spends || action == Action::evaluate || (routes && open)) return std::nullopt;
    return refuse(Code::unauthorised, "not at the anonymous endpoint");
  }
  if (action == Action::unreadable)
    return refuse(Code::unauthorised, "who is not named does not say so over a desk's session");
  if (spends) return refuse(Code::unauthorised, "a token is not spent over a desk's own session");
  const bool watches = action == Action::metadata || action == Action::head || action == Action::growth;
  if (asked.desk == proof::notary_name && duties_.witness == nullptr && watches) return std::nullopt;
  if (proof::find_desk(world.network.directory_on(Day::of(clock_()))->directory, asked.desk) == nullptr)
    return refuse(Code::unauthorised, "this desk is not enrolled, or was revoked");
  const bool of_notary =
      of_issuer || action == Action::evaluate || action == Action::witness || action == Action::counts;
  if (duties_.witness != nullptr && !of_notary)
    return refuse(Code::unsupported, "this is the notary; ask the broker");
  return std::nullopt;
}

std::variant<Reply, Ordered> Requests::tokens(const World& world, const Asked& asked,
                                              const Request& request) const {
  const auto wanted = decode_token_request(request.body);
  if (!wanted) return refuse(Code::malformed, wanted.error().detail);
  const Day today = Day::of(clock_());  // once: it decides which directory is asked
  if (auto refusal = duties_.issuer->judge(world, asked.desk, *wanted, today)) return refusal_reply(*refusal);
  const metadata::Directory& directory = world.network.directory_on(today)->directory;
  const auto answer = duties_.issuer->issue(*wanted, proof::find_token_key(directory, wanted->kind)->key);
  if (!answer && answer.error().code == Errc::malformed)
    return refuse(Code::malformed, answer.error().detail);
  if (!answer) return refuse(Code::internal, "the issuer cannot use its key");
  Packer elements;
  for (const PointBytes& element : wanted->elements) elements.raw(element.bytes());
  return order(asked, request,
               Issue{asked.desk, wanted->kind, proof::h32(elements.bytes()), encode(*answer)});
}

std::variant<Reply, Ordered> Requests::redeem(const World& world, const Asked& asked,
                                              const Request& request) const {
  const auto redemption = decode_redemption(request.body);
  if (!redemption) return refuse(Code::malformed, redemption.error().detail);
  auto judged = duties_.issuer->judge(world, *redemption, Day::of(clock_()));
  if (auto* refusal = std::get_if<Refusal>(&judged)) return refusal_reply(*refusal);
  const TokenKind kind{TokenUse::admission, redemption->role_class, redemption->epoch};
  return order(asked, request,
               Redeem{kind, redemption->nonce, copy(redemption->manifest.bytes()),
                      encode(std::get<AdmissionReceipt>(judged))});
}

std::variant<Reply, Ordered> Requests::redeem_evaluation(const World& world, const Asked& asked,
                                                         const Request& request) const {
  const auto redemption = decode_evaluation_redemption(request.body);
  if (!redemption) return refuse(Code::malformed, redemption.error().detail);
  auto judged = duties_.issuer->judge(world, *redemption, Day::of(clock_()));
  if (auto* refusal = std::get_if<Refusal>(&judged)) return refusal_reply(*refusal);
  const TokenKind kind{TokenUse::evaluation, {}, redemption->epoch};
  return order(asked, request,
               Redeem{kind, redemption->nonce, copy(redemption->message.bytes()),
                      encode(std::get<EvaluationReceipt>(judged))});
}

Reply Requests::witness() const {
  if (duties_.witness == nullptr) return refuse(Code::unsupported, "this is the broker; ask the notary");
  Bytes seen = duties_.witness->get();
  if (seen.empty()) return refuse(Code::absent, "the notary has seen nothing of the log yet");
  Reply reply;
  reply.items.push_back({0, std::move(seen)});
  return reply;
}

Ordered Requests::order(const Asked& asked, const Request& request, decltype(Command::what) what) const {
  const auto wait = std::chrono::milliseconds(std::min(request.wait_ms, longest_wait_ms));
  const auto steady =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now());
  return {asked.peer,
          asked.desk,
          request.id,
          {std::move(what), random_.draw<Hash>()},
          Instant(steady.time_since_epoch() + wait)};
}

std::variant<Reply, Ordered> Requests::submit(const World& world, const Asked& asked,
                                              const Request& request) const {
  auto submission = decode_submission(request.body);
  if (!submission)
    return refuse(code_of(submission.error(), request.body.size(), max_message), submission.error().detail);
  auto judged = admit(world, asked.desk, *std::move(submission), ledger_.known(), clock_());
  if (auto* refused = std::get_if<Refused>(&judged)) {
    if (!refused->manifest && !refused->accepted) return refusal_reply(refused->refusal);
    return order(asked, request, Entomb{std::move(*refused), asked.desk});
  }
  return order(asked, request, Submit{std::get<Admitted>(std::move(judged))});
}

std::variant<Reply, Ordered> Requests::receipt(const World& world, const Asked& asked,
                                               const Request& request) const {
  const auto receipt = decode_receipt(request.body);
  if (!receipt) return refuse(Code::malformed, receipt.error().detail);
  if (receipt->desk != asked.desk) return refuse(Code::not_you, "a receipt of another desk");
  const auto* keys =
      proof::find_desk(world.network.directory_on(Day::of(clock_()))->directory, receipt->desk);
  if (receipt->network != world.network.id)
    return refuse(Code::wrong_network, "a receipt of another network");
  if (keys == nullptr || !proof::verifies(keys->signer, receipt->signature, unsigned_bytes(*receipt))) {
    return refuse(Code::bad_signature, "the signature of the receipt does not hold");
  }
  return order(asked, request, TakeReceipt{*receipt});
}

std::variant<Reply, Ordered> Requests::card(const World& world, const Asked& asked,
                                            const Request& request) const {
  const auto card = decode_card(request.body);
  if (!card) return refuse(Code::malformed, card.error().detail);
  if (card->desk != asked.desk) return refuse(Code::not_you, "a key card of another desk");
  if (card->network != world.network.id) return refuse(Code::wrong_network, "a key card of another network");
  const auto* keys = proof::find_desk(world.network.directory_on(Day::of(clock_()))->directory, card->desk);
  if (keys == nullptr || !proof::verifies(keys->signer, card->signature, unsigned_bytes(*card))) {
    return refuse(Code::bad_signature, "the signature of the card does not hold");
  }
  const Day today = Day::of(clock_());
  constexpr std::uint32_t last_epoch = 20'000;
  const auto span = span_of(card->use, std::min(card->epoch, last_epoch));
  if (card->epoch > last_epoch || card->from != span.from || card->until != span.until) {
    return refuse(Code::malformed, "a key card holds for the days of its epoch");  // so there are few of them
  }
  if (card->until < today || card->from > today.plus(200))
    return refuse(Code::expired, "a card for days long past or far ahead");
  const bool other = std::ranges::any_of(world.network.cards, [&](const KeyCard& listed) {
    return listed.desk == card->desk && listed.use == card->use && listed.epoch == card->epoch &&
           listed != *card;
  });
  if (other) return refuse(Code::replayed, "another card for this desk and epoch is published");
  return order(asked, request, KeepCard{*card});
}

Reply Requests::tombstone(const Request& request) const {
  const auto manifest = Hash::parse(request.body);
  return manifest ? ledger_.tombstone(*manifest) : refuse(Code::malformed, "not the hash of a manifest");
}

std::variant<Reply, Ordered> Requests::revocation(const World& world, const Asked& asked,
                                                  const Request& request) const {
  const auto statement = decode_statement(request.body);
  if (!statement) return refuse(Code::malformed, statement.error().detail);
  if (statement->issuer != asked.desk) return refuse(Code::not_you, "a revocation by another desk");
  const Day today = Day::of(clock_());
  const policy::Policy& policy = *world.policy(world.network.policy_on(today)->version);
  const auto may = policy::check_revocation(policy, world.network, *statement, today);
  if (!may) return refuse(Code::bad_statement, may.error().detail);
  return order(asked, request, Revoke{*statement});
}

// A look before the work; what counts is the look of the committer.
std::optional<Refusal> Requests::over_quota(const World& world, const Evaluation& evaluation,
                                            std::size_t count, Day today) const {
  const policy::Policy& policy = *world.policy(world.network.policy_on(today)->version);
  const auto used = ledger_.evaluated(evaluation, today);
  if (!used) return Refusal{Code::internal, "evaluations cannot be read", {}, Gate::none};
  const auto& domains = policy.source().domains;
  const auto domain = std::ranges::find(domains, evaluation.domain, &bundle::Domain::id);
  const auto already = ledger_.known().evaluated(evaluation);
  if (!already) return Refusal{Code::internal, "evaluations cannot be read", {}, Gate::none};
  if (*already || (domain != domains.end() && *used + count <= domain->quota)) return std::nullopt;
  return Refusal{Code::over_quota,
                 "this organisation has evaluated what it may today in domain " + evaluation.domain,
                 {},
                 Gate::none};
}

// By a desk, within its quota; or by who is nobody, within what was paid for.
std::variant<Requests::Wanted, Refusal> Requests::wanted(const World& world, const Asked& asked,
                                                         const Bytes& body, Day today) const {
  if (asked.desk == anonymous_peer) {
    auto paid = decode_paid_evaluation(body);
    if (!paid) return Refusal{Code::malformed, paid.error().detail, {}, Gate::none};
    if (auto refusal = duties_.evaluator->judge(world, *paid, today)) return *std::move(refusal);
    EvaluationRequest& request = paid->request;
    Evaluation evaluation{{}, request.message, request.domain, request.type};
    return Wanted{std::move(evaluation), std::move(request)};
  }
  auto request = decode_evaluation(body);
  if (!request) return Refusal{Code::malformed, request.error().detail, {}, Gate::none};
  if (auto refusal = duties_.evaluator->judge(world, asked.desk, *request, today)) return *std::move(refusal);
  Evaluation evaluation{asked.desk, request->message, request->domain, request->type};
  if (auto refusal = over_quota(world, evaluation, request->elements.size(), today))
    return *std::move(refusal);
  return Wanted{std::move(evaluation), *std::move(request)};
}

// Evaluated before it is counted, so that nothing but the count waits for the disk; the answer leaves after
// it.
std::variant<Reply, Ordered> Requests::evaluation(const World& world, const Asked& asked,
                                                  const Request& request) const {
  if (duties_.evaluator == nullptr) return refuse(Code::unsupported, "nothing is evaluated here");
  const Day today = Day::of(clock_());
  const auto judged = wanted(world, asked, request.body, today);
  if (const auto* refusal = std::get_if<Refusal>(&judged)) return refusal_reply(*refusal);
  const auto& [evaluation, what] = std::get<Wanted>(judged);
  const auto& directory = world.network.directory_on(today)->directory;
  const auto answer =
      duties_.evaluator->evaluate(*proof::keyset_on(directory, what.domain, what.type, today), what);
  if (!answer && answer.error().code == Errc::malformed)
    return refuse(Code::malformed, answer.error().detail);
  if (!answer) return refuse(Code::internal, "the evaluator cannot use its key");
  Packer elements;
  for (const PointBytes& element : what.elements) elements.raw(element.bytes());
  return order(asked, request,
               Evaluate{evaluation, proof::h32(elements.bytes()),
                        static_cast<std::uint32_t>(what.elements.size()), encode(*answer)});
}

std::variant<Reply, Ordered> Requests::hit(const World& world, const Asked& asked,
                                           const Request& request) const {
  auto record = decode_hit(request.body);
  if (!record) return refuse(Code::malformed, record.error().detail);
  auto judged = judge_hit(world, asked.desk, *std::move(record), ledger_.known(), Day::of(clock_()));
  if (auto* refusal = std::get_if<Refusal>(&judged)) return refusal_reply(*refusal);
  return order(asked, request, std::get<RegisterHit>(std::move(judged)));
}

Reply Requests::posted(const Asked& asked, const Request& request) const {
  Unpacker in(request.body);
  const auto h0 = in.id<Hash>();
  const auto seq = in.number<std::uint32_t>();
  return in.ok() ? ledger_.posted(asked.desk, h0, seq) : refuse(Code::malformed, "not h0 and a number");
}

std::variant<Reply, Ordered> Requests::posting(const World& world, const Asked& asked,
                                               const Request& request) const {
  auto posting = decode_posting(request.body);
  if (!posting) return refuse(Code::malformed, posting.error().detail);
  auto judged = judge_posting(world, asked.desk, *std::move(posting), ledger_.known(), Day::of(clock_()));
  if (auto* refusal = std::get_if<Refusal>(&judged)) return refusal_reply(*refusal);
  return order(asked, request, std::get<Post>(std::move(judged)));
}

std::variant<Reply, Ordered> Requests::unreadable(const World& world, const Asked& asked,
                                                  const Request& request) const {
  const auto said = decode_unreadable(request.body);
  if (!said) return refuse(Code::malformed, said.error().detail);
  auto judged = judge_unreadable(world, *said, ledger_.known());
  if (auto* refusal = std::get_if<Refusal>(&judged)) return refusal_reply(*refusal);
  return order(asked, request, std::get<Reopen>(std::move(judged)));
}

Reply Requests::audit(const World& world, const Asked& asked, const Request& request) const {
  const policy::Policy& policy = *world.policy(world.network.policy_on(Day::of(clock_()))->version);
  if (!policy::supervises(policy, policy.desk(asked.desk)))
    return refuse(Code::unauthorised, "only who supervises the log may read it");
  return ledger_.audit(request.name, request.after);
}

Reply Requests::overview(const World& world, const Asked& asked) const {
  const Day today = Day::of(clock_());
  const policy::Policy& policy = *world.policy(world.network.policy_on(today)->version);
  if (!policy::sees_overview(policy, policy.desk(asked.desk)))
    return refuse(Code::unauthorised,
                  "only who supervises, or has a role under 'overview', may see how desks answer");
  return ledger_.overview(world, today);
}

Reply Requests::metadata(const World& world, const std::string& name) {
  const auto found = world.files.find(name);
  if (found == world.files.end()) return refuse(Code::absent, "no such metadata");
  Reply reply;
  reply.items.push_back({0, found->second});
  return reply;
}

Bytes busy_reply(ByteView request_frame) {
  Reply reply = refuse(Code::busy, "too busy; try again in a moment");
  reply.retry_ms = 500;
  if (const auto request = decode_request(request_frame)) reply.id = request->id;
  return encode(reply);
}

}  // namespace seinhuis::broker
