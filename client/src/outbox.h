#pragma once

#include "seinhuis/client/kept.h"
#include "seinhuis/store/store.h"

namespace seinhuis::client {

// After everything that is queued, whatever the clock did since: what is sealed first leaves first.
Result<Bytes> next_outbox_key(store::Writer& writer, const KeptSent& kept);

}  // namespace seinhuis::client
