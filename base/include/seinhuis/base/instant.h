#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "seinhuis/base/result.h"

namespace seinhuis {

// Wall-clock time in UTC. Read at the edge; everything below main takes it as a value.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

// The one seam for time. Called from any thread.
using Clock = std::function<Instant()>;
Instant system_now();

// A calendar day in Europe/Amsterdam, as u32 days since 1970-01-01. The law counts in these.
class Day {
 public:
  constexpr explicit Day(std::uint32_t days) : days_(days) {}
  static Day of(Instant at);
  // "YYYY-MM-DD", a day that exists, 1970..2999. Fails with malformed.
  static Result<Day> parse(std::string_view text);

  constexpr std::uint32_t days() const noexcept { return days_; }
  std::string text() const;
  // The first millisecond of this day in Amsterdam.
  Instant begins() const;
  constexpr Day plus(std::uint32_t more) const { return Day(days_ + more); }

  friend auto operator<=>(const Day&, const Day&) = default;

 private:
  std::uint32_t days_;
};

// Offset of Europe/Amsterdam from UTC: the EU rule (last Sundays of March and October, 01:00 UTC), 1996 on.
std::chrono::hours amsterdam_offset(Instant at);

// "YYYY-MM-DDThh:mm:ssZ".
std::string utc_text(Instant at);
Result<Instant> parse_utc(std::string_view text);

}  // namespace seinhuis
