#include "seinhuis/policy_load/cases.h"

#include <algorithm>

#include "seinhuis/base/files.h"
#include "seinhuis/policy_load/signal_file.h"

namespace seinhuis::policy {
namespace {

constexpr std::size_t max_case = 1U << 20U;

using yaml::Fields;
using yaml::Node;

std::string said_of(const Policy& policy, const Facts& facts, const Row& row, const Cell& cell) {
  std::string text = cell.state == CellState::given  ? "give"
                     : cell.state == CellState::held ? "hold"
                                                     : "withhold";
  for (const std::string& form :
       form_names(policy, cell.field, cell.state == CellState::given ? cell.forms : 0))
    text += " " + form;
  if (cell.gate != Gate::none) text += " " + std::string(to_string(cell.gate));
  const Explanation why = explain(policy, facts, row, cell, Language::nl);
  if (cell.never != none) text += " " + why.rule;
  return text;
}

// Words of `expected` that `said` does not have: "withhold G6" is met by "withhold G6 V-02".
bool meets(const std::string& expected, const std::string& said) {
  std::size_t at = 0;
  while (at < expected.size()) {
    const std::size_t end = std::min(expected.find(' ', at), expected.size());
    const std::string word = " " + expected.substr(at, end - at) + " ";
    if ((" " + said + " ").find(word) == std::string::npos) return false;
    at = end + 1;
  }
  return true;
}

// What a case expects of each desk, against the plan that was made.
struct Comparison {
  const Policy& policy;
  const Facts& facts;
  const Plan& made;
  CaseResult& result;
  yaml::Report& wrong;

  void compare(const yaml::Entry& entry) {
    const Index desk = policy.desk(entry.key.scalar);
    const auto row = std::ranges::find(made.rows, desk, &Row::desk);
    const Fields in(entry.value, wrong, {"outcome"},
                    {"gate", "rule", "why", "needs", "purpose", "fields", "standby"});
    const auto differ = [&](const std::string& text) {
      result.differences.push_back(entry.key.mark.text() + ": " + entry.key.scalar + ": " + text);
    };
    if (row == made.rows.end()) return in.text("outcome") == "absent" ? void() : differ("is not in the plan");
    const Explanation said = explain(policy, facts, *row, Language::nl);
    const auto check = [&](std::string_view key, const std::string& seen) {
      if (in.get(key) != nullptr && in.text(key) != seen)
        differ(std::string(key) + " is '" + seen + "', expected '" + in.text(key) + "'");
    };
    check("outcome", std::string(to_string(row->outcome)));
    check("gate", std::string(to_string(row->gate)));
    check("standby", row->standby == 0 ? "" : std::to_string(row->standby));
    check("rule", said.rule);
    check("purpose", row->purpose == none ? "" : policy.source().purposes[row->purpose].id);
    if (in.get("why") != nullptr && said.why.find(in.text("why")) == std::string::npos)
      differ("the reason is '" + said.why + "'");
    for (const Node* need : in.list("needs")) {
      const bool there = std::ranges::any_of(
          said.needs, [&](const Need& seen) { return need->scalar == seen.kind + " " + seen.type; });
      if (!there) differ("does not say that it needs " + need->scalar);
    }
    if (row->outcome == Outcome::deliver || in.get("fields") != nullptr)
      compare_cells(*row, in.get("fields"), entry.key);
  }

  void compare_cells(const Row& row, const Node* listed, const Node& at) {
    static const Node nothing{Node::Kind::map, {}, {}, {}, {}};
    const Node& expected = listed == nullptr ? nothing : *listed;
    const Fields in(expected, wrong, {}, yaml::keys(expected));
    for (const auto& key : yaml::keys(expected)) {
      const auto carried = [&](const Cell& cell) { return policy.source().fields[cell.field].id == key; };
      if (std::ranges::none_of(row.cells, carried))
        result.differences.push_back(at.mark.text() + ": no field " + key);
    }
    for (const Cell& cell : row.cells) {
      const std::string& id = policy.source().fields[cell.field].id;
      const std::string wanted = in.text(id, "withhold");
      const std::string seen = said_of(policy, facts, row, cell);
      if (!meets(wanted, seen)) {
        result.differences.push_back(at.mark.text() + ": " + at.scalar + ": " + id + " is '" + seen +
                                     "', expected '" + wanted + "'");
      }
    }
  }
};

DeskSet desks_in(const Policy& policy, const Fields& in, const std::string& key) {
  std::vector<std::string> names;
  for (const Node* desk : in.list(key)) names.push_back(desk->scalar);
  return policy.desks_named(names);
}

class CaseRunner {
 public:
  CaseRunner(const Policy& policy, std::filesystem::path folder, CaseReport& report)
      : policy_(policy), folder_(std::move(folder)), report_(report) {}

  Result<Done> run(const std::string& file) {
    const auto content = read_file(folder_ / file, max_case);
    if (!content) return content.error();
    const auto root = yaml::parse(text_of(*content), file);
    if (!root) return root.error();
    const Fields in(*root, wrong_, {"scenario", "cases"});
    const Node* cases = in.get("cases");
    if (cases != nullptr && cases->is_list()) {
      for (const Node& one : cases->items) {
        if (auto done = run_case(in.text("scenario"), one); !done) return done;
      }
    }
    if (!wrong_.ok()) return Error{Errc::malformed, wrong_.text()};
    return Done{};
  }

 private:
  Result<Done> run_case(const std::string& scenario, const Node& node) {
    const Fields in(
        node, wrong_, {"name", "signal", "expect"},
        {"date", "mode", "change", "thread-giver", "thread-recipients", "thread-obliged", "in-force"});
    if (!wrong_.ok()) return Error{Errc::malformed, wrong_.text()};
    auto draft = signal_of(in);
    if (!draft) return draft.error();
    const auto mode = word_of<Mode>(std::string_view(in.text("mode", "identified")));
    if (!mode) return Error{Errc::malformed, node.mark.text() + ": no mode '" + in.text("mode") + "'"};
    draft->mode = *mode;
    const auto day = Day::parse(in.text("date", "2026-11-23"));
    if (!day) return day.error();
    const auto adjusted = with_law(in);
    if (!adjusted) return adjusted.error();
    const Policy& policy = *adjusted ? **adjusted : policy_;
    auto facts = facts_of(policy, *draft, *day);
    if (!facts) return facts.error();
    facts->thread_giver = policy.desk(in.text("thread-giver"));
    facts->thread_recipients = desks_in(policy, in, "thread-recipients");
    facts->thread_obliged = desks_in(policy, in, "thread-obliged");
    const Plan made = plan(policy, *facts);
    CaseResult result{node.mark.file + ": " + scenario + ": " + in.text("name"), {}};
    for (const auto& entry : in.get("expect")->entries)
      Comparison{policy, *facts, made, result, wrong_}.compare(entry);
    note_used(*facts, made);
    report_.cases.push_back(std::move(result));
    return Done{};
  }

  // The signal is a JSON file beside the tests, with `change` laid over its keys.
  Result<Draft> signal_of(const Fields& in) {
    const std::filesystem::path file = folder_ / "tests" / in.text("signal");
    const auto content = read_file(file, max_case);
    if (!content) return content.error();
    auto root = yaml::parse_json(text_of(*content), in.text("signal"));
    if (!root) return root.error();
    if (const Node* change = in.get("change")) {
      for (const auto& entry : change->entries) {
        const auto same = [&](const yaml::Entry& other) { return other.key.scalar == entry.key.scalar; };
        const auto found = std::ranges::find_if(root->entries, same);
        if (found != root->entries.end()) root->entries.erase(found);
        if (!(entry.value.is_scalar() && entry.value.scalar.empty())) root->entries.push_back(entry);
      }
    }
    return read_signal(policy_, *root, file.parent_path());
  }

  // The policy as it would be if the grondslagen in `in-force` held from the day given; null without any.
  Result<PolicyRef> with_law(const Fields& in) const {
    const Node* laws = in.get("in-force");
    if (laws == nullptr) return PolicyRef();
    bundle::Policy changed = policy_.source();
    for (const auto& entry : laws->entries) {
      const auto law = std::ranges::find(changed.grondslagen, entry.key.scalar, &bundle::Grondslag::id);
      const auto from = Day::parse(entry.value.scalar);
      if (law == changed.grondslagen.end() || !from) {
        return Error{Errc::malformed, entry.key.mark.text() + ": no such grondslag, or no date"};
      }
      law->state = bundle::Grondslag::State::geldend;
      law->period.from = from->days();
    }
    return Policy::compile(std::move(changed));
  }

  void note_used(const Facts& facts, const Plan& made) {
    for (const Row& row : made.rows) {
      report_.used.insert(explain(policy_, facts, row, Language::nl).rule);
      for (const Cell& cell : row.cells) {
        if (cell.rule != none) report_.used.insert(policy_.source().rules[cell.rule].id);
        if (cell.never != none) report_.used.insert(policy_.source().nevers[cell.never].id);
      }
    }
  }

  const Policy& policy_;
  std::filesystem::path folder_;
  CaseReport& report_;
  yaml::Report wrong_;
};

}  // namespace

Result<CaseReport> run_cases(const Policy& policy, const std::filesystem::path& folder) {
  std::vector<std::string> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "tests", failed)) {
    if (entry.path().extension() == ".yaml") files.push_back("tests/" + entry.path().filename().string());
  }
  std::ranges::sort(files);
  CaseReport report;
  for (const std::string& file : files) {
    if (auto done = CaseRunner(policy, folder, report).run(file); !done) return done.error();
  }
  return report;
}

}  // namespace seinhuis::policy
