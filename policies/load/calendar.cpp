#include <algorithm>
#include <array>

#include "loader.h"

// calendar.yaml: working time, holidays, and who is on duty when (policies/LANGUAGE.md, "Deadlines").
namespace seinhuis::policy {
namespace {

constexpr std::array<std::string_view, 7> weekdays = {"ma", "di", "wo", "do", "vr", "za", "zo"};
constexpr int minutes_a_day = 1440;

// "hh:mm", up to "24:00"; -1 for another text.
int minute_of_day(const std::string& text) {
  if (text.size() != 5 || text[2] != ':') return -1;
  const auto digit = [&](std::size_t at) {
    return text[at] >= '0' && text[at] <= '9' ? text[at] - '0' : 100;
  };
  const int hour = digit(0) * 10 + digit(1);
  const int minute = digit(3) * 10 + digit(4);
  return minute < 60 && hour * 60 + minute <= minutes_a_day ? hour * 60 + minute : -1;
}

const std::vector<yaml::Node>& items_of(const yaml::Fields& in, std::string_view key, yaml::Report& report) {
  static const std::vector<yaml::Node> nothing;
  const yaml::Node* node = in.get(key);
  if (node == nullptr) return nothing;
  if (!node->is_list()) report.at(node->mark, "'" + std::string(key) + "' must be a list");
  return node->items;
}

}  // namespace

bundle::Hours Loader::hours(const Fields& in) {
  bundle::Hours made;
  for (const Node* day : in.list("days")) {
    const auto* const found = std::ranges::find(weekdays, day->scalar);
    if (found == weekdays.end()) {
      report_.at(day->mark, "'" + day->scalar + "' is no day of the week; write ma, di, wo, do, vr, za, zo");
      continue;
    }
    made.days = static_cast<std::uint8_t>(made.days | 1U << (found - weekdays.begin()));
  }
  const int opens = minute_of_day(in.text("from"));
  const int closes = minute_of_day(in.text("until"));
  const Node* until = in.get("until");
  if (until != nullptr && (opens < 0 || closes <= opens))
    report_.at(until->mark, "hours are from hh:mm until a later hh:mm of the same day, at most 24:00");
  if (until != nullptr && made.days == 0) report_.at(until->mark, "hours without a day of the week");
  made.opens = static_cast<std::uint16_t>(std::max(opens, 0));
  made.closes = static_cast<std::uint16_t>(std::max(closes, 0));
  return made;
}

bundle::Period Loader::days_away(const Node& node) {
  const Fields in(node, report_, {"from", "until"});
  return period(in, node);
}

void Loader::take_calendar(const Node& root) {
  constexpr std::size_t most = 1000;
  const Fields in(root, report_, {"hours"}, {"holidays", "rosters"});
  if (const Node* node = in.get("hours"))
    policy_.calendar.hours = hours(Fields(*node, report_, {"days", "from", "until"}));
  if (const Node* holidays = in.get("holidays")) {
    for (const auto& [key, name] : holidays->entries) {
      const auto day = Day::parse(key.scalar);
      if (!day) {
        report_.at(key.mark, "'" + key.scalar + "': " + day.error().detail);
      } else {
        policy_.calendar.holidays.push_back({day->days(), name.scalar});
      }
    }
  }
  std::ranges::sort(policy_.calendar.holidays, {}, &bundle::Holiday::day);
  const Node* rosters = in.get("rosters");
  if (rosters == nullptr) return;
  for (const auto& [desk, value] : rosters->entries) {
    references_.push_back({Sort::desk, desk.scalar, desk.mark});
    const Fields one(value, report_, {"duty"}, {"away"});
    bundle::Roster roster{desk.scalar, {}, {}};
    for (const Node& duty : items_of(one, "duty", report_))
      roster.duty.push_back(hours(Fields(duty, report_, {"days", "from", "until"})));
    for (const Node& away : items_of(one, "away", report_)) roster.away.push_back(days_away(away));
    if (roster.duty.size() + roster.away.size() > most)
      report_.at(desk.mark, "a roster has at most 1,000 lines");
    policy_.calendar.rosters.push_back(std::move(roster));
  }
  std::ranges::sort(policy_.calendar.rosters, {}, &bundle::Roster::desk);
}

}  // namespace seinhuis::policy
