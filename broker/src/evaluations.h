#pragma once

#include "seinhuis/broker/admission.h"
#include "seinhuis/store/store.h"

// What the ledger remembers of evaluations: which message they were for, and what an organisation has used of
// its quota. Of whom or what the identifiers were, nobody here ever knew.
namespace seinhuis::broker {

Result<std::optional<std::uint32_t>> find_evaluated_in(const store::Reader& reader,
                                                       const Evaluation& evaluation);
// Elements of the desk's organisation on the day.
Result<std::optional<std::uint64_t>> evaluated_on(const store::Reader& reader, const Evaluation& evaluation,
                                                  Day day);

// EvaluationCounts of the days before `today` that are kept, the oldest first.
Result<std::vector<Bytes>> evaluated_before(const store::Reader& reader, Day today);

// Removes at most `limit` of each that are older than 30 days.
Result<Done> forget_evaluations(store::Writer& writer, Day today, std::size_t limit);

}  // namespace seinhuis::broker
