#include "seinhuis/policy_load/signal_file.h"

#include <algorithm>

#include "seinhuis/base/files.h"

namespace seinhuis::policy {
namespace {

constexpr std::size_t max_signal = 4U << 20U;
constexpr std::size_t max_values = 32;

using yaml::Fields;
using yaml::Node;
using yaml::Report;

template <class Item>
std::vector<std::string> ids(const std::vector<Item>& items, std::string Item::*id) {
  std::vector<std::string> all;
  all.reserve(items.size());
  for (const Item& item : items) all.push_back(item.*id);
  return all;
}

void must_be_known(const Node& node, const std::vector<std::string>& known, const char* what,
                   Report& report) {
  if (std::ranges::find(known, node.scalar) != known.end()) return;
  report.at(node.mark,
            std::string("unknown ") + what + " '" + node.scalar + "'" + yaml::suggestion(node.scalar, known));
}

// Reads one signal; every word that the policy does not know is reported where it stands.
class SignalReader {
 public:
  SignalReader(const Policy& policy, std::filesystem::path folder)
      : policy_(policy), folder_(std::move(folder)) {
    desks_ = ids(policy.source().desks, &bundle::Desk::name);
    purposes_ = ids(policy.source().purposes, &bundle::Purpose::id);
    fields_ = ids(policy.source().fields, &bundle::Field::id);
  }

  Result<Draft> read(const Node& root) {
    const Fields in(
        root, report_, {"from", "theme", "class", "purpose", "region", "age_band", "fields"},
        {"to", "kind", "urgent", "consents", "attests", "thread", "parent", "labels", "withhold"});
    Draft draft;
    draft.kind = word<Kind>(in, "kind", Kind::signal);
    draft.weight = word<Weight>(in, "class", Weight::zacht);
    draft.age = word<AgeBand>(in, "age_band", AgeBand::unknown);
    draft.urgent = in.flag("urgent", false);
    draft.from = known(in, "from", desks_, "desk");
    draft.theme = known(in, "theme", ids(policy_.source().themes, &bundle::Term::id), "theme");
    draft.region = known(in, "region", ids(policy_.source().regions, &bundle::Term::id), "region");
    draft.to = all_known(in, "to", desks_, "desk");
    draft.purposes = all_known(in, "purpose", purposes_, "purpose");
    for (const Node* label : in.list("labels")) draft.labels.push_back(label->scalar);
    take_thread(in, draft);
    for (const char* key : {"consents", "attests"}) take_statements(in, key, draft);
    if (const Node* withheld = in.get("withhold")) take_withheld(*withheld, draft);
    if (const Node* values = in.get("fields")) take_values(*values, draft);
    if (!report_.ok()) return Error{Errc::malformed, report_.text()};
    return draft;
  }

 private:
  template <class Word>
  Word word(const Fields& in, std::string_view key, Word fallback) {
    const Node* node = in.get(key);
    if (node == nullptr) return fallback;
    if (const auto said = word_of<Word>(std::string_view(node->scalar))) return *said;
    std::vector<std::string> names;
    for (std::uint8_t n = 1; word_of<Word>(n); ++n) names.emplace_back(to_string(*word_of<Word>(n)));
    must_be_known(*node, names, std::string(key).c_str(), report_);
    return fallback;
  }

  std::string known(const Fields& in, std::string_view key, const std::vector<std::string>& words,
                    const char* what) {
    std::string said = in.text(key);
    if (!said.empty()) must_be_known(*in.get(key), words, what, report_);
    return said;
  }

  bundle::Texts all_known(const Fields& in, std::string_view key, const std::vector<std::string>& words,
                          const char* what) {
    bundle::Texts said;
    for (const Node* node : in.list(key)) {
      must_be_known(*node, words, what, report_);
      said.push_back(node->scalar);
    }
    return said;
  }

  void take_thread(const Fields& in, Draft& draft) {
    if (const Node* node = in.get("thread")) {
      const auto id = ThreadId::parse_hex(node->scalar);
      id ? draft.thread = *id : (report_.at(node->mark, "'thread' must be 32 hex digits"), std::nullopt);
    }
    if (const Node* node = in.get("parent")) {
      const auto id = MessageId::parse_hex(node->scalar);
      id ? draft.parent = *id
         : (report_.at(node->mark, "'parent' must be the 32 hex digits of a message"), std::nullopt);
    }
  }

  // Statements stand in the signal itself (unsigned bodies) or in files beside it.
  void take_statements(const Fields& in, std::string_view key, Draft& draft) {
    const Node* list = in.get(key);
    if (list == nullptr) return;
    if (!list->is_list()) return report_.at(list->mark, "'" + std::string(key) + "' must be a list");
    for (const Node& item : list->items) {
      if (item.is_map()) {
        take_statement(item, draft);
        continue;
      }
      const auto content = read_file(folder_ / item.scalar, max_signal);
      if (!content) {
        report_.at(item.mark, content.error().detail);
        continue;
      }
      const auto root = yaml::parse_json(text_of(*content), item.scalar);
      root ? take_statement(*root, draft) : report_.at(item.mark, root.error().detail);
    }
  }

  void take_statement(const Node& node, Draft& draft) {
    const Fields in(node, report_, {"type", "to", "purposes", "from", "until"},
                    {"subject", "statement", "text", "salt", "thread", "giver", "issuer"});
    StatementDraft statement;
    statement.type =
        known(in, "type", ids(policy_.source().statements, &bundle::StatementType::id), "statement");
    if (in.get("subject") != nullptr) {
      statement.subject = known(in, "subject", ids(policy_.source().subjects, &bundle::Term::id), "subject");
    }
    statement.to = all_known(in, "to", desks_, "desk");
    statement.purposes = all_known(in, "purposes", purposes_, "purpose");
    statement.period = {date(in, "from"), date(in, "until")};
    if (const Node* bytes = in.get("statement")) {
      statement.signed_form.resize(bytes->scalar.size() / 2);
      if (!decode_hex(bytes->scalar, statement.signed_form))
        report_.at(bytes->mark, "'statement' must be hex digits");
    }
    draft.statements.push_back(std::move(statement));
  }

  std::uint32_t date(const Fields& in, std::string_view key) {
    const Node* node = in.get(key);
    if (node == nullptr) return 0;
    const auto day = Day::parse(node->scalar);
    if (day) return day->days();
    report_.at(node->mark, "'" + node->scalar + "': " + day.error().detail);
    return 0;
  }

  void take_withheld(const Node& node, Draft& draft) {
    const Fields in(node, report_, {}, yaml::keys(node));
    for (const auto& entry : node.entries) {
      must_be_known(entry.key, desks_, "desk", report_);
      draft.withhold[entry.key.scalar] = all_known(in, entry.key.scalar, fields_, "field");
    }
  }

  void take_values(const Node& node, Draft& draft) {
    const Fields in(node, report_, {}, yaml::keys(node));
    const Index shape = policy_.shape(draft.kind, policy_.theme(draft.theme));
    for (const auto& entry : node.entries) {
      must_be_known(entry.key, fields_, "field", report_);
      const bool carried =
          shape != none && std::ranges::any_of(policy_.source().shapes[shape].fields, [&](const auto& field) {
            return field.field == entry.key.scalar;
          });
      if (!carried)
        report_.at(entry.key.mark,
                   "a message of this kind and theme carries no field '" + entry.key.scalar + "'");
      std::vector<std::string>& values = draft.fields[entry.key.scalar];
      for (const Node* value : in.list(entry.key.scalar)) values.push_back(value->scalar);
      if (values.size() > max_values) report_.at(entry.value.mark, "more than 32 values in one field");
    }
  }

  const Policy& policy_;
  std::filesystem::path folder_;
  Report report_;
  std::vector<std::string> desks_, purposes_, fields_;
};

}  // namespace

Result<Draft> read_signal(const Policy& policy, const yaml::Node& root, const std::filesystem::path& folder) {
  return SignalReader(policy, folder).read(root);
}

Result<Draft> read_signal(const Policy& policy, const std::filesystem::path& file) {
  const auto content = read_file(file, max_signal);
  if (!content) return content.error();
  const auto root = yaml::parse_json(text_of(*content), file.string());
  if (!root) return root.error();
  return read_signal(policy, *root, file.parent_path());
}

}  // namespace seinhuis::policy
