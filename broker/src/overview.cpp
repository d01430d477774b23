#include <algorithm>

#include "obligations.h"
#include "tables.h"

// Counts of how desks answer: nothing in them says of which message.
namespace seinhuis::broker {
namespace {

constexpr std::uint8_t missed_rows = 0xFF;  // beside the deadlines
constexpr std::size_t most_days = 4000;
constexpr std::size_t most_rows = 4000;
constexpr std::uint32_t months_shown = 12;

std::uint16_t month_of(Day day) { return shelf_until(day).month; }

std::size_t band(std::uint64_t days) {
  std::size_t n = 0;
  while (n < band_days.size() && days >= band_days[n]) ++n;
  return n;
}

Result<Done> count(store::Writer& writer, std::string_view desk, std::uint8_t what, std::size_t in_band,
                   Day today) {
  Bytes key = desk_tag(desk);
  key.push_back(static_cast<std::byte>(what));
  put_big(key, month_of(today), 2);
  key.push_back(static_cast<std::byte>(in_band));
  const auto kept = writer.get(measured_table, key);
  if (!kept) return kept.error();
  return writer.put(measured_table, key, number_key((*kept ? big(**kept) : 0) + 1), store::permanent);
}

void add(std::uint32_t& to, std::uint64_t number) {
  to = static_cast<std::uint32_t>(std::min<std::uint64_t>(to + number, DeskOverview::hidden - 1));
}

void hide(std::uint32_t& number, std::uint32_t least) {
  if (number > 0 && number < least) number = DeskOverview::hidden;
}

}  // namespace

Result<Done> measure(store::Writer& writer, std::string_view desk, Deadline deadline,
                     std::chrono::milliseconds took, Day today) {
  const auto days = std::max<std::int64_t>(0, std::chrono::floor<std::chrono::days>(took).count());
  return count(writer, desk, static_cast<std::uint8_t>(deadline), band(static_cast<std::uint64_t>(days)),
               today);
}

Result<Done> count_missed(store::Writer& writer, std::string_view desk, Day today) {
  return count(writer, desk, missed_rows, 0, today);
}

Result<DeskOverview> overview_of(const store::Reader& reader, const std::string& desk, Day today,
                                 std::uint32_t least) {
  DeskOverview seen;
  seen.desk = desk;
  const auto silent = reader.scan(silence_table, desk_tag(desk), {}, most_days);
  if (!silent) return silent.error();
  for (const store::Record& row : *silent) {
    const std::uint64_t day = big(ByteView(row.key).subspan(desk_tag_size));
    add(seen.silence[band(today.days() - std::min<std::uint64_t>(day, today.days()))], big(row.value));
  }
  const auto measured = reader.scan(measured_table, desk_tag(desk), {}, most_rows);
  if (!measured) return measured.error();
  for (const store::Record& row : *measured) {
    const ByteView key = ByteView(row.key).subspan(desk_tag_size);
    const auto what = std::to_integer<std::uint8_t>(key[0]);
    const auto in_band = std::to_integer<std::size_t>(key[3]);
    if (big(key.subspan(1, 2)) + months_shown <= month_of(today) || in_band >= DeskOverview::bands) continue;
    add(what == missed_rows                                    ? seen.missed
        : what == static_cast<std::uint8_t>(Deadline::pick_up) ? seen.pick_up[in_band]
                                                               : seen.outcome[in_band],
        big(row.value));
  }
  for (auto* counts : {&seen.silence, &seen.pick_up, &seen.outcome}) {
    for (std::uint32_t& number : *counts) hide(number, least);
  }
  hide(seen.missed, least);
  return seen;
}

}  // namespace seinhuis::broker
