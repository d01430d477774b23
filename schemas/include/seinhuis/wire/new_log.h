#pragma once

#include <optional>

#include "seinhuis/wire/record.h"

namespace seinhuis {

// The first leaf of a log that goes on where another ended: after a restore, with what the copy held.
// L"new-log" || network || u64 until, ms || day || signed head || signed quiet head, or nothing.
struct NewLog {
  Hash network = Hash::zero();
  Instant until{};  // when the copy was made; what the broker accepted later is not in it
  Day day{0};       // on which the log goes on
  SignedHead head;  // the last of the log before, in this store
  std::optional<SignedHead> quiet;
  friend bool operator==(const NewLog&, const NewLog&) = default;
};
Bytes encode(const NewLog& record);
Result<NewLog> decode_new_log(ByteView raw);

}  // namespace seinhuis
