#include "unnamed.h"

#include "seinhuis/base/packed.h"
#include "seinhuis/client/newer_metadata.h"
#include "seinhuis/proof/board.h"
#include "seinhuis/proof/keyset.h"
#include "seinhuis/proof/log.h"
#include "tables.h"

namespace seinhuis::client {
namespace {

constexpr std::size_t max_waiting = 1000;
constexpr std::size_t max_unnamed =
    (256U << 10U) - 1024;  // the largest padding class, and a request around it
const Error unreadable_waiting{Errc::io, "what waits to be sent cannot be read"};

}  // namespace

Error later(const Reply& reply) {
  const bool room = reply.code == Code::full || reply.code == Code::internal;
  return {room ? Errc::full : Errc::busy, reply.text};
}

bool waits(Code code) {
  return code == Code::busy || code == Code::full || code == Code::internal || code == Code::over_quota;
}

Result<Done> Unnamed::put(store::Writer& writer, const MessageId& message, const Waiting& waiting) {
  Packer out;
  out.number(static_cast<std::uint8_t>(waiting.at_once ? 1 : 0));
  out.sized(seinhuis::encode(waiting.redemption)).sized(waiting.admission).sized(waiting.submission);
  if (waiting.unsealed) out.sized(pack(*waiting.unsealed).reveal());
  Bytes raw = out.take();
  auto kept = writer.put(unnamed_table, message.bytes(), raw, store::permanent);
  wipe(raw);
  return kept;
}

Result<Unnamed::Waiting> Unnamed::decode(ByteView raw) {
  Unpacker in(raw);
  Waiting waiting;
  waiting.at_once = in.number<std::uint8_t>() == 1;
  const auto redemption = decode_redemption(in.sized(max_part));
  waiting.admission = copy(in.sized(max_part));
  waiting.submission = copy(in.sized(max_part));
  if (!in.rest().empty()) {
    auto unsealed = unpack_unsealed(in.sized(max_part));
    if (!unsealed) return unsealed.error();
    waiting.unsealed = *std::move(unsealed);
  }
  if (!in.ok() || !redemption) return unreadable_waiting;
  waiting.redemption = *redemption;
  return waiting;
}

Result<std::uint32_t> Unnamed::crowd(const std::string& role_class) const {
  Bytes key = ordered_key(proof::spending_epoch(client_.today()));
  append(key, view(role_class));
  std::uint32_t count = 0;
  const auto read = client_.parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto kept = reader.get(crowd_table, key);
    if (!kept) return kept.error();
    if (*kept) count = Unpacker(**kept).number<std::uint32_t>();
    return Done{};
  });
  if (!read) return read.error();
  return count;
}

Result<std::optional<Error>> Unnamed::hindered(const Planned& planned) const {
  const policy::Policy& policy = client_.policy();
  const auto no = [](std::string text) { return std::optional(Error{Errc::refused, std::move(text)}); };
  const policy::Index own = policy.desk(client_.parts_.desk);
  const metadata::Directory& directory = client_.trusted_.network.directory_on(client_.today())->directory;
  if (directory.anonymous_endpoint.empty() || !client_.parts_.anonymously)
    return no("this network has the identified mode only");
  if (own == policy::none || policy.desks()[own].labels != 0)
    return no("what this desk holds carries a label of its regime (" +
              (own == policy::none ? std::string() : policy.source().desks[own].regime) +
              "), which nobody could be held to in this mode; send it identified");
  if (planned.draft.kind != Kind::signal || planned.draft.parent)
    return no("only a signal of its own can name nobody");
  if (planned.draft.thread) return no("a thread would tie it to what was sent before; leave \"thread\" out");
  if (!planned.statements.empty())
    return no("a consent or attest names the organisation it is for; in this mode there can be none");
  const auto wants = wants_pseudonyms(client_.sender(), planned);
  if (!wants) return wants.error();
  if (*wants && !policy::may_have_evaluation_tokens(policy, own))
    return no("your organisation receives pseudonyms, and has none made where nobody sees whose they are");
  return too_few(planned.facts.giver_class);
}

Result<std::optional<Error>> Unnamed::too_few(const std::string& role_class) const {
  const auto crowd = this->crowd(role_class);
  if (!crowd) return crowd.error();
  const std::uint32_t least = client_.policy().source().least_crowd;
  if (*crowd >= least) return std::optional<Error>{};
  return std::optional(
      Error{Errc::refused, "too few to hide among: " + std::to_string(*crowd) + " organisations " +
                               (role_class.empty() ? "" : "of class " + role_class + " ") +
                               "have tokens as far as this desk knows, and the network asks for " +
                               std::to_string(least)});
}

// Taken out of the wallet for good.
Result<Wallet::Token> Unnamed::token(store::Writer& writer, const TokenKind& kind) const {
  const metadata::TokenKey* key =
      proof::find_token_key(client_.trusted_.network.directory_on(client_.today())->directory, kind);
  if (key == nullptr) return Error{Errc::refused, "the network issues no tokens for this mode"};
  auto token = Wallet::take(writer, *key);
  if (!token) return token.error();
  if (!*token)
    return Error{Errc::absent,
                 "this desk has no token left until the next are fetched; synchronise, or wait"};
  return **std::move(token);
}

// Binds a token to the message.
Result<Done> Unnamed::pay(store::Writer& writer, Redemption& redemption) const {
  redemption.epoch = proof::spending_epoch(client_.today());
  const auto taken = token(writer, {TokenUse::admission, redemption.role_class, redemption.epoch});
  if (!taken) return taken.error();
  redemption.nonce = taken->nonce;
  redemption.mac = proof::redemption_mac(redemption, taken->worth);
  return Done{};
}

// Under a key of its own, as of the day it was written.
Result<Done> Unnamed::seal(const Planned& planned, const OfWords& words, const FormValues& made, Day written,
                           Waiting& waiting) const {
  const proof::Signer once(
      proof::SigningSeed::filled([&](std::span<std::byte> out) { client_.parts_.random.fill(out); }));
  const Sender named = client_.sender();
  const Sender sender{named.trusted, named.desk, once, named.nonce_key, named.random, written.begins()};
  auto sealed = seal_planned(
      sender, planned, [](const std::string&) { return seal::Note{}; }, made);
  if (!sealed) return sealed.error();
  const Hash& network = sender.trusted.network.id;
  sealed->submission.cell_key = copy(words.cell.reveal());
  sealed->submission.continuation = copy(
      words.continues.sign(proof::continuation_message(network, sealed->digest.h0, sealed->digest.manifest))
          .bytes());
  waiting.redemption = {network,
                        planned.draft.mode,
                        planned.facts.giver_class,
                        0,
                        TokenNonce::zero(),
                        sealed->digest.h0,
                        sealed->digest.manifest,
                        Hash::zero()};
  waiting.submission = encode(sealed->submission);
  wipe(sealed->submission.cell_key);
  if (waiting.submission.size() > max_unnamed)
    return Error{Errc::refused, "a message that names nobody may have 255 KiB in all"};
  return Done{};
}

Result<Client::Sent> Unnamed::send(Planned planned, const seal::ReceiptWords& words) {
  require(planned.draft.mode != Mode::identified, "a planned message keeps its mode");
  const auto hindrance = hindered(planned);
  if (!hindrance) return hindrance.error();
  if (*hindrance) return **hindrance;
  OfWords of = of_words(words.keys(client_.trusted_.network.id));
  planned.reply = of.reply;
  Waiting waiting;
  const bool hurried = client_.trusted_.network.root.sandbox && !client_.parts_.unhurried;
  waiting.at_once = planned.draft.urgent || hurried;
  // Also where pseudonyms are made later: whatever else is wrong with it is told now.
  if (auto done = seal(planned, of, {}, client_.today(), waiting); !done) return done.error();
  KeptSent sent;
  sent.message = planned.message;
  sent.thread = planned.thread;
  sent.created = client_.today().begins();
  const auto sealed = decode_submission(waiting.submission);
  for (const Slot& slot : sealed->slots) {
    if (slot.activation == 0) sent.recipients.push_back(slot.desk);
  }
  const bool wants = *wants_pseudonyms(client_.sender(), planned);
  if (wants) {
    waiting.submission.clear();
    waiting.unsealed.emplace(unsealed(planned, std::move(of)));
  } else {
    sent.h0 = waiting.redemption.h0;
    sent.manifest = waiting.redemption.manifest;
  }
  const auto kept = client_.parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    auto paid = wants ? pay_evaluation(writer, planned.message, waiting.unsealed->payment)
                      : pay(writer, waiting.redemption);
    return paid ? put(writer, planned.message, waiting) : paid;
  });
  if (!kept) return kept.error();
  if (!waiting.at_once) return Client::Sent{std::move(sent), std::move(planned), {}};
  auto outcome = settle(planned.message, std::move(waiting));
  if (outcome) {  // else it is kept and leaves later, whatever stopped it now
    sent.state = outcome->code == Code::ok ? KeptSent::State::accepted : KeptSent::State::refused;
    sent.code = static_cast<std::uint16_t>(outcome->code);
    sent.text = outcome->text;
    sent.rule = outcome->rule;
    sent.gate = outcome->gate;
    sent.h0 = outcome->h0;
    sent.manifest = outcome->manifest;
    return Client::Sent{std::move(sent), std::move(planned), std::move(outcome->unavailable)};
  }
  return Client::Sent{std::move(sent), std::move(planned), {}};
}

// The issuer's receipt for a token. Fails with conflict when the token counts on other days, or is of another
// key: one of today's takes its place. Refused is for good.
Result<Bytes> Unnamed::spend(Action action, Bytes redemption) const {
  if (auto passed = in_turn(action); !passed) return passed.error();
  auto reply = ask(Office::issuer, action, std::move(redemption));
  if (!reply) return reply.error();
  if (waits(reply->code)) return later(*reply);
  const Code code = reply->code;
  const bool of_another_day =
      code == Code::expired || code == Code::stale_metadata || code == Code::bad_signature;
  if (of_another_day) return Error{Errc::conflict, reply->text};
  if (code != Code::ok || reply->items.size() != 1) return Error{Errc::refused, reply->text};
  return std::move(reply->items[0].body);
}

Result<Done> Unnamed::in_turn(Action action) const {
  return frame_ == nullptr ? Result<Done>(Done{}) : frame_->until(action);
}

Result<Reply> Unnamed::ask(Office office, Action action, Bytes body) const {
  Request request;
  request.action = action;
  request.body = std::move(body);
  auto link = client_.parts_.anonymously(office);
  auto reply = link ? (*link)->ask(std::move(request), client_.parts_.patience) : link.error();
  if (!reply && frame_ != nullptr) frame_->end();
  return reply;
}

Result<Done> Unnamed::keep(const MessageId& message, const Waiting& waiting) const {
  return client_.parts_.store.write([&](store::Writer& writer) { return put(writer, message, waiting); });
}

// The receipt for the token, durable before it is used. A token of an epoch that is over is replaced.
Result<Done> Unnamed::redeem(const MessageId& message, Waiting& waiting) const {
  const Day today = client_.today();
  if (!proof::redeemable(waiting.redemption.epoch, today)) {
    const auto few =
        too_few(waiting.redemption.role_class);  // the crowd of the new epoch, not of the old one
    if (!few) return few.error();
    if (*few) return Error{Errc::busy, (*few)->detail + "; the message waits"};
    auto paid = client_.parts_.store.write([&](store::Writer& writer) -> Result<Done> {
      if (auto done = pay(writer, waiting.redemption); !done) return done;
      return put(writer, message, waiting);
    });
    if (!paid) return paid;
  }
  const auto receipt = spend(Action::redeem, seinhuis::encode(waiting.redemption));
  if (!receipt && receipt.error().code == Errc::conflict) {
    waiting.redemption.epoch = 0;  // which no day takes: the next try pays anew
    auto kept = keep(message, waiting);
    return kept ? Result<Done>(Error{Errc::busy, receipt.error().detail}) : kept;
  }
  if (!receipt) return receipt.error();
  const Prologue prologue = *decode_prologue(decode_submission(waiting.submission)->prologue);
  const proof::Digest digest{waiting.redemption.h0, {}, {}, waiting.redemption.manifest};
  if (!proof::admits(client_.trusted_.network, *receipt, prologue, digest, today))
    return Error{Errc::unauthentic, "the issuer's receipt is not for this message"};
  waiting.admission = *receipt;
  return keep(message, waiting);
}

Result<Unnamed::Outcome> Unnamed::submit(const Waiting& waiting) const {
  Submission submission = *decode_submission(waiting.submission);
  submission.admission = waiting.admission;
  if (auto passed = in_turn(Action::submit); !passed) return passed.error();
  const auto reply = ask(Office::broker, Action::submit, seinhuis::encode(submission));
  if (!reply) return reply.error();
  if (waits(reply->code)) return later(*reply);
  Outcome outcome{reply->code, reply->text, reply->rule, reply->gate};
  if (outcome.code != Code::ok) return outcome;
  const Error nothing{Errc::unauthentic,
                      "the broker's receipt proves nothing; the message stays in the outbox"};
  const auto accepted = reply->items.size() == 2 ? decode_accepted(reply->items[0].body)
                                                 : Result<Accepted>(Error{Errc::malformed, "no receipt"});
  const auto promise = accepted ? decode_promise(reply->items[1].body) : Result<Promise>(accepted.error());
  if (!promise) return nothing;
  const auto record = decode_accepted_record(accepted->record);
  const metadata::Directory& directory = client_.trusted_.network.directory_on(client_.today())->directory;
  const Hash leaf = proof::log_leaf(LeafKind::accepted, accepted->salt, accepted->record);
  // That it is in the log tomorrow is not looked up by this desk: to ask would tell who sent it.
  if (!record || record->h0 != waiting.redemption.h0 || record->manifest != waiting.redemption.manifest ||
      !proof::promises(*promise, leaf, Day::of(record->at), client_.trusted_.network.id, directory.log_key))
    return nothing;
  return outcome;
}

// Accepted or refused, nothing of it stays; a "no" of the issuer is one too.
Result<Unnamed::Outcome> Unnamed::settle(const MessageId& message, Waiting waiting) {
  Result<Outcome> outcome = Outcome{};
  if (waiting.unsealed) {
    const auto made = make_pseudonyms(message, waiting);
    if (!made && made.error().code != Errc::refused) return made.error();
    if (!made) outcome = Outcome{Code::refused, made.error().detail, {}, Gate::none};
  }
  if (outcome->code == Code::ok && waiting.admission.empty()) {
    const auto redeemed = redeem(message, waiting);
    if (!redeemed && redeemed.error().code != Errc::refused) return redeemed.error();
    if (!redeemed) outcome = Outcome{Code::refused, redeemed.error().detail, {}, Gate::none};
  }
  if (outcome->code == Code::ok) outcome = submit(waiting);
  if (!outcome) return outcome;
  outcome->h0 = waiting.redemption.h0;
  outcome->manifest = waiting.redemption.manifest;
  outcome->unavailable = std::move(waiting.unavailable);
  const auto next = next_frame(client_.today().plus(1));
  if (!next) return next.error();
  const auto gone = client_.parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    if (auto due = set_frame(writer, *next); !due) return due;
    if (outcome->code != Code::ok) {
      if (auto noted = note_refusal(writer, *outcome); !noted) return noted;
    }
    return writer.erase(unnamed_table, message.bytes());
  });
  if (!gone) return gone.error();
  return outcome;
}

Result<std::vector<std::pair<MessageId, Unnamed::Waiting>>> Unnamed::waiting() const {
  std::vector<std::pair<MessageId, Waiting>> all;
  auto read = client_.parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto kept = reader.scan(unnamed_table, {}, {}, max_waiting);
    if (!kept) return kept.error();
    for (const store::Record& record : *kept) {
      const auto message = MessageId::parse(record.key);
      auto one = decode(record.value);
      if (!message || !one) return unreadable_waiting;
      all.emplace_back(*message, *std::move(one));
    }
    return Done{};
  });
  if (!read) return read.error();
  return all;
}

Result<Done> Unnamed::flush() {
  auto all = waiting();
  if (!all) return all.error();
  Result<Done> first = Done{};
  for (auto& [message, one] : *all) {
    if (!one.at_once) continue;
    const auto outcome = settle(message, std::move(one));
    if (!outcome && first) first = outcome.error();  // one that cannot leave does not keep the others
  }
  return first;
}

Result<Done> Client::flush_unnamed() {
  return parts_.anonymously ? Unnamed(*this).flush() : Result<Done>(Done{});
}

Result<Done> Client::daily_frame() {
  return parts_.anonymously ? Unnamed(*this).frame_when_due() : Result<Done>(Done{});
}

Result<Done> Client::refresh_unnamed() {
  if (!parts_.anonymously) return check_fresh();
  auto link = parts_.anonymously(Office::broker);
  if (!link) return link.error();
  auto fresh = newer_metadata(files_, trusted_.network.root.version, [&](Request request) {
    return (*link)->ask(std::move(request), parts_.patience);
  });
  if (!fresh) return fresh.error();
  if ((*fresh)["timestamp"] == files_["timestamp"]) return check_fresh();
  return adopt(*std::move(fresh));
}

Result<Done> Client::hindered(const Planned& planned) {
  const auto hindrance = Unnamed(*this).hindered(planned);
  if (!hindrance) return hindrance.error();
  return *hindrance ? Result<Done>(**hindrance) : Done{};
}

Result<Client::Sent> Client::send_unnamed(Planned planned, const seal::ReceiptWords& words) {
  return Unnamed(*this).send(std::move(planned), words);
}

}  // namespace seinhuis::client
