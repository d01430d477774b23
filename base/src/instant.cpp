#include "seinhuis/base/instant.h"

#include <charconv>
#include <cstdio>

namespace seinhuis {
namespace {

using namespace std::chrono;

sys_time<milliseconds> switch_of(year y, month m) { return sys_days(y / m / Sunday[last]) + hours(1); }

// Exactly `digits` decimal digits at `at`, or -1.
int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return -1;
  int value = -1;
  const char* first = text.data() + at;
  const auto [end, failed] = std::from_chars(first, first + digits, value);
  return failed == std::errc() && end == first + digits && *first != '-' ? value : -1;
}

}  // namespace

Instant system_now() { return floor<milliseconds>(system_clock::now()); }

hours amsterdam_offset(Instant at) {
  const year y = year_month_day(floor<days>(at)).year();
  return at >= switch_of(y, March) && at < switch_of(y, October) ? hours(2) : hours(1);
}

Day Day::of(Instant at) {
  const auto local = floor<std::chrono::days>(at + amsterdam_offset(at));
  return Day(static_cast<std::uint32_t>(local.time_since_epoch().count()));
}

Result<Day> Day::parse(std::string_view text) {
  const Error wrong{Errc::malformed, "not a date of the form YYYY-MM-DD"};
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return wrong;
  const int y = number_at(text, 0, 4);
  const int m = number_at(text, 5, 2);
  const int d = number_at(text, 8, 2);
  if (y < 1970 || y > 2999 || m < 1 || d < 1) return wrong;
  const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (!date.ok()) return Error{Errc::malformed, "no such day in the calendar"};
  return Day(static_cast<std::uint32_t>(sys_days(date).time_since_epoch().count()));
}

std::string Day::text() const {
  const year_month_day date{sys_days(std::chrono::days(days_))};
  char out[32];
  (void)std::snprintf(out, sizeof out, "%04d-%02u-%02u", int(date.year()), unsigned(date.month()),
                      unsigned(date.day()));
  return out;
}

Instant Day::begins() const {
  const sys_time<milliseconds> midnight = sys_days(std::chrono::days(days_));
  const Instant summer = midnight - hours(2);
  return amsterdam_offset(summer) == hours(2) ? summer : midnight - hours(1);
}

std::string utc_text(Instant at) {
  const auto date = floor<days>(at);
  const hh_mm_ss clock(floor<seconds>(at - date));
  char out[40];
  (void)std::snprintf(out, sizeof out, "T%02d:%02d:%02dZ", int(clock.hours().count()),
                      int(clock.minutes().count()), int(clock.seconds().count()));
  return Day(static_cast<std::uint32_t>(date.time_since_epoch().count())).text() + out;
}

Result<Instant> parse_utc(std::string_view text) {
  const Error wrong{Errc::malformed, "not a time of the form YYYY-MM-DDThh:mm:ssZ"};
  if (text.size() != 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != 'Z')
    return wrong;
  const auto date = Day::parse(text.substr(0, 10));
  if (!date) return date.error();
  const int h = number_at(text, 11, 2);
  const int m = number_at(text, 14, 2);
  const int s = number_at(text, 17, 2);
  if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59) return wrong;
  return Instant(sys_days(days(date->days())) + hours(h) + minutes(m) + seconds(s));
}

}  // namespace seinhuis
