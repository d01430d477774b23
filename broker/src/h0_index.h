#pragma once

#include "seinhuis/base/fixed_id.h"
#include "seinhuis/base/instant.h"
#include "seinhuis/store/store.h"

// Which message an h0 is of. The rows stand by the day on which they came: hashes that are spread over all
// there are would cost each message a page of its own in a large store.
namespace seinhuis::broker {

Result<Done> index_h0(store::Writer& writer, const Hash& h0, Day came, const MessageId& message,
                      store::Shelf shelf);
// Looks from the newest day back. Fails as the store does.
Result<std::optional<MessageId>> message_of(const store::Reader& reader, const Hash& h0);

}  // namespace seinhuis::broker
