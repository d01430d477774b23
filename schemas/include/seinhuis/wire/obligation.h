#pragma once

#include <array>

#include "seinhuis/wire/record.h"

// What desks owe a melder, and by when (schemas/PROTOCOL.md, "Obligations").
namespace seinhuis {

// The deadlines of an obligation, in the order in which they come.
enum class Deadline : std::uint8_t { pick_up = 0, triage = 1, outcome = 2 };
constexpr std::size_t deadlines = 3;
std::string_view to_string(Deadline deadline) noexcept;

// The broker's word that a desk let a deadline pass. L"escalation" || network || h0 || desk || u8 deadline ||
// u64 due, milliseconds || next desk || u64 size || root of the log when it did. Of a message that names
// nobody `due` is the day's first moment, and the log the quiet one. An outcome of that desk for that message
// which stands in the log before `size` proves it a lie.
struct Escalation {
  Hash network = Hash::zero();
  Hash h0 = Hash::zero();
  std::string desk;
  Deadline deadline = Deadline::pick_up;
  Instant due{};
  std::string next;  // who must answer instead; empty: nobody is left ("no response")
  std::uint64_t log_size = 0;
  Hash log_root = Hash::zero();
  std::vector<std::string>
      passed;  // desks of the chain that the policy gives nothing today, or that are gone
  friend bool operator==(const Escalation&, const Escalation&) = default;
};
Bytes encode(const Escalation& escalation);
Result<Escalation> decode_escalation(ByteView raw);

// What a desk is shown when a chain has come to it. salt || escalation || its proof: a log proof, or a
// promise where nobody is named.
struct EscalationProof {
  Hash salt = Hash::zero();
  Bytes record;  // Escalation
  Bytes proof;
  friend bool operator==(const EscalationProof&, const EscalationProof&) = default;
};
Bytes encode(const EscalationProof& shown);
Result<EscalationProof> decode_escalation_proof(ByteView raw);

// The word of a melder who is not named that an answer on the board cannot be read, once for each.
// L"unreadable" || network || h0 || desk || u32 seq || hash of the parts, as in its outcome || signature of
// the words' key.
struct Unreadable {
  Hash network = Hash::zero();
  Hash h0 = Hash::zero();
  std::string desk;
  std::uint32_t seq = 0;
  Hash manifest = Hash::zero();
  Signature signature = Signature::zero();
  friend bool operator==(const Unreadable&, const Unreadable&) = default;
};
Bytes unsigned_bytes(const Unreadable& unreadable);
Bytes encode(const Unreadable& unreadable);
Result<Unreadable> decode_unreadable(ByteView raw);

// One thing that a desk owes, as the broker tells it. L"owed" || message || h0 || rule || u64 offered ||
// 3 * u64 due || u8 met || u8 missed || u8 reminded || u8 status, 0 without || next desk.
struct Owed {
  MessageId message = MessageId::zero();
  Hash h0 = Hash::zero();
  std::string rule;
  Instant offered{};
  std::array<Instant, deadlines> due{};
  std::uint8_t met = 0;       // how many of the deadlines need nothing more; 3: closed
  std::uint8_t missed = 0;    // bit n: that one passed
  std::uint8_t reminded = 0;  // bit n: three quarters of it went by
  std::optional<Status> status;
  std::string next;  // to whom it was escalated; it is owed all the same
  friend bool operator==(const Owed&, const Owed&) = default;
};
Bytes encode(const Owed& owed);
Result<Owed> decode_owed(ByteView raw);

// How a desk answers, in counts. Smaller ones than the policy's least-cell are not told (`hidden`).
// L"desk-overview" || desk || 3 * 6 * u32 || u32 missed.
struct DeskOverview {
  static constexpr std::size_t bands = 6;
  static constexpr std::uint32_t hidden = 0xFFFFFFFF;
  using Counts = std::array<std::uint32_t, bands>;
  std::string desk;
  Counts silence{};  // open obligations, by how long ago the melder last heard
  Counts pick_up{};  // of the last twelve months, by how long it took
  Counts outcome{};  // the same, until the first word about the matter
  std::uint32_t missed = 0;
  friend bool operator==(const DeskOverview&, const DeskOverview&) = default;
};
// Upper ends of the bands, days; the last has none.
constexpr std::array<std::uint32_t, DeskOverview::bands - 1> band_days = {1, 2, 5, 10, 30};
Bytes encode(const DeskOverview& overview);
Result<DeskOverview> decode_desk_overview(ByteView raw);

}  // namespace seinhuis
