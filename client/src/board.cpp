#include "seinhuis/client/board.h"

#include <algorithm>
#include <map>

#include "seinhuis/board/cell.h"
#include "seinhuis/proof/board.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/proof/sign.h"
#include "seinhuis/seal/answer.h"

namespace seinhuis::client {
namespace {

constexpr std::uint64_t max_days = 1000;
const Error untrue{Errc::unauthentic,
                   "the board does not hold: a day is missing, changed, or not in the log"};

class Reading {
 public:
  Reading(const proof::Network& network, Day today, const seal::WordKeys& keys,
          const std::function<Result<Reply>(Request)>& ask)
      : network_(network), directory_(network.directory_on(today)->directory), keys_(keys), ask_(ask) {}

  Result<std::vector<BoardStep>> run() {
    const auto days = fetch(0);
    if (!days) return days.error();
    if (days->items.empty()) return std::vector<BoardStep>{};
    if (days->items.size() != 2) return untrue;
    const std::uint64_t first = days->items[0].cursor;
    const std::uint64_t last = days->items[1].cursor;
    if (last < first || last - first >= max_days) return untrue;
    for (std::uint64_t day = first; day <= last; ++day) {
      if (auto read = read_day(Day(static_cast<std::uint32_t>(day))); !read) return read.error();
    }
    if (auto joined = check_heads(); !joined) return joined.error();
    return steps();
  }

 private:
  Result<Reply> fetch(std::uint64_t day) const {
    Request request;
    request.action = Action::board;
    request.after = day;
    auto reply = ask_(std::move(request));
    if (!reply) return reply;
    if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
    if (reply->code != Code::ok) return Error{Errc::refused, reply->text};
    return reply;
  }

  // Its record is in the log, follows that of the day before, and is of these cells.
  Result<Done> read_day(Day day) {
    const auto reply = fetch(day.days());
    if (!reply) return reply.error();
    if (reply->items.size() != 3) return untrue;
    const Bytes& record = reply->items[0].body;
    const Bytes& cells = reply->items[2].body;
    const auto seen = decode_board_day(record);
    const auto proof = decode_log_proof(reply->items[1].body);
    if (!seen || !proof || seen->network != network_.id || seen->day != day ||
        cells.size() != seen->cells * cell_size || seen->content != proof::h32(cells) ||
        (!last_record_.empty() && seen->previous != proof::h32(last_record_)) ||
        !proof::proves(*proof, proof::log_leaf(LeafKind::board, Hash::zero(), record), network_.id,
                       directory_.log_id, directory_.log_key))
      return untrue;
    last_record_ = record;
    heads_.emplace(proof->head.head.size, proof->head);
    for (std::size_t at = 0; at < cells.size(); at += cell_size)
      try_cell(day, ByteView(cells).subspan(at, cell_size));
    return Done{};
  }

  // All heads are of one history, and of the one that the timestamp role signed.
  Result<Done> check_heads() {
    if (!network_.timestamp.head.empty()) {
      const auto head = decode_head(network_.timestamp.head);
      if (!head) return untrue;
      heads_.emplace(head->head.size, *head);
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

  void try_cell(Day day, ByteView cell) {
    const auto text = board::open_cell(keys_.cell.reveal(), day, cell);
    if (!text) return;
    const ByteView rest = ByteView(*text).subspan(1);
    if (text->front() == std::byte{0}) return take_note(rest);
    if (const auto part = seal::open_part(rest, network_.id, keys_.reply.opening)) {
      pieces_[part->seq].emplace(part->part, Piece{*part, copy(rest)});
    }
  }

  void take_note(ByteView text) {
    Unpacker in(text);
    const auto note = decode_status_note(in.sized(cell_text));
    const bool ours = note && note->network == network_.id &&
                      proof::verifies(directory_.log_key, note->signature, unsigned_bytes(*note));
    if (ours) notes_.push_back(*note);
  }

  // By a key of any directory: what a desk said before it was removed stays said.
  bool signed_by(const std::string& desk, const Signature& signature, const Bytes& message) const {
    return std::ranges::any_of(network_.directories, [&](const proof::DirectoryVersion& version) {
      const auto found = std::ranges::find(version.directory.desks, desk, &metadata::DeskKeys::name);
      return found != version.directory.desks.end() && proof::verifies(found->signer, signature, message);
    });
  }

  std::vector<BoardStep> steps() {
    std::ranges::stable_sort(notes_, {}, [](const StatusNote& note) {
      return std::pair(note.day, static_cast<std::uint8_t>(note.step));
    });
    std::vector<BoardStep> made;
    for (const StatusNote& note : notes_) {
      if (note.step == StatusEntry::Step::accepted) h0_ = note.h0;
    }
    for (const StatusNote& note : notes_) {
      if (note.h0 == h0_) add(note, made);
    }
    return made;
  }

  void add(const StatusNote& note, std::vector<BoardStep>& made) const {
    BoardStep step{note.day, note.desk, "accepted", {}, {}, true};
    if (note.step == StatusEntry::Step::received) {
      const auto receipt = decode_receipt(note.statement);
      step.readable = receipt && receipt->h0 == h0_ && receipt->desk == note.desk &&
                      signed_by(note.desk, receipt->signature, unsigned_bytes(*receipt));
      step.status = step.readable && !receipt->authentic ? "not-authentic" : "received";
    }
    if (note.step == StatusEntry::Step::outcome) {
      const auto outcome = decode_outcome(note.statement);
      if (!outcome || outcome->parent != h0_ || outcome->desk != note.desk ||
          !signed_by(note.desk, outcome->signature, unsigned_bytes(*outcome)))
        return;  // the broker's word alone is no outcome
      step.status = to_string(outcome->status);
      step.reason = outcome->reason;
      const auto answer = answer_to(*outcome);
      step.readable = answer.has_value();
      if (answer) step.text = answer->text;
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
  const std::function<Result<Reply>(Request)>& ask_;
  Bytes last_record_;
  std::map<std::uint64_t, SignedHead> heads_;
  std::vector<StatusNote> notes_;
  std::map<std::uint32_t, Pieces> pieces_;
  Hash h0_ = Hash::zero();
};

}  // namespace

Result<std::vector<BoardStep>> read_board(const proof::Network& network, Day today,
                                          const seal::WordKeys& keys,
                                          const std::function<Result<Reply>(Request)>& ask) {
  return Reading(network, today, keys, ask).run();
}

}  // namespace seinhuis::client
