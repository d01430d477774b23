#pragma once

#include "seinhuis/base/fixed_id.h"
#include "seinhuis/store/store.h"

// The tables of a desk's store.
namespace seinhuis::client {

constexpr store::Table state_table{1};   // name -> value: floor, head, instance
constexpr store::Table outbox_table{2};  // created (big-endian ms) || message -> Submission
constexpr store::Table sent_table{3};    // message -> KeptSent
constexpr store::Table inbox_table{4};   // message -> KeptDelivery
constexpr store::Table known_table{5};   // 's' or 'r' || h0 -> message: sent or received
constexpr store::Table note_out_table{
    6};                                   // desk -> u64 next seq || manifest of the last || of the one before
constexpr store::Table note_in_table{7};  // signer || instance -> u64 seq || manifest
constexpr store::Table alarm_table{8};    // message || code || hash of the text -> KeptAlarm
constexpr store::Table outcome_table{9};  // parent h0 -> u32 last seq
constexpr store::Table revoking_table{10};  // hash of a revocation -> the revocation, until the broker has it
constexpr store::Table supplement_table{12};  // message -> what of it a supplement with pseudonyms needs

constexpr store::Table pseudonym_table{13};  // own pseudonym || h0 || u16 entry -> in which message it stands
constexpr store::Table neighbour_table{14};  // thread || thread that shares an identifier -> a message of it
constexpr store::Table hit_table{15};        // day (big-endian) || hash of the pair -> PendingHit
constexpr store::Table linked_day_table{18};  // day (big-endian) || table || key of it -> (nothing)
constexpr store::Table checked_table{16};  // h0 || u16 entry -> the pseudonyms there, which this desk checked
constexpr store::Table token_table{19};    // token kind || nonce -> what it is worth
constexpr store::Table token_batch_table{
    20};  // token kind -> nonces and blinds that are on their way, or "fetched"
constexpr store::Table unnamed_table{21};  // message -> what names nobody and is on its way (unnamed.cpp)
constexpr store::Table crowd_table{22};  // epoch (big-endian) || class -> u32 organisations that have tokens
constexpr store::Table posting_table{23};  // h0 || u32 seq -> Posting, until the broker has it
constexpr store::Table promise_table{
    24};  // message -> day (big-endian) of a record that was promised to the log
constexpr store::Table posted_table{
    25};  // h0 || u32 seq -> day (big-endian) || Posting, until it is on the board
constexpr store::Table refused_unnamed_table{26};  // day (big-endian) || random -> why, and no more
constexpr store::Table once_table{29};  // keyed hash of what a caller named it -> message that was sent so
constexpr store::Table shown_hit_table{17};  // h0_a || e_a || h0_b || e_b -> leaf of the hit

constexpr store::Table signed_head_table{
    11};  // day (big-endian) -> u64 size of the log at its first signed head

constexpr store::Table copy_table{
    30};  // day (big-endian) || what || id -> what the broker took, while it would take it again

// Big-endian, so that keys stand in the order of the numbers.
inline Bytes ordered_key(std::uint64_t number) {
  Bytes key;
  for (std::size_t n = 8; n-- > 0;) key.push_back(static_cast<std::byte>(number >> (8 * n) & 0xFFU));
  return key;
}

inline std::uint64_t number_in(ByteView ordered) {
  std::uint64_t number = 0;
  for (const std::byte one : ordered) number = number << 8U | std::to_integer<std::uint64_t>(one);
  return number;
}

inline Bytes known_key(char kind, const Hash& h0) {
  Bytes key{static_cast<std::byte>(kind)};
  append(key, h0.bytes());
  return key;
}

}  // namespace seinhuis::client
