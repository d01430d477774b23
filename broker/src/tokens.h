#pragma once

#include "seinhuis/broker/ledger.h"

// What the ledger remembers of tokens: that a desk has fetched those of a kind, and which were spent on what.
namespace seinhuis::broker {

// The organisations that fetched tokens of a kind, ascending.
Result<std::vector<std::string>> crowd_of(const store::Reader& reader, const TokenKind& kind);
// Forgets epochs whose tokens count no more; at most `limit` records.
Result<Done> forget_tokens(store::Writer& writer, Day today, std::size_t limit);

}  // namespace seinhuis::broker
