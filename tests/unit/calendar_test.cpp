#include "seinhuis/policy/calendar.h"

#include "support.h"

using namespace seinhuis;
using namespace seinhuis::test;
using namespace std::chrono_literals;

namespace {

Instant at(const std::string& text) { return must(parse_utc(text)); }
Day day(const std::string& text) { return must(Day::parse(text)); }

// Nine to five in Amsterdam, Monday to Friday; Christmas Day 2026 is a Friday.
bundle::Calendar calendar() {
  bundle::Calendar made;
  made.hours = {9 * 60, 17 * 60, 0b0011111};
  made.holidays = {{day("2026-12-25").days(), "eerste kerstdag"}};
  return made;
}

}  // namespace

TEST_CASE("working time stands still at night, at weekends and on holidays") {
  // Thursday 24 December 2026, 16:00 in Amsterdam.
  const Instant eve = at("2026-12-24T15:00:00Z");
  CHECK(policy::after_working(calendar(), eve, 60) == at("2026-12-24T16:00:00Z"));
  CHECK(policy::after_working(calendar(), eve, 61) == at("2026-12-28T08:01:00Z"));
  CHECK(policy::after_working(calendar(), eve, 60 + 8 * 60) == at("2026-12-28T16:00:00Z"));
  CHECK(policy::after_working(calendar(), at("2026-12-26T12:00:00Z"), 30) == at("2026-12-28T08:30:00Z"));
}

TEST_CASE("nine o'clock is nine o'clock on both sides of the change to summer time") {
  // Friday 27 March 2026, 16:30; the clocks go forward in the night to Sunday 29.
  const Instant friday = at("2026-03-27T15:30:00Z");
  CHECK(policy::after_working(calendar(), friday, 60) == at("2026-03-30T07:30:00Z"));
  bundle::Calendar sundays = calendar();
  sundays.hours.days = 0b1000000;
  CHECK(policy::after_working(sundays, friday, 60) == at("2026-03-29T08:00:00Z"));
  // And on the Sunday in October that has 25 hours.
  CHECK(policy::after_working(sundays, at("2026-10-23T12:00:00Z"), 60) == at("2026-10-25T09:00:00Z"));
}

TEST_CASE("a calendar on which nobody works ends its deadlines within a year or so") {
  bundle::Calendar never = calendar();
  for (std::uint32_t n = 0; n < 400; ++n)
    never.holidays.push_back({day("2026-12-25").plus(n + 1).days(), ""});
  const Instant start = at("2026-12-25T12:00:00Z");
  CHECK(policy::after_working(never, start, 60) == day("2026-12-25").plus(366).begins());
}

TEST_CASE("a roster says whether somebody is on duty; a desk without one is taken to be there") {
  bundle::Calendar with = calendar();
  const bundle::Period away{day("2026-12-24").days(), day("2026-12-26").days()};
  with.rosters = {{"politie-noord/ovd", {{22 * 60, 24 * 60, 0b1111111}, {0, 6 * 60, 0b1111111}}, {away}}};
  CHECK(policy::on_duty(with, "politie-noord/ovd", at("2026-11-23T22:30:00Z")));
  CHECK(policy::on_duty(with, "politie-noord/ovd", at("2026-11-23T04:59:59Z")));
  CHECK_FALSE(policy::on_duty(with, "politie-noord/ovd", at("2026-11-23T05:00:00Z")));
  CHECK_FALSE(policy::on_duty(with, "politie-noord/ovd", at("2026-12-25T22:30:00Z")));
  CHECK(policy::on_duty(with, "politie-noord/avim-mensenhandel", at("2026-12-25T22:30:00Z")));
}

TEST_CASE("each deadline counts in its own time") {
  const bundle::Deadlines lengths{15, 8 * 60, 30 * 1440, false, 0b010};
  const Instant saturday = at("2026-11-28T12:00:00Z");
  CHECK(policy::due_at(calendar(), lengths, Deadline::pick_up, saturday) == saturday + 15min);
  CHECK(policy::due_at(calendar(), lengths, Deadline::triage, saturday) == at("2026-11-30T16:00:00Z"));
  CHECK(policy::due_at(calendar(), lengths, Deadline::outcome, saturday) == saturday + 30 * 24h);
}

TEST_CASE("messages live until the last deadline of the longest chain, and a week") {
  bundle::Policy policy;
  CHECK(policy::message_life(policy) == 30);
  bundle::Rule rule;
  rule.deadlines = {1440, 5 * 1440, 30 * 1440, false, 0};
  policy.rules = {rule};
  CHECK(policy::message_life(policy) == 37);
  policy.rules[0].chain = {"ovd", "kmar-mensenhandel"};
  CHECK(policy::message_life(policy) == 97);
  policy.rules[0].deadlines.outcome = 300 * 1440;
  CHECK(policy::message_life(policy) == Prologue::longest_life_days);
}
