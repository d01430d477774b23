#pragma once

#include "seinhuis/wire/record.h"

// What the feedback board carries for melders who are not named (schemas/PROTOCOL.md, "Board").
namespace seinhuis {

constexpr std::size_t cell_size = 1024;           // as it is published: nonce 24 || sealed
constexpr std::size_t cell_text = 984;            // what is sealed in it
constexpr std::size_t part_size = cell_text - 1;  // of a desk: enc 32 || sealed to the reply key
constexpr std::size_t cells_a_day = 128;          // real ones and random bytes
constexpr std::size_t cells_of_a_desk = 8;        // for one message

// One closed day. L"board" || network || u32 day || u32 number of cells || H32(all of them) || H32(the record
// of the day before, zero for the first) || u64 size || root of the quiet log when the day was closed. A leaf
// of the log.
struct BoardDay {
  Hash network = Hash::zero();
  Day day{0};
  std::uint32_t cells = 0;
  Hash content = Hash::zero();
  Hash previous = Hash::zero();
  std::uint64_t quiet_size = 0;
  Hash quiet_root = Hash::zero();
  friend bool operator==(const BoardDay&, const BoardDay&) = default;
};
Bytes encode(const BoardDay& day);
Result<BoardDay> decode_board_day(ByteView raw);

// What a note of acceptance rests on. signature of the words' key (proof/board.h) || accepted record.
struct OwnAccepted {
  Signature continuation = Signature::zero();
  AcceptedRecord record;
  friend bool operator==(const OwnAccepted&, const OwnAccepted&) = default;
};
Bytes encode(const OwnAccepted& own);
Result<OwnAccepted> decode_own_accepted(ByteView raw);

// What the broker says of a message. L"status-note" || network || h0 || u8 step || day || desk || what it
// rests on || signature under the log key.
struct StatusNote {
  Hash network = Hash::zero();
  Hash h0 = Hash::zero();
  StatusEntry::Step step = StatusEntry::Step::accepted;
  Day day{0};
  std::string desk;  // empty for accepted
  Bytes statement;   // OwnAccepted, Receipt, OutcomeStatement or Escalation
  Signature signature = Signature::zero();
  friend bool operator==(const StatusNote&, const StatusNote&) = default;
};
Bytes unsigned_bytes(const StatusNote& note);
Bytes encode(const StatusNote& note);
Result<StatusNote> decode_status_note(ByteView raw);

// What a desk says to the melder, in one or more parts. L"answer" || network || h0 || desk || u32 seq || u8
// status || reason || text || signature of the desk.
struct BoardAnswer {
  static constexpr std::size_t max_text = 6144;
  Hash network = Hash::zero();
  Hash h0 = Hash::zero();
  std::string desk;
  std::uint32_t seq = 0;
  Status status = Status::opgepakt;
  std::string reason;
  std::string text;
  Signature signature = Signature::zero();
  friend bool operator==(const BoardAnswer&, const BoardAnswer&) = default;
};
Bytes unsigned_bytes(const BoardAnswer& answer);
Bytes encode(const BoardAnswer& answer);
Result<BoardAnswer> decode_board_answer(ByteView raw);

// Where a part of an answer stands on the board, and what opens that cell: u32 day || u16 index || subkey 32.
struct PostedCell {
  Day day{0};
  std::uint16_t index = 0;
  Hash subkey = Hash::zero();
  friend bool operator==(const PostedCell&, const PostedCell&) = default;
};
Bytes encode(const PostedCell& cell);
Result<PostedCell> decode_posted(ByteView raw);

// From a desk to the broker: the clear outcome, whose hash is that of the parts. Outcome, then u8 n || n *
// part_size bytes.
struct Posting {
  OutcomeStatement outcome;
  std::vector<Bytes> parts;
  friend bool operator==(const Posting&, const Posting&) = default;
};
Bytes encode(const Posting& posting);
Result<Posting> decode_posting(ByteView raw);

}  // namespace seinhuis
