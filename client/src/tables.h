#pragma once

#include "seinhuis/store/store.h"

// The tables of a desk's store.
namespace seinhuis::client {

constexpr store::Table state_table{1};     // name -> value: floor, head, instance
constexpr store::Table outbox_table{2};    // created (big-endian ms) || message -> Submission
constexpr store::Table sent_table{3};      // message -> KeptSent
constexpr store::Table inbox_table{4};     // message -> KeptDelivery
constexpr store::Table known_table{5};     // 's' or 'r' || h0 -> message: sent or received
constexpr store::Table note_out_table{6};  // desk -> u64 next seq || manifest of the last
constexpr store::Table note_in_table{7};   // signer || instance -> u64 seq || manifest
constexpr store::Table alarm_table{8};     // time (big-endian ms) || message -> code || text
constexpr store::Table outcome_table{9};   // parent h0 -> u32 last seq

}  // namespace seinhuis::client
