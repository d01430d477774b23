#include "obligations.h"

#include <algorithm>

#include "tables.h"

namespace seinhuis::broker {
namespace {

constexpr std::size_t max_text = 200;
constexpr std::size_t max_chain = Prologue::max_recipients;  // a chain leads to slots of the message

Bytes row_key(const MessageId& message, std::string_view desk) { return joined_key(message, desk_tag(desk)); }

Bytes due_key(Instant at, ByteView row) {
  Bytes key;
  put_big(key, milliseconds_of(at), 8);
  append(key, row);
  return key;
}

Bytes open_key(const Obligation& obligation) {
  Bytes key = desk_tag(obligation.desk);
  append(key, obligation.owed.message.bytes());
  return key;
}

bool has(std::uint8_t bits, Deadline deadline) { return (bits >> static_cast<unsigned>(deadline) & 1U) != 0; }

std::chrono::minutes length(const bundle::Deadlines& lengths, Deadline deadline) {
  return std::chrono::minutes(deadline == Deadline::pick_up  ? lengths.pick_up
                              : deadline == Deadline::triage ? lengths.triage
                                                             : lengths.outcome);
}

// Of what names nobody only the times of deadlines that still run are kept finer than to the day.
void coarsen(Obligation& obligation) {
  obligation.owed.offered = Day::of(obligation.owed.offered).begins();
  for (std::size_t n = 0; n < deadlines; ++n) {
    const bool over = n < obligation.owed.met || has(obligation.owed.missed, static_cast<Deadline>(n));
    if (over || obligation.resting) obligation.owed.due[n] = Day::of(obligation.owed.due[n]).begins();
  }
}

Result<Done> add_to(store::Writer& writer, store::Table table, ByteView key, int by) {
  const auto kept = writer.get(table, key);
  if (!kept) return kept.error();
  const std::uint64_t now = *kept ? big(**kept) : 0;
  require(by >= 0 || now > 0, "what is taken from a count was counted");
  const std::uint64_t then = by >= 0 ? now + 1 : now - 1;
  return then == 0 ? writer.erase(table, key) : writer.put(table, key, number_key(then), store::permanent);
}

Bytes silence_key(const Obligation& obligation) {
  Bytes key = desk_tag(obligation.desk);
  put_big(key, obligation.heard.days(), 4);
  return key;
}

// The index entries and counts of a row that is there.
Result<Done> unlist(store::Writer& writer, const Obligation& obligation) {
  if (!obligation.open()) return Done{};
  const Bytes row = row_key(obligation.owed.message, obligation.desk);
  if (const auto alarm = alarm_of(obligation)) {
    if (auto gone = writer.erase(due_table, due_key(*alarm, row)); !gone) return gone;
  }
  if (auto gone = writer.erase(open_table, open_key(obligation)); !gone) return gone;
  return add_to(writer, silence_table, silence_key(obligation), -1);
}
Result<Done> list(store::Writer& writer, const Obligation& obligation) {
  if (!obligation.open()) return Done{};
  const Bytes row = row_key(obligation.owed.message, obligation.desk);
  const store::Shelf shelf = shelf_until(obligation.keep_until);
  if (const auto alarm = alarm_of(obligation)) {
    if (auto put = writer.put(due_table, due_key(*alarm, row), {}, shelf); !put) return put;
  }
  if (auto put = writer.put(open_table, open_key(obligation), {}, shelf); !put) return put;
  return add_to(writer, silence_table, silence_key(obligation), 1);
}

}  // namespace

Bytes encode(const Obligation& o) {
  Packer out;
  out.text(o.desk).sized(encode(o.owed)).number(o.lengths.pick_up).number(o.lengths.triage);
  out.number(o.lengths.outcome).number(o.lengths.working);
  out.number(static_cast<std::uint8_t>(o.chain.size()));
  for (const std::string& desk : o.chain) out.text(desk);
  const int flags = (o.resting ? 1 : 0) + (o.quiet ? 2 : 0);
  return out.number(static_cast<std::uint8_t>(flags)).day(o.heard).day(o.keep_until).take();
}

Result<Obligation> decode_obligation(ByteView raw) {
  Unpacker in(raw);
  Obligation o;
  o.desk = in.text(max_text);
  const auto owed = decode_owed(in.sized(1024));
  o.lengths.pick_up = in.number<std::uint32_t>();
  o.lengths.triage = in.number<std::uint32_t>();
  o.lengths.outcome = in.number<std::uint32_t>();
  o.lengths.working = in.number<std::uint8_t>();
  const auto count = in.number<std::uint8_t>();
  for (std::uint8_t n = 0; n < count && !in.failed(); ++n) o.chain.push_back(in.text(max_text));
  const auto flags = in.number<std::uint8_t>();
  o.resting = (flags & 1U) != 0;
  o.quiet = (flags & 2U) != 0;
  o.heard = in.day();
  o.keep_until = in.day();
  if (!owed || !in.ok() || count > max_chain) return Error{Errc::io, "a stored obligation cannot be read"};
  o.owed = *owed;
  return o;
}

std::optional<Deadline> running(const Obligation& obligation) {
  if (obligation.resting) return std::nullopt;
  for (std::size_t n = obligation.owed.met; n < deadlines; ++n) {
    if (!has(obligation.owed.missed, static_cast<Deadline>(n))) return static_cast<Deadline>(n);
  }
  return std::nullopt;
}

std::optional<Instant> alarm_of(const Obligation& obligation) {
  if (!obligation.open()) return std::nullopt;
  const auto deadline = running(obligation);
  const Instant end = obligation.keep_until.plus(1).begins();
  if (!deadline) return end;
  const Instant due = obligation.owed.due[static_cast<std::size_t>(*deadline)];
  const auto quarter = length(obligation.lengths, *deadline) / 4;
  return std::min(end, has(obligation.owed.reminded, *deadline) ? due : due - quarter);
}

Result<std::optional<Obligation>> find_obligation(const store::Reader& reader, const MessageId& message,
                                                  std::string_view desk) {
  const auto kept = reader.get(owed_table, row_key(message, desk));
  if (!kept) return kept.error();
  if (!*kept) return std::optional<Obligation>{};
  auto obligation = decode_obligation(**kept);
  if (!obligation) return obligation.error();
  return std::optional(*std::move(obligation));
}

Result<Done> put_obligation(store::Writer& writer, Obligation obligation) {
  const auto before = find_obligation(writer, obligation.owed.message, obligation.desk);
  if (!before) return before.error();
  if (*before) {
    if (auto gone = unlist(writer, **before); !gone) return gone;
  }
  if (obligation.quiet) coarsen(obligation);
  if (auto listed = list(writer, obligation); !listed) return listed;
  return writer.put(owed_table, row_key(obligation.owed.message, obligation.desk), encode(obligation),
                    shelf_until(obligation.keep_until));
}

Result<Done> erase_obligation(store::Writer& writer, const Obligation& obligation) {
  if (auto gone = unlist(writer, obligation); !gone) return gone;
  return writer.erase(owed_table, row_key(obligation.owed.message, obligation.desk));
}

Result<Due> due_by(const store::Reader& reader, Instant now, std::size_t limit) {
  const auto listed = reader.scan(due_table, {}, {}, limit);
  if (!listed) return listed.error();
  Due due;
  for (const store::Record& entry : *listed) {
    if (big(ByteView(entry.key).first(8)) > milliseconds_of(now)) break;
    const auto row = reader.get(owed_table, ByteView(entry.key).subspan(8));
    if (!row) return row.error();
    auto obligation = *row ? decode_obligation(**row) : Result<Obligation>(Error{Errc::absent, ""});
    if (obligation) {
      due.obligations.push_back(*std::move(obligation));
    } else {
      ++due.unreadable;
    }
  }
  return due;
}

Result<std::optional<Instant>> first_alarm(const store::Reader& reader) {
  const auto first = reader.scan(due_table, {}, {}, 1);
  if (!first) return first.error();
  if (first->empty()) return std::optional<Instant>{};
  const auto at = static_cast<std::int64_t>(big(ByteView(first->front().key).first(8)));
  return std::optional(Instant(std::chrono::milliseconds(at)));
}

Result<std::vector<Obligation>> open_of(const store::Reader& reader, ByteView desk_tag,
                                        const MessageId& after, std::size_t limit) {
  Bytes from;
  if (!after.is_zero()) {
    from = copy(desk_tag);
    append(from, after.bytes());
  }
  const auto listed = reader.scan(open_table, desk_tag, from, limit);
  if (!listed) return listed.error();
  std::vector<Obligation> open;
  for (const store::Record& entry : *listed) {
    Bytes row = copy(ByteView(entry.key).subspan(desk_tag_size));
    append(row, desk_tag);
    const auto kept = reader.get(owed_table, row);
    if (!kept) return kept.error();
    auto obligation = *kept ? decode_obligation(**kept) : Result<Obligation>(Error{Errc::absent, ""});
    if (obligation) open.push_back(*std::move(obligation));  // else it is told of when it is due
  }
  return open;
}

Result<std::vector<Bytes>> obliged_tags(const store::Reader& reader) {
  std::vector<Bytes> tags;
  Bytes after;
  for (;;) {
    const auto next = reader.scan(open_table, {}, after, 1);
    if (!next) return next.error();
    if (next->empty()) return tags;
    tags.push_back(copy(ByteView(next->front().key).first(desk_tag_size)));
    after = tags.back();
    after.resize(desk_tag_size + MessageId::size, std::byte{0xFF});
  }
}

}  // namespace seinhuis::broker
