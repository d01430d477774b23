#pragma once

#include <map>

#include "seinhuis/policy_load/load.h"
#include "seinhuis/yaml/yaml.h"

namespace seinhuis::policy {

// What a word in a file must be the id of.
enum class Sort {
  kind,
  region,
  theme,
  subject,
  category,
  organisation,
  regime,
  purpose,
  statement,
  desk,
  role,
  field,
  grondslag,
  agreement,
  label,
  domain
};

// Text -> bundle. Words are noted while reading and looked up when all files have been read, so files may
// name each other in any order.
class Loader {
 public:
  explicit Loader(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Result<Loaded> run();

 private:
  using Node = yaml::Node;
  using Fields = yaml::Fields;

  void read(const std::string& file, void (Loader::*take)(const Node&));
  std::vector<std::string> rule_files() const;

  void take_network(const Node& root);
  void take_fields(const Node& root);
  void take_shapes(const Node& root);
  void take_grondslagen(const Node& root);
  void take_agreements(const Node& root);
  void take_rules(const Node& root);
  void take_nevers(const Node& root);
  void take_calendar(const Node& root);  // policies/load/calendar.cpp

  void take_organisation(const yaml::Entry& entry);
  void take_desk(const std::string& organisation, const yaml::Entry& entry);
  void take_purpose(const yaml::Entry& entry);
  void take_statement(const yaml::Entry& entry);
  void take_domain(const yaml::Entry& entry);
  void take_pseudonyms(const Fields& in, bundle::Field& field);
  void take_field(const yaml::Entry& entry);
  void take_rule(const yaml::Entry& entry);
  void take_never(const yaml::Entry& entry);
  void take_rule_axes(const Fields& in, bundle::Rule& rule);
  void take_rule_bases(const Fields& in, bundle::Rule& rule);
  void take_grants(const Node& node, bundle::Rule& rule);

  // The entries of the map under `key`; ids must be lower-case words. Notes them as known ids of `sort`.
  const std::vector<yaml::Entry>& entries(const Fields& in, std::string_view key);
  std::vector<bundle::Term> terms(const Fields& in, std::string_view key, Sort sort);
  void define(Sort sort, const Node& key, const std::string& id);
  bundle::Text text(const Node* node);
  bundle::Texts words(const Fields& in, std::string_view key, Sort sort);
  std::string word(const Fields& in, std::string_view key, Sort sort);
  std::uint32_t date(const Fields& in, std::string_view key, std::uint32_t fallback);
  bundle::Period period(const Fields& in, const Node& at);
  std::uint32_t minutes(const Fields& in, std::string_view key);
  // "4wh" or "2wd", by the hours of calendar.yaml.
  std::uint32_t working_minutes(const Node& node);
  bundle::Selector selector(const Node* node);
  bundle::Form form(const yaml::Entry& entry);
  bundle::Deadlines deadlines(const Fields& in);
  bundle::Deadlines lengths(const Node& node);
  bundle::Hours hours(const Fields& in);
  bundle::Period days_away(const Node& node);
  template <class Word>
  std::vector<Word> choices(const Fields& in, std::string_view key, std::vector<Word> fallback);
  template <class Word>
  Word choice(const Fields& in, std::string_view key, const std::vector<std::string>& names, Word fallback);

  void look_up();
  void check_rules();
  void check_chains(const Policy& made);
  void sort_all();

  struct Reference {
    Sort sort;
    std::string id;
    yaml::Mark mark;
  };

  std::filesystem::path folder_;
  yaml::Report report_;
  yaml::Report warnings_;
  bundle::Policy policy_;
  std::map<Sort, std::vector<std::string>> known_;
  std::vector<Reference> references_;
  std::map<std::string, yaml::Mark> rule_marks_;
};

std::string_view to_string(Sort sort) noexcept;

template <class Word>
std::vector<Word> Loader::choices(const Fields& in, std::string_view key, std::vector<Word> fallback) {
  const auto listed = in.list(key);
  if (listed.empty()) return fallback;
  std::vector<std::string> names;
  for (std::uint8_t n = 1; word_of<Word>(n); ++n) names.emplace_back(to_string(*word_of<Word>(n)));
  std::vector<Word> chosen;
  for (const Node* item : listed) {
    const auto known = word_of<Word>(std::string_view(item->scalar));
    if (known) {
      chosen.push_back(*known);
    } else {
      report_.at(item->mark, "'" + item->scalar + "' is no word for '" + std::string(key) + "'" +
                                 yaml::suggestion(item->scalar, names));
    }
  }
  return chosen;
}

// `names` in the order of the enumerators, from 1.
template <class Word>
Word Loader::choice(const Fields& in, std::string_view key, const std::vector<std::string>& names,
                    Word fallback) {
  const Node* node = in.get(key);
  if (node == nullptr) return fallback;
  for (std::size_t n = 0; n < names.size(); ++n) {
    if (names[n] == node->scalar) return static_cast<Word>(n + 1);
  }
  report_.at(node->mark, "'" + node->scalar + "' is no word for '" + std::string(key) + "'" +
                             yaml::suggestion(node->scalar, names));
  return fallback;
}

}  // namespace seinhuis::policy
