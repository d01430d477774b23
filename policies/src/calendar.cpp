#include "seinhuis/policy/calendar.h"

#include <algorithm>
#include <bit>

namespace seinhuis::policy {
namespace {

using std::chrono::minutes;
constexpr std::uint32_t longest_walk = 366;  // days
constexpr bundle::Hours usual{9 * 60, 17 * 60, 0b0011111};

// 0 = Monday; 1970-01-01 was a Thursday.
std::uint32_t weekday(Day day) { return (day.days() + 3) % 7; }

bool falls_on(const bundle::Hours& hours, Day day) { return (hours.days >> weekday(day) & 1U) != 0; }

// When the clocks of Amsterdam show that minute of the day; 24:00 is the next midnight.
Instant at_minute(Day day, std::uint16_t minute) {
  if (minute == 1440) return day.plus(1).begins();
  const Instant begins = day.begins();
  const Instant plain = begins + minutes(minute);
  return plain + (amsterdam_offset(begins) - amsterdam_offset(plain));
}

bool within(const bundle::Hours& hours, Day day, Instant at) {
  return falls_on(hours, day) && at >= at_minute(day, hours.opens) && at < at_minute(day, hours.closes);
}

std::uint32_t minutes_of(const bundle::Deadlines& lengths, Deadline deadline) {
  switch (deadline) {
    case Deadline::pick_up: return lengths.pick_up;
    case Deadline::triage: return lengths.triage;
    case Deadline::outcome: return lengths.outcome;
  }
  return 0;
}

// At most as many calendar days; holidays are seldom more than two weeks of them.
std::uint32_t days_for(const bundle::Calendar& calendar, std::uint32_t length, bool working) {
  constexpr std::uint32_t minutes_a_day = 1440;
  constexpr std::uint32_t holidays = 14;
  if (!working) return (length + minutes_a_day - 1) / minutes_a_day;
  const bundle::Hours hours = working_hours(calendar);
  const auto week = static_cast<std::uint32_t>(std::popcount(hours.days) * (hours.closes - hours.opens));
  return week == 0 ? longest_walk : (length + week - 1) / week * 7 + holidays;
}

}  // namespace

bundle::Hours working_hours(const bundle::Calendar& calendar) {
  return calendar.hours.closes == 0 ? usual : calendar.hours;
}

Instant after_working(const bundle::Calendar& calendar, Instant start, std::uint32_t wanted) {
  const bundle::Hours hours = working_hours(calendar);
  auto left = std::chrono::duration_cast<Instant::duration>(minutes(wanted));
  const Day first = Day::of(start);
  for (std::uint32_t n = 0; n <= longest_walk; ++n) {
    const Day day = first.plus(n);
    if (!falls_on(hours, day) ||
        std::ranges::binary_search(calendar.holidays, day.days(), {}, &bundle::Holiday::day))
      continue;
    const Instant opens = std::max(start, at_minute(day, hours.opens));
    const Instant closes = at_minute(day, hours.closes);
    if (opens >= closes) continue;
    if (left <= closes - opens) return opens + left;
    left -= closes - opens;
  }
  return first.plus(longest_walk).begins();
}

bool on_duty(const bundle::Calendar& calendar, std::string_view desk, Instant at) {
  const auto roster = std::ranges::find(calendar.rosters, desk, &bundle::Roster::desk);
  if (roster == calendar.rosters.end()) return true;
  const Day day = Day::of(at);
  if (std::ranges::any_of(roster->away, [&](const bundle::Period& away) { return away.holds(day); }))
    return false;
  return std::ranges::any_of(roster->duty, [&](const bundle::Hours& duty) { return within(duty, day, at); });
}

const bundle::Deadlines& lengths_of(const bundle::Rule& rule, bool urgent) {
  return urgent && rule.urgent.pick_up != 0 ? rule.urgent : rule.deadlines;
}

Instant due_at(const bundle::Calendar& calendar, const bundle::Deadlines& lengths, Deadline deadline,
               Instant start) {
  const std::uint32_t wanted = minutes_of(lengths, deadline);
  const bool working = (lengths.working >> static_cast<unsigned>(deadline) & 1U) != 0;
  return working ? after_working(calendar, start, wanted) : start + minutes(wanted);
}

std::uint32_t message_life(const bundle::Policy& policy) {
  constexpr std::uint32_t least = 30;
  constexpr std::uint32_t slack = 7;
  std::uint32_t longest = least;
  for (const bundle::Rule& rule : policy.rules) {
    if (rule.deadlines.pick_up == 0) continue;
    const bool working = (rule.deadlines.working >> static_cast<unsigned>(Deadline::outcome) & 1U) != 0;
    const std::uint32_t one = days_for(policy.calendar, rule.deadlines.outcome, working);
    const auto desks = static_cast<std::uint32_t>(1 + rule.chain.size());
    longest = std::max(longest, std::min(one, Prologue::longest_life_days) * desks + slack);
  }
  return std::min(longest, Prologue::longest_life_days);
}

}  // namespace seinhuis::policy
