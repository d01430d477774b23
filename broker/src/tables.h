#pragma once

#include "seinhuis/base/instant.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/store/store.h"

// The tables of the broker's store. Numbers in keys are big-endian, so that byte order is their order.
namespace seinhuis::broker {

constexpr store::Table meta_table{1};    // name -> value
constexpr store::Table node_table{2};    // level || index -> hash
constexpr store::Table leaf_table{3};    // index -> kind || salt || record
constexpr store::Table signal_table{4};  // message -> StoredSignal
constexpr store::Table body_table{5};    // message -> Submission, until every receipt is in or it expires
constexpr store::Table queue_table{6};   // desk tag || cursor -> message || slot
constexpr store::Table old_h0_table{7};  // of format 2 and before: h0 -> message
constexpr store::Table status_table{8};  // message || number -> StoredStatus
constexpr store::Table record_table{9};  // message || desk tag -> StoredRecord
constexpr store::Table old_obligation_table{10};  // of v0.1.0: message || desk tag -> rule || deadlines
constexpr store::Table refusal_table{11};         // manifest -> leaf index
constexpr store::Table quota_table{12};           // desk tag || day -> count
constexpr store::Table card_table{13};            // desk tag || use || epoch -> card
constexpr store::Table expiry_table{14};          // day || message -> (nothing)
constexpr store::Table outcome_table{15};         // parent h0 || desk tag -> u64 last seq || u32 how many
constexpr store::Table place_table{16};           // message || desk tag -> cursor in the queue
constexpr store::Table revocation_table{17};      // hash of a statement || tag of its issuer -> revocation
constexpr store::Table applied_table{18};         // index of a delivery record -> revocations that it counted
constexpr store::Table evaluation_table{
    19};                                     // message || domain tag -> desk || count || hash of the elements
constexpr store::Table evaluated_table{20};  // day || organisation and domain tag -> elements
constexpr store::Table evaluation_day_table{21};  // day || key of evaluation_table -> (nothing)

constexpr store::Table hit_table{22};  // h0 || hash of the pair -> salt || u64 leaf || HitRecord; under both
constexpr store::Table hit_day_table{23};          // day || key of hit_table -> (nothing)
constexpr store::Table issued_table{24};           // token kind || desk tag -> hash of what was issued
constexpr store::Table crowd_table{25};            // token kind || organisation tag -> organisation
constexpr store::Table spent_table{26};            // token kind || nonce -> what it was spent on
constexpr store::Table evaluated_total_table{27};  // day || domain tag -> EvaluationCount
constexpr store::Table waiting_cell_table{28};     // u8 sort || salt -> key of the cell || its text
constexpr store::Table board_table{29};            // day -> u64 leaf || BoardDay || the cells
constexpr store::Table answer_cells_table{30};     // h0 || desk tag -> cells of its answers
constexpr store::Table batch_table{31};            // day || hash -> message that is released then
constexpr store::Table quiet_node_table{32};       // as node_table, leaf_table
constexpr store::Table quiet_leaf_table{33};
constexpr store::Table quiet_waiting_table{34};  // leaf -> what is appended when the day is over
constexpr store::Table quiet_index_table{35};    // leaf -> index
constexpr store::Table cell_owner_table{36};     // salt of a waiting cell -> its key in posted_table
constexpr store::Table posted_table{37};         // h0 || desk tag || u32 seq || u8 part -> PostedCell

constexpr store::Table owed_table{38};      // message || desk tag -> Obligation
constexpr store::Table due_table{39};       // u64 milliseconds || key of owed_table -> (nothing)
constexpr store::Table open_table{40};      // desk tag || message -> (nothing), what it has open
constexpr store::Table silence_table{41};   // desk tag || day it was last heard -> how many are open
constexpr store::Table woken_table{43};     // message || desk tag -> why its slot was woken
constexpr store::Table h0_day_table{44};    // u32 day || h0 -> message
constexpr store::Table measured_table{42};  // desk tag || u8 what || u16 month || u8 band -> count

// In the life of a message: of each of its 64 recipients 32 outcomes, a receipt and three deadlines at most.
constexpr std::size_t max_steps = 4096;
constexpr std::uint32_t max_outcomes = 32;  // of one desk about one message

enum Retention : std::uint8_t { keep = 0, signals = 1 };

inline void put_big(Bytes& out, std::uint64_t value, std::size_t size) {
  for (std::size_t n = size; n-- > 0;) out.push_back(static_cast<std::byte>(value >> (8 * n) & 0xFFU));
}
inline std::uint64_t big(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::byte b : bytes) value = value << 8U | std::to_integer<std::uint64_t>(b);
  return value;
}

inline Bytes number_key(std::uint64_t value) {
  Bytes key;
  put_big(key, value, 8);
  return key;
}
inline std::uint64_t milliseconds_of(Instant at) {
  return static_cast<std::uint64_t>(at.time_since_epoch().count());
}
constexpr std::size_t desk_tag_size = 16;
// Keys are not sealed, so a desk stands in them by a tag and not by its name.
inline Bytes desk_tag(std::string_view desk) {
  const Hash hash = proof::h32(Packer().label("desk-tag").text(desk).bytes());
  return copy(hash.bytes().first<desk_tag_size>());
}
inline Bytes desk_key(std::string_view desk, std::uint64_t value) {
  Bytes key = desk_tag(desk);
  put_big(key, value, 8);
  return key;
}
template <class Id>
Bytes joined_key(const Id& id, ByteView rest) {
  Bytes key = copy(id.bytes());
  append(key, rest);
  return key;
}

// The shelf of a record that may be forgotten after `day`.
inline store::Shelf shelf_until(Day day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day.days()))};
  const int months = (int(date.year()) - 1970) * 12 + int(unsigned(date.month())) - 1;
  return {Retention::signals, static_cast<std::uint16_t>(months)};
}

}  // namespace seinhuis::broker
