#pragma once

#include "seinhuis/base/fixed_id.h"
#include "seinhuis/base/instant.h"
#include "seinhuis/base/random.h"

namespace seinhuis {

// A UUID of version 7 (RFC 9562, section 5.7): 48 bits of milliseconds, 74 random bits. Messages that are
// made one after the other then lie side by side in a store, and not each on a page of its own. `created` is
// what the prologue says: of what names nobody the beginning of its day, and so says nothing more.
MessageId new_message_id(Instant created, Random& random);

// The id without its time: what names a message to who may know that it is there, and not when it was made.
// Who has the message finds it by the 74 bits that are left.
MessageId without_time(const MessageId& message);

}  // namespace seinhuis
