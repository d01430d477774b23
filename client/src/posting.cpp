#include "seinhuis/base/packed.h"
#include "seinhuis/client/client.h"
#include "seinhuis/policy/explain.h"
#include "seinhuis/policy/role_class.h"
#include "seinhuis/proof/board.h"
#include "seinhuis/seal/answer.h"
#include "tables.h"

// Feedback to a melder who is not named: through cells of the board, and of the same plan as any feedback.
namespace seinhuis::client {
namespace {

constexpr std::size_t max_waiting = 1000;

// Every field that the melder would read is given; else the first that is not, and why.
Result<Done> all_given(const policy::Policy& policy, const policy::Facts& facts, const policy::Row& row,
                       const policy::Draft& message) {
  for (const auto& [name, texts] : message.fields) {
    const policy::Cell* cell = policy::cell_of(row, policy.field(name));
    if (cell != nullptr && cell->state == policy::CellState::given) continue;
    const auto why = cell == nullptr ? policy::explain(policy, facts, row, policy::Language::nl)
                                     : policy::explain(policy, facts, row, *cell, policy::Language::nl);
    const bool held = cell != nullptr && cell->state == policy::CellState::held;
    return Error{Errc::refused, name + (held ? " is held (" : " is not given (") +
                                    std::string(to_string(cell == nullptr ? row.gate : cell->gate)) + ", " +
                                    why.why + "); nothing was posted" +
                                    (held ? "; leave it out, or have it --redacted" : "")};
  }
  return Done{};
}

}  // namespace

Result<Client::Sent> Client::post(const FeedbackDraft& draft, policy::Draft message,
                                  const KeptDelivery& signal) {
  if (auto fresh = check_fresh(); !fresh) return fresh.error();
  auto facts = policy::facts_of(policy(), message, today());
  if (!facts) return facts.error();
  const policy::DeskSet givers =
      policy::desks_of_class(policy(), signal.mode == Mode::anonymous ? "" : signal.from);
  const policy::Row row = policy::row_for_melder(policy(), *facts, givers);
  if (auto given = all_given(policy(), *facts, row, message); !given) return given.error();
  auto outcome = next_outcome(draft, signal.h0);
  if (!outcome) return outcome.error();
  BoardAnswer answer{trusted_.network.id, signal.h0,    parts_.desk, outcome->seq,
                     draft.status,        draft.reason, draft.text,  Signature::zero()};
  answer.signature = parts_.keys.signer().sign(unsigned_bytes(answer));
  auto parts = seal::seal_answer(answer, signal.reply, parts_.keys.nonce_key(), parts_.random);
  if (!parts) return parts.error();
  outcome->manifest = proof::parts_hash(*parts);
  outcome->signature = parts_.keys.signer().sign(unsigned_bytes(*outcome));
  const Bytes key = Packer().raw(signal.h0.bytes()).number(outcome->seq).take();
  const auto kept = parts_.store.write([&](store::Writer& writer) {
    return writer.put(posting_table, key, seinhuis::encode(Posting{*outcome, *parts}), store::permanent);
  });
  if (!kept) return kept.error();
  Sent sent;
  sent.kept.message = signal.message;
  sent.kept.kind = Kind::feedback;
  sent.kept.manifest = outcome->manifest;
  const auto flushed = flush_postings();
  if (flushed) {
    sent.kept.state = KeptSent::State::accepted;
  } else if (flushed.error().code != Errc::unreachable && flushed.error().code != Errc::busy) {
    return flushed.error();
  }
  sent.planned.draft = std::move(message);
  sent.planned.facts = *std::move(facts);
  return sent;
}

// What the broker refuses is said once and gone; what it cannot take now waits.
Result<Done> Client::flush_postings() {
  std::vector<store::Record> waiting;
  auto read = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    auto kept = reader.scan(posting_table, {}, {}, max_waiting);
    if (!kept) return kept.error();
    waiting = *std::move(kept);
    return Done{};
  });
  if (!read) return read;
  Result<Done> first = Done{};
  for (const store::Record& record : waiting) {
    Request request;
    request.action = Action::post;
    request.body = record.value;
    const auto reply = ask(std::move(request));
    if (!reply) return reply.error();
    if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
    if (reply->code == Code::full || reply->code == Code::internal) return Error{Errc::busy, reply->text};
    if (reply->code != Code::ok && first) first = Error{Errc::refused, reply->text};
    auto gone =
        parts_.store.write([&](store::Writer& writer) { return writer.erase(posting_table, record.key); });
    if (!gone) return gone;
  }
  return first;
}

}  // namespace seinhuis::client
