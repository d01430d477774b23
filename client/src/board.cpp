#include "seinhuis/client/board.h"

#include <algorithm>
#include <map>

#include "seinhuis/board/cell.h"
#include "seinhuis/proof/board.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/proof/sign.h"
#include "seinhuis/seal/answer.h"
#include "seinhuis/wire/obligation.h"
#include "woken.h"

namespace seinhuis::client {
namespace {

constexpr std::uint64_t max_days = 1000;
constexpr std::uint64_t days_late = 3;    // that the newest closed day may lie back
constexpr std::uint32_t days_kept = 390;  // of the 400, as a day may be late
const Error untrue{Errc::unauthentic,
                   "the board does not hold: a day is missing, changed, or not in the log"};

Result<Reply> ask_board(std::uint64_t day, const AskBroker& ask) {
  Request request;
  request.action = Action::board;
  request.after = day;
  auto reply = ask(std::move(request));
  if (!reply) return reply;
  if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
  if (reply->code != Code::ok) return Error{Errc::refused, reply->text};
  return reply;
}

class Reading {
 public:
  Reading(const proof::Network& network, Day today, const seal::WordKeys& keys, const AskBroker& ask)
      : network_(network),
        directory_(network.directory_on(today)->directory),
        keys_(keys),
        ask_(ask),
        today_(today) {}

  Result<std::vector<BoardStep>> run() {
    const auto days = ask_board(0, ask_);
    if (!days) return days.error();
    if (days->items.empty()) return std::vector<BoardStep>{};
    if (days->items.size() != 2) return untrue;
    const std::uint64_t first = days->items[0].cursor;
    const std::uint64_t last = days->items[1].cursor;
    if (last < first || last - first >= max_days || last + days_late < today_.days()) return untrue;
    for (std::uint64_t day = first; day <= last; ++day) {
      if (auto read = read_day(Day(static_cast<std::uint32_t>(day))); !read) return read.error();
    }
    if (auto joined = check_heads(); !joined) return joined.error();
    // Only now, when nothing is asked any more: how long it takes to open some tells nobody.
    for (const auto& [day, cells] : cells_) {
      for (std::size_t at = 0; at < cells.size(); at += cell_size)
        try_cell(day, ByteView(cells).subspan(at, cell_size));
    }
    return steps();
  }

 private:
  Result<Done> read_day(Day day) {
    auto shown = fetch_day(network_, directory_, day, ask_);
    if (!shown) return shown.error();
    // The first that is shown is the first there was, or as old as days are kept.
    const bool begins = shown->record.previous.is_zero() || day.plus(days_kept) <= today_;
    if (last_record_.is_zero() ? !begins : shown->record.previous != last_record_) return untrue;
    last_record_ = proof::h32(encode(shown->record));
    cells_.emplace_back(day, std::move(shown->cells));
    proofs_[day] = shown->proof;
    return note_head(shown->proof.head);
  }

  // All heads are of one history, and of the one that the timestamp role signed.
  Result<Done> check_heads() {
    if (!network_.timestamp.head.empty()) {
      const auto head = decode_head(network_.timestamp.head);
      if (!head) return untrue;
      if (auto noted = note_head(*head); !noted) return noted;
    }
    const SignedHead* older = nullptr;
    for (const auto& [size, head] : heads_) {
      if (older != nullptr) {
        Request request;
        request.action = Action::growth;
        request.after = older->head.size;
        request.until = size;
        const auto reply = ask_(std::move(request));
        if (!reply) return reply.error();
        if (reply->items.size() != 1 ||
            !proof::extends(head.head, older->head, proof::path_in(reply->items[0].body)))
          return untrue;
      }
      older = &head;
    }
    return Done{};
  }

  Result<Done> note_head(const SignedHead& head) {
    const auto [known, fresh] = heads_.emplace(head.head.size, head);
    return fresh || known->second.head.root == head.head.root ? Result<Done>(Done{}) : untrue;
  }

  void try_cell(Day day, ByteView cell) {
    const auto text = board::open_cell(keys_.cell.reveal(), day, cell);
    if (!text) return;
    const ByteView rest = ByteView(*text).subspan(1);
    if (text->front() == std::byte{0}) return take_note(day, rest);
    if (const auto part = seal::open_part(rest, network_.id, keys_.reply.opening)) {
      pieces_[part->seq].emplace(part->part, Piece{*part, copy(rest)});
    }
  }

  void take_note(Day day, ByteView text) {
    Unpacker in(text);
    const auto note = decode_status_note(in.sized(cell_text));
    const bool ours = note && note->network == network_.id &&
                      proof::verifies(directory_.log_key, note->signature, unsigned_bytes(*note));
    if (ours) notes_.push_back({*note, day});
  }

  // By a key of any directory: what a desk said before it was removed stays said.
  bool signed_by(const std::string& desk, const Signature& signature, const Bytes& message) const {
    return std::ranges::any_of(network_.directories, [&](const proof::DirectoryVersion& version) {
      const auto found = std::ranges::find(version.directory.desks, desk, &metadata::DeskKeys::name);
      return found != version.directory.desks.end() && proof::verifies(found->signer, signature, message);
    });
  }

  std::vector<BoardStep> steps() {
    std::ranges::stable_sort(notes_, {},
                             [](const Shown& one) { return std::pair(one.note.day, order_of(one.note)); });
    std::vector<BoardStep> made;
    for (const Shown& one : notes_) {
      if (is_own(one.note)) h0_ = one.note.h0;
    }
    for (const Shown& one : notes_) {
      if (one.note.h0 != h0_) continue;
      const std::size_t before = made.size();
      add(one.note, made);
      if (made.size() == before) continue;
      made.back().shown = one.day;
      made.back().proof = proofs_.at(one.day);
    }
    return made;
  }

  // Within a day, of which no hour is known: a deadline stands before what would have met it.
  static int order_of(const StatusNote& note) {
    switch (note.step) {
      case StatusEntry::Step::accepted: return 0;
      case StatusEntry::Step::received: return 2;
      case StatusEntry::Step::outcome: return 4;
      case StatusEntry::Step::unreadable: return 6;
      case StatusEntry::Step::escalated: break;
    }
    const auto escalation = decode_escalation(note.statement);
    return escalation ? 2 * static_cast<int>(escalation->deadline) + 1 : 6;
  }

  // Of a message that these words signed; whoever has seen their address can have the broker accept another.
  bool is_own(const StatusNote& note) const {
    if (note.step != StatusEntry::Step::accepted) return false;
    const auto own = decode_own_accepted(note.statement);
    return own && own->record.h0 == note.h0 &&
           proof::continues(keys_.continues.key(), own->continuation.bytes(), network_.id, note.h0,
                            own->record.manifest);
  }

  void add(const StatusNote& note, std::vector<BoardStep>& made) const {
    if (note.step == StatusEntry::Step::accepted && !is_own(note)) return;
    BoardStep step{note.day, note.desk, "accepted", {}, {}, true, {}};
    if (note.step == StatusEntry::Step::received) {
      const auto receipt = decode_receipt(note.statement);
      if (!receipt || receipt->h0 != h0_ || receipt->desk != note.desk ||
          !signed_by(note.desk, receipt->signature, unsigned_bytes(*receipt)))
        return;  // the broker's word alone is no receipt
      step.status = receipt->authentic ? "received" : "not-authentic";
    }
    if (note.step == StatusEntry::Step::outcome) {
      const auto outcome = decode_outcome(note.statement);
      if (!outcome || outcome->parent != h0_ || outcome->desk != note.desk ||
          !signed_by(note.desk, outcome->signature, unsigned_bytes(*outcome)))
        return;  // the broker's word alone is no outcome
      step.status = to_string(outcome->status);
      step.reason = outcome->reason;
      step.next = outcome->next;
      const auto answer = answer_to(*outcome);
      step.readable = answer.has_value();
      step.outcome = *outcome;
      if (answer) step.text = answer->text;
    }
    if (note.step == StatusEntry::Step::unreadable) {
      const auto said = decode_unreadable(note.statement);
      if (!said || said->h0 != h0_ || said->desk != note.desk ||
          !proof::verifies(keys_.continues.key(), said->signature, unsigned_bytes(*said)))
        return;  // who has not the words cannot say so
      step.status = "onleesbaar";
    }
    if (note.step == StatusEntry::Step::escalated) {
      const auto escalation = decode_escalation(note.statement);
      if (!escalation || escalation->h0 != h0_ || escalation->desk != note.desk) return;
      step.status = escalation->next.empty() ? "no-response" : "escalated";
      step.reason = to_string(escalation->deadline);
      step.next = escalation->next;
      step.text = passed_over(*escalation);
    }
    made.push_back(std::move(step));
  }

  // The parts that this outcome is of, put together: signed by the same desk about the same.
  std::optional<BoardAnswer> answer_to(const OutcomeStatement& outcome) const {
    const auto found = pieces_.find(outcome.seq);
    if (found == pieces_.end()) return std::nullopt;
    // Desks count by themselves: parts of several may have the number.
    for (const auto& start : candidates(found->second)) {
      Bytes whole;
      std::vector<Bytes> parts;
      for (const Piece* piece : start) {
        append(whole, piece->part.piece);
        parts.push_back(piece->raw);
      }
      const auto answer = decode_board_answer(whole);
      if (answer && proof::parts_hash(parts) == outcome.manifest && answer->h0 == h0_ &&
          answer->desk == outcome.desk && answer->seq == outcome.seq && answer->status == outcome.status &&
          answer->reason == outcome.reason &&
          signed_by(answer->desk, answer->signature, unsigned_bytes(*answer)))
        return *answer;
    }
    return std::nullopt;
  }

  struct Piece {
    seal::AnswerPart part;
    Bytes raw;
  };
  using Pieces = std::multimap<std::uint8_t, Piece>;

  // Ways to put pieces together, few as there are: eight cells a desk.
  static std::vector<std::vector<const Piece*>> candidates(const Pieces& pieces) {
    constexpr std::size_t most = 4096;
    std::vector<std::vector<const Piece*>> done;
    std::vector<std::vector<const Piece*>> open{{}};
    while (!open.empty() && done.size() < most && open.size() < most) {
      std::vector<const Piece*> head = std::move(open.back());
      open.pop_back();
      const auto [from, until] = pieces.equal_range(static_cast<std::uint8_t>(head.size()));
      for (auto at = from; at != until; ++at) {
        if (!head.empty() && at->second.part.parts != head[0]->part.parts) continue;
        std::vector<const Piece*> longer = head;
        longer.push_back(&at->second);
        (longer.size() == at->second.part.parts ? done : open).push_back(std::move(longer));
      }
    }
    return done;
  }

  const proof::Network& network_;
  const metadata::Directory& directory_;
  const seal::WordKeys& keys_;
  const AskBroker& ask_;
  Hash last_record_ = Hash::zero();
  Day today_;
  std::vector<std::pair<Day, Bytes>> cells_;
  std::map<std::uint64_t, SignedHead> heads_;
  std::map<Day, LogProof> proofs_;  // of what the log says of a day
  struct Shown {
    StatusNote note;
    Day day;
  };
  std::vector<Shown> notes_;
  std::map<std::uint32_t, Pieces> pieces_;
  Hash h0_ = Hash::zero();
};

}  // namespace

Result<Done> report_unreadable(const proof::Network& network, const seal::WordKeys& keys,
                               const BoardStep& step, const AskBroker& ask) {
  require(step.outcome.has_value(), "an outcome can be unreadable, nothing else");
  const OutcomeStatement& outcome = *step.outcome;
  Unreadable said{network.id, outcome.parent, outcome.desk, outcome.seq, outcome.manifest, Signature::zero()};
  said.signature = keys.continues.sign(unsigned_bytes(said));
  Request request;
  request.action = Action::unreadable;
  request.body = encode(said);
  const auto reply = ask(std::move(request));
  if (!reply) return reply.error();
  if (reply->code == Code::busy || reply->code == Code::full || reply->code == Code::internal)
    return Error{Errc::busy, reply->text};
  return reply->code == Code::ok ? Result<Done>(Done{}) : Error{Errc::refused, reply->text};
}

// Its record is in the log, and of these cells.
Result<ShownDay> fetch_day(const proof::Network& network, const metadata::Directory& directory, Day day,
                           const AskBroker& ask) {
  const auto reply = ask_board(day.days(), ask);
  if (!reply) return reply.error();
  if (reply->items.size() != 3) return untrue;
  const auto record = decode_board_day(reply->items[0].body);
  const auto proof = decode_log_proof(reply->items[1].body);
  const Bytes& cells = reply->items[2].body;
  if (!record || !proof || record->network != network.id || record->day != day ||
      cells.size() != record->cells * cell_size || record->content != proof::h32(cells) ||
      !proof::proves(*proof, proof::log_leaf(LeafKind::board, Hash::zero(), reply->items[0].body), network.id,
                     directory.log_id, directory.log_key))
    return untrue;
  return ShownDay{*record, *proof, cells};
}

Result<std::vector<BoardStep>> read_board(const proof::Network& network, Day today,
                                          const seal::WordKeys& keys, const AskBroker& ask) {
  return Reading(network, today, keys, ask).run();
}

}  // namespace seinhuis::client
