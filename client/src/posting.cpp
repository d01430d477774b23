#include <algorithm>

#include "all_given.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/board/cell.h"
#include "seinhuis/client/board.h"
#include "seinhuis/client/client.h"
#include "seinhuis/policy/role_class.h"
#include "seinhuis/proof/board.h"
#include "seinhuis/seal/answer.h"
#include "tables.h"

// Feedback to a melder who is not named: through cells of the board, and of the same plan as any feedback.
namespace seinhuis::client {
namespace {

constexpr std::size_t max_waiting = 1000;

// Every part stands in a cell of a closed day that the log proves.
Result<bool> on_board(const Posting& posting, const proof::Network& network, Day today,
                      const AskBroker& ask) {
  Request request;
  request.action = Action::posted;
  request.body = Packer().raw(posting.outcome.parent.bytes()).number(posting.outcome.seq).take();
  const auto reply = ask(std::move(request));
  if (!reply) return reply.error();
  if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
  if (reply->items.size() != posting.parts.size()) return false;
  const metadata::Directory& directory = network.directory_on(today)->directory;
  for (std::size_t n = 0; n < posting.parts.size(); ++n) {
    const auto cell = decode_posted(reply->items[n].body);
    if (!cell) return false;
    const auto day = fetch_day(network, directory, cell->day, ask);
    if (!day && day.error().code != Errc::unauthentic && day.error().code != Errc::refused)
      return day.error();
    const std::size_t at = std::size_t{cell->index} * cell_size;
    if (!day || at + cell_size > day->cells.size()) return false;
    const auto text =
        board::open_with_subkey(cell->subkey, cell->day, ByteView(day->cells).subspan(at, cell_size));
    if (!text || text->front() != std::byte{1} ||
        !std::ranges::equal(ByteView(*text).subspan(1), posting.parts[n]))
      return false;
  }
  return true;
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
    auto gone = parts_.store.write([&](store::Writer& writer) -> Result<Done> {
      Bytes posted = ordered_key(today().days());
      append(posted, record.value);
      if (reply->code == Code::ok) {
        if (auto put = writer.put(posted_table, record.key, posted, store::permanent); !put) return put;
      }
      return writer.erase(posting_table, record.key);
    });
    if (!gone) return gone;
  }
  return first;
}

// What was posted is on the board soon after: a full day may leave it to the next. One that is not is an
// alarm.
Result<Done> Client::check_postings() {
  constexpr std::uint64_t patience_days = 3;
  std::vector<store::Record> posted;
  auto read = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    auto kept = reader.scan(posted_table, {}, {}, max_waiting);
    if (!kept) return kept.error();
    posted = *std::move(kept);
    return Done{};
  });
  if (!read) return read;
  for (const store::Record& record : posted) {
    const std::uint64_t day = number_in(ByteView(record.value).first(8));
    const auto posting = decode_posting(ByteView(record.value).subspan(8));
    if (!posting || day >= today().days()) continue;
    const auto there = on_board(*posting, trusted_.network, today(),
                                [this](Request request) { return ask(std::move(request)); });
    if (!there) return there.error();
    if (!*there && day + patience_days > today().days()) continue;
    if (!*there) {
      auto raised = raise(
          {AlarmCode::not_posted, "an answer that the broker took is not on the board", MessageId::zero()});
      if (!raised) return raised;
    }
    auto gone =
        parts_.store.write([&](store::Writer& writer) { return writer.erase(posted_table, record.key); });
    if (!gone) return gone;
  }
  return Done{};
}

}  // namespace seinhuis::client
