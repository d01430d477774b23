#pragma once

#include "log_store.h"
#include "seinhuis/broker/world.h"

// A log that goes on under a new id, after a restore: the root says so, and what the copy did not hold is
// gone.
namespace seinhuis::broker {

// When the directory names another log than the last head: appends the leaf that says where the old one
// ended, signs the quiet log's head anew, and lets no deadline pass for a day. The caller closes `log`.
Result<Done> continue_log(store::Writer& writer, LogWriter& log, const proof::Signer& key, const World& world,
                          Instant now, const Hash& salt);
// That leaf with its proof (`Accepted`) for each time that the log went on, at most 8, the newest first.
Result<std::vector<Bytes>> origins_of(const store::Reader& reader);
// The day on which the log went on last; nothing as above.
Result<std::optional<Day>> continued_on(const store::Reader& reader);
// Before this no deadline passes: desks say again what a restored store lost.
Result<Instant> held_until(const store::Reader& reader);
// Whether that is so `now`; shortens it to a day from now.
Result<bool> hold(store::Writer& writer, Instant now);

}  // namespace seinhuis::broker
