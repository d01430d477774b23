#pragma once

#include "seinhuis/client/client.h"
#include "seinhuis/wire/obligation.h"

// What the broker says that desks owe. Both fail with unreachable, busy, or unauthentic when the answer
// cannot be read.
namespace seinhuis::client {

// What this desk owes, the first deadline first.
Result<std::vector<Owed>> obligations(const Client& client);
// How desks answer, by name; for who supervises the log. Fails with refused for others.
Result<std::vector<DeskOverview>> overview(const Client& client);

// When something is expected next; nothing when every deadline passed.
std::optional<std::pair<Deadline, Instant>> next_deadline(const Owed& owed);

}  // namespace seinhuis::client
