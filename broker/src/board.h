#pragma once

#include "log_store.h"
#include "seinhuis/wire/board.h"
#include "stored.h"

// The feedback board in the store: what waits to be posted, and the days that are closed.
namespace seinhuis::broker {

enum class CellSort : std::uint8_t { status = 0, answer = 1 };  // the order in which a full day takes them

// `text` is cell_text - 1 bytes or fewer: what stands behind the sort of the cell. `salt` is fresh.
Result<Done> post_cell(store::Writer& writer, const StoredSignal& signal, CellSort sort, ByteView text,
                       const Hash& salt, Day today);
// The key of a part of an answer among what is posted; without `part` the prefix of all of them.
Bytes posted_key(const Hash& h0, std::string_view desk, std::uint32_t seq);
// Remembers for whom to note where the cell with this salt ends up.
Result<Done> note_owner(store::Writer& writer, const Hash& salt, ByteView key, Day today);
// Every day before `today` that is not closed yet: what waits goes into the first of them, random bytes fill
// each up, the cells stand in the order of their hashes. What does not fit waits for the next day. Gives how
// many days were closed.
Result<std::size_t> close_days(store::Writer& writer, LogWriter& log, const Head& quiet, const Hash& network,
                               Day today, const Hash& salt);
// Removes days that are closed longer than anybody's answer is kept.
Result<Done> forget_days(store::Writer& writer, Day today);

}  // namespace seinhuis::broker
