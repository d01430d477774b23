#pragma once

#include "seinhuis/store/store.h"
#include "seinhuis/wire/obligation.h"
#include "seinhuis/wire/policy_bundle.h"

// What desks owe melders, as it stands in the store: the rows, which of them must be looked at next, which a
// desk has open, and the counts for who supervises.
namespace seinhuis::broker {

struct Obligation {
  std::string desk;
  Owed owed;
  bundle::Deadlines lengths;
  std::vector<std::string> chain;  // to whom it may still be escalated, in order
  bool resting = false;            // escalated, and nothing heard since: its deadlines run no more
  bool quiet = false;              // of a message that names nobody: no times but those that still run
  Day heard{0};                    // when the melder last had a word of this desk, or it was offered
  Day keep_until{0};

  bool open() const { return owed.met < deadlines; }
};
Bytes encode(const Obligation& obligation);
Result<Obligation> decode_obligation(ByteView raw);

// The deadline that runs now; nothing when none does.
std::optional<Deadline> running(const Obligation& obligation);
// When it must be looked at: to remind its desk, because a deadline passes, or because nobody need remember
// it.
std::optional<Instant> alarm_of(const Obligation& obligation);

Result<std::optional<Obligation>> find_obligation(const store::Reader& reader, const MessageId& message,
                                                  std::string_view desk);
// Puts it in the place of what stood there.
Result<Done> put_obligation(store::Writer& writer, Obligation obligation);
// Takes it away: its message is forgotten.
Result<Done> erase_obligation(store::Writer& writer, const Obligation& obligation);

// At most `limit` that must be looked at by `now`, the first first. One that cannot be read does not keep the
// others.
struct Due {
  std::vector<Obligation> obligations;
  std::size_t unreadable = 0;
};
Result<Due> due_by(const store::Reader& reader, Instant now, std::size_t limit);
Result<std::optional<Instant>> first_alarm(const store::Reader& reader);
// What a desk has open, in the order of the messages' ids, after `after` (zero: from the start).
Result<std::vector<Obligation>> open_of(const store::Reader& reader, ByteView desk_tag,
                                        const MessageId& after, std::size_t limit);
// The tags of desks that have something open, each once.
Result<std::vector<Bytes>> obliged_tags(const store::Reader& reader);

// Counts that a desk needed `took` to pick up or to say the first word about the matter.
Result<Done> measure(store::Writer& writer, std::string_view desk, Deadline deadline,
                     std::chrono::milliseconds took, Day today);
Result<Done> count_missed(store::Writer& writer, std::string_view desk, Day today);
// All that is counted of a desk. Counts under `least` are hidden.
Result<DeskOverview> overview_of(const store::Reader& reader, const std::string& desk, Day today,
                                 std::uint32_t least);

}  // namespace seinhuis::broker
