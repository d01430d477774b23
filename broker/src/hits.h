#pragma once

#include "seinhuis/broker/ledger.h"

namespace seinhuis::broker {

// Whether `desk` may register that two messages share an identifier: both went to it, from two organisations,
// with a pseudonym of the same domain of its own and of the same type where the record says. Whether they are
// equal is not for the broker to know. Any thread.
std::variant<RegisterHit, Refusal> judge_hit(const World& world, std::string_view desk, HitRecord record,
                                             const Known& known, Day today);

// Something if a hit of this message is registered.
Result<std::optional<Done>> find_hit_in(const store::Reader& reader, const Hash& h0);

// Forgets at most `limit` hits that are older than what they are about. Their leaves stay.
Result<Done> forget_hits(store::Writer& writer, Day today, std::size_t limit);

}  // namespace seinhuis::broker
