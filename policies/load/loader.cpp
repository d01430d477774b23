#include "loader.h"

#include <algorithm>
#include <charconv>

#include "seinhuis/base/files.h"
#include "seinhuis/policy/calendar.h"

namespace seinhuis::policy {
namespace {

constexpr std::size_t max_file = 1U << 20U;
constexpr std::size_t max_rule_files = 200;

bool lower_case_word(const std::string& id) {
  return !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

void sort_by_id(auto& list) {
  std::ranges::sort(list, {}, [](const auto& item) -> const std::string& { return item.id; });
}

}  // namespace

std::string_view to_string(Sort sort) noexcept {
  switch (sort) {
    case Sort::kind: return "kind of desk";
    case Sort::region: return "region";
    case Sort::theme: return "theme";
    case Sort::subject: return "subject";
    case Sort::category: return "data category";
    case Sort::organisation: return "organisation";
    case Sort::regime: return "regime";
    case Sort::purpose: return "purpose";
    case Sort::statement: return "statement";
    case Sort::desk: return "desk";
    case Sort::role: return "role";
    case Sort::field: return "field";
    case Sort::grondslag: return "grondslag";
    case Sort::agreement: return "agreement";
    case Sort::label: return "label";
    case Sort::domain: return "domain";
  }
  return "";
}

Result<Loaded> load(const std::filesystem::path& folder) { return Loader(folder).run(); }

Result<PolicyRef> load_policy(const std::filesystem::path& folder) {
  auto loaded = load(folder);
  if (!loaded) return loaded.error();
  return Policy::compile(std::move(loaded->bundle));
}

Result<Loaded> Loader::run() {
  if (std::filesystem::exists(folder_ / "calendar.yaml")) read("calendar.yaml", &Loader::take_calendar);
  read("network.yaml", &Loader::take_network);
  read("fields.yaml", &Loader::take_fields);
  read("shapes.yaml", &Loader::take_shapes);
  read("grondslagen.yaml", &Loader::take_grondslagen);
  read("agreements.yaml", &Loader::take_agreements);
  for (const std::string& file : rule_files()) read(file, &Loader::take_rules);
  read("never.yaml", &Loader::take_nevers);
  look_up();
  if (report_.ok()) check_rules();
  if (!report_.ok()) return Error{Errc::malformed, report_.text()};
  sort_all();
  auto compiled = Policy::compile(policy_);
  if (!compiled) {
    // The compiler knows rules by name; give the place where the rule stands.
    std::string text = compiled.error().detail;
    if (text.starts_with("rule ")) {
      const std::string id = text.substr(5, text.find_first_of(" :", 5) - 5);
      if (const auto mark = rule_marks_.find(id); mark != rule_marks_.end())
        text = mark->second.text() + ": " + text;
    }
    return Error{compiled.error().code, text};
  }
  check_chains(**compiled);
  return Loaded{std::move(policy_), warnings_.lines()};
}

void Loader::read(const std::string& file, void (Loader::*take)(const Node&)) {
  const auto content = read_file(folder_ / file, max_file);
  if (!content) return report_.at({file, 1, 1}, content.error().detail);
  const auto root = yaml::parse(text_of(*content), file);
  if (root) return (this->*take)(*root);
  // The detail already starts with the place.
  const std::string& detail = root.error().detail;
  const std::size_t line_at = file.size() + 1;
  const std::size_t column_at = detail.find(':', line_at) + 1;
  const std::size_t text_at = detail.find(": ", column_at);
  const auto number_at = [&](std::size_t at) {
    return static_cast<int>(std::strtol(detail.c_str() + at, nullptr, 10));
  };
  report_.at({file, number_at(line_at), number_at(column_at)}, detail.substr(text_at + 2));
}

std::vector<std::string> Loader::rule_files() const {
  std::vector<std::string> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "rules", failed)) {
    if (entry.path().extension() == ".yaml" && files.size() < max_rule_files) {
      files.push_back("rules/" + entry.path().filename().string());
    }
  }
  std::ranges::sort(files);
  return files;
}

void Loader::define(Sort sort, const Node& key, const std::string& id) {
  auto& ids = known_[sort];
  if (std::ranges::find(ids, id) != ids.end()) {
    report_.at(key.mark, std::string(to_string(sort)) + " '" + id + "' is defined twice");
  }
  ids.push_back(id);
}

const std::vector<yaml::Entry>& Loader::entries(const Fields& in, std::string_view key) {
  static const std::vector<yaml::Entry> nothing;
  const Node* node = in.get(key);
  if (node == nullptr) return nothing;
  if (!node->is_map()) {
    report_.at(node->mark, "'" + std::string(key) + "' must have ids with what they mean");
    return nothing;
  }
  for (const auto& entry : node->entries) {
    if (!lower_case_word(entry.key.scalar) && !entry.key.scalar.starts_with("V-")) {
      report_.at(entry.key.mark,
                 "'" + entry.key.scalar + "' is no id: lower-case letters, digits, '-' and '.' only");
    }
  }
  return node->entries;
}

std::vector<bundle::Term> Loader::terms(const Fields& in, std::string_view key, Sort sort) {
  std::vector<bundle::Term> all;
  for (const auto& entry : entries(in, key)) {
    define(sort, entry.key, entry.key.scalar);
    all.push_back({entry.key.scalar, text(&entry.value)});
  }
  return all;
}

bundle::Text Loader::text(const Node* node) {
  if (node == nullptr) return {};
  if (node->is_scalar()) return {node->scalar, {}};
  const Fields in(*node, report_, {"nl"}, {"en"});
  return {in.text("nl"), in.text("en")};
}

bundle::Texts Loader::words(const Fields& in, std::string_view key, Sort sort) {
  bundle::Texts ids;
  for (const Node* item : in.list(key)) {
    if (std::ranges::find(ids, item->scalar) != ids.end())
      report_.at(item->mark, "'" + item->scalar + "' stands twice");
    ids.push_back(item->scalar);
    references_.push_back({sort, item->scalar, item->mark});
  }
  return ids;
}

std::string Loader::word(const Fields& in, std::string_view key, Sort sort) {
  std::string id = in.text(key);
  if (!id.empty()) references_.push_back({sort, id, in.get(key)->mark});
  return id;
}

std::uint32_t Loader::date(const Fields& in, std::string_view key, std::uint32_t fallback) {
  const Node* node = in.get(key);
  if (node == nullptr) return fallback;
  const auto day = Day::parse(node->scalar);
  if (day) return day->days();
  report_.at(node->mark, "'" + node->scalar + "': " + day.error().detail);
  return fallback;
}

bundle::Period Loader::period(const Fields& in, const Node& at) {
  const bundle::Period seen{date(in, "from", 0), date(in, "until", bundle::Period{}.until)};
  if (seen.from > seen.until) {
    report_.at(at.mark,
               "ends (" + Day(seen.until).text() + ") before it begins (" + Day(seen.from).text() + ")");
  }
  return seen;
}

std::uint32_t Loader::minutes(const Fields& in, std::string_view key) {
  const Node* node = in.get(key);
  if (node == nullptr) return 0;
  const std::string& said = node->scalar;
  std::uint32_t number = 0;
  const char* last = said.data() + said.size();
  const auto [end, failed] = std::from_chars(said.data(), last, number);
  const std::string_view unit(end, static_cast<std::size_t>(last - end));
  const std::uint32_t each = unit == "m"   ? 1
                             : unit == "h" ? 60
                             : unit == "d" ? 1440
                             : unit == "y" ? 1440 * 365
                                           : 0;
  if (failed != std::errc() || each == 0 || number == 0 || number > 3650) {
    report_.at(node->mark, "'" + said + "' is no length of time; write 15m, 8h, 5d or 1y");
    return 0;
  }
  return number * each;
}

std::uint32_t Loader::working_minutes(const Node& node) {
  const bundle::Hours hours = working_hours(policy_.calendar);
  const std::string& said = node.scalar;
  std::uint32_t number = 0;
  const char* last = said.data() + said.size();
  const auto [end, failed] = std::from_chars(said.data(), last, number);
  const std::uint32_t each = *end == 'w' && end + 2 == last ? (end[1] == 'h'   ? 60U
                                                               : end[1] == 'd' ? hours.closes - hours.opens
                                                                               : 0U)
                                                            : 0U;
  if (failed == std::errc() && each != 0 && number != 0 && number <= 2000) return number * each;
  report_.at(node.mark, "'" + said + "' is no length of working time; write 4wh or 2wd");
  return 0;
}

void Loader::look_up() {
  for (const Reference& reference : references_) {
    const auto& ids = known_[reference.sort];
    if (std::ranges::find(ids, reference.id) != ids.end()) continue;
    report_.at(reference.mark, "unknown " + std::string(to_string(reference.sort)) + " '" + reference.id +
                                   "'" + yaml::suggestion(reference.id, ids));
  }
}

// What a rule's words mean together.
void Loader::check_rules() {
  for (const bundle::Rule& rule : policy_.rules) {
    const yaml::Mark& mark = rule_marks_.at(rule.id);
    bundle::Period days = rule.period;
    for (const std::string& id : {rule.giving, rule.receiving}) {
      const auto basis = std::ranges::find(policy_.grondslagen, id, &bundle::Grondslag::id);
      days.from = std::max(days.from, basis->period.from);
      days.until = std::min(days.until, basis->period.until);
      if (basis->state != bundle::Grondslag::State::geldend)
        warnings_.at(mark, "rule " + rule.id + " sleeps: " + id + " is not in force");
    }
    if (days.from > days.until) {
      report_.at(mark,
                 "rule " + rule.id + " can apply on no day: its dates and those of its bases do not meet");
    }
    if (rule.to.region != bundle::Selector::Region::same || rule.to.roles.empty()) continue;
    for (const bundle::Term& region : policy_.regions) {
      const bool covered = std::ranges::any_of(policy_.desks, [&](const bundle::Desk& desk) {
        const bool role = std::ranges::find(rule.to.roles, desk.role) != rule.to.roles.end();
        return role &&
               (desk.regions.empty() || std::ranges::find(desk.regions, region.id) != desk.regions.end());
      });
      if (!covered)
        warnings_.at(mark, "rule " + rule.id + " finds no desk of its role in region " + region.id);
    }
  }
}

// A role of a chain without a rule for standby gets nothing, ever: the chain passes it by.
void Loader::check_chains(const Policy& made) {
  for (std::size_t n = 0; n < made.rules().size(); ++n) {
    const RuleFacts& silent = made.rules()[n];
    const bundle::Rule& rule = made.source().rules[n];
    for (const std::string& role : rule.chain) {
      const bool answered = std::ranges::any_of(made.rules(), [&](const RuleFacts& other) {
        if (!other.standby || (other.modes & silent.modes) == 0 || (other.themes & silent.themes) == 0 ||
            (other.from & silent.from).none())
          return false;
        for (std::size_t desk = 0; desk < made.desks().size(); ++desk) {
          if (other.to.desks.test(desk) && made.source().desks[desk].role == role) return true;
        }
        return false;
      });
      if (!answered)
        warnings_.at(rule_marks_.at(rule.id), "rule " + rule.id + " has " + role +
                                                  " in its chain, and no rule with standby gives that role "
                                                  "anything of it: the chain passes it by");
    }
  }
}

void Loader::sort_all() {
  sort_by_id(policy_.kinds);
  sort_by_id(policy_.regions);
  sort_by_id(policy_.themes);
  sort_by_id(policy_.subjects);
  sort_by_id(policy_.categories);
  sort_by_id(policy_.organisations);
  sort_by_id(policy_.reasons);
  sort_by_id(policy_.regimes);
  sort_by_id(policy_.purposes);
  sort_by_id(policy_.statements);
  sort_by_id(policy_.fields);
  sort_by_id(policy_.shapes);
  sort_by_id(policy_.grondslagen);
  sort_by_id(policy_.agreements);
  sort_by_id(policy_.rules);
  sort_by_id(policy_.nevers);
  sort_by_id(policy_.domains);
  std::ranges::sort(policy_.desks, {}, &bundle::Desk::name);
}

}  // namespace seinhuis::policy
