#pragma once

#include "seinhuis/store/store.h"

// How many deliveries the broker still owes: slots of accepted messages without a receipt. Each needs room
// for its record and receipt, so that what was accepted can leave also when the store is nearly full.
namespace seinhuis::broker {

Result<Done> owe(store::Writer& writer, std::size_t slots);
Result<Done> settle(store::Writer& writer, std::size_t slots);
// `bytes` fit beside everything that is owed.
Result<bool> has_room(const store::Writer& writer, std::size_t bytes);

}  // namespace seinhuis::broker
