#include "seinhuis/yaml/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace seinhuis::yaml {
namespace {

constexpr std::size_t max_text = 1U << 20U;
constexpr std::size_t max_depth = 32;
constexpr std::size_t max_nodes = 200'000;

// Thrown inside this file only, to leave yaml-cpp's parser; becomes a Result in parse().
struct Stop {
  Mark at;
  std::string text;
};

struct Level {
  Node node;
  Node key;
  bool has_key;
};

void take_key(Level& level, Node key) {
  if (!key.is_scalar()) throw Stop{key.mark, "a key must be a plain text"};
  for (const Entry& earlier : level.node.entries) {
    if (earlier.key.scalar == key.scalar) {
      throw Stop{key.mark, "'" + key.scalar + "' stands twice (first on line " +
                               std::to_string(earlier.key.mark.line) + ")"};
    }
  }
  level.key = std::move(key);
  level.has_key = true;
}

class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::string file) : file_(std::move(file)) {}

  void OnDocumentStart(const YAML::Mark& at) override {
    if (++documents_ > 1) stop(at, "a second document; one file holds one");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& at, YAML::anchor_t anchor) override {
    no_anchor(at, anchor);
    add(make(Node::Kind::scalar, at));
  }
  void OnAlias(const YAML::Mark& at, YAML::anchor_t) override {
    stop(at, "an alias (*); write the value out");
  }
  void OnScalar(const YAML::Mark& at, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    no_anchor(at, anchor);
    no_tag(at, tag);
    Node node = make(Node::Kind::scalar, at);
    node.scalar = value;
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& at, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(at, tag, anchor, Node::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& at, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(at, tag, anchor, Node::Kind::map);
  }
  void OnMapEnd() override { close(); }

  Node take() && { return std::move(root_); }
  bool empty() const { return documents_ == 0; }

 private:
  [[noreturn]] void stop(const YAML::Mark& at, const std::string& text) const {
    throw Stop{{file_, at.line + 1, at.column + 1}, text};
  }
  void no_anchor(const YAML::Mark& at, YAML::anchor_t anchor) const {
    if (anchor != 0) stop(at, "an anchor (&); write the value out");
  }
  void no_tag(const YAML::Mark& at, const std::string& tag) const {
    if (!tag.empty() && tag != "?" && tag != "!") stop(at, "a tag (" + tag + "); leave it out");
  }
  Node make(Node::Kind kind, const YAML::Mark& at) {
    if (++nodes_ > max_nodes) stop(at, "too many values in one file");
    Node node;
    node.kind = kind;
    node.mark = {file_, at.line + 1, at.column + 1};
    return node;
  }
  void open(const YAML::Mark& at, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
    no_anchor(at, anchor);
    no_tag(at, tag);
    if (open_.size() >= max_depth) stop(at, "nested too deeply");
    open_.push_back({make(kind, at), {}, false});
  }
  void close() {
    Node done = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(done));
  }
  void add(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = open_.back();
    if (level.node.is_list()) {
      level.node.items.push_back(std::move(node));
    } else if (level.has_key) {
      level.node.entries.push_back({std::move(level.key), std::move(node)});
      level.has_key = false;
    } else {
      take_key(level, std::move(node));
    }
  }
  std::string file_;
  std::vector<Level> open_;
  Node root_;
  int documents_ = 0;
  std::size_t nodes_ = 0;
};

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

}  // namespace

std::string Report::text() const {
  std::string all;
  for (const std::string& line : lines_) all += line + "\n";
  return all;
}

Result<Node> parse(std::string_view text, const std::string& file) {
  if (text.size() > max_text) return Error{Errc::malformed, file + ":1:1: larger than 1 MiB"};
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    Builder builder(file);
    while (parser.HandleNextDocument(builder)) {
    }
    if (builder.empty()) return Error{Errc::malformed, file + ":1:1: empty"};
    return std::move(builder).take();
  } catch (const Stop& stopped) {
    return Error{Errc::malformed, stopped.at.text() + ": " + stopped.text};
  } catch (const YAML::Exception& wrong) {
    const Mark at{file, wrong.mark.line + 1, wrong.mark.column + 1};
    return Error{Errc::malformed, at.text() + ": not YAML: " + wrong.msg};
  }
}

std::vector<std::string> keys(const Node& map) {
  std::vector<std::string> all;
  for (const Entry& entry : map.entries) all.push_back(entry.key.scalar);
  return all;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string* best = nullptr;
  std::size_t least = 1 + word.size() / 3;
  for (const std::string& candidate : candidates) {
    const std::size_t far = distance(word, candidate);
    if (far <= least && (best == nullptr || far < least)) {
      best = &candidate;
      least = far;
    }
  }
  return best == nullptr ? "" : "; did you mean '" + *best + "'?";
}

Fields::Fields(const Node& node, Report& report, const std::vector<std::string>& required,
               const std::vector<std::string>& optional)
    : node_(node), report_(report) {
  if (!node.is_map()) {
    report.at(node.mark, "expected keys and values here");
    return;
  }
  for (const Entry& entry : node.entries) {
    if (contains(required, entry.key.scalar) || contains(optional, entry.key.scalar)) continue;
    std::vector<std::string> known = required;
    known.insert(known.end(), optional.begin(), optional.end());
    report.at(entry.key.mark, "unknown key '" + entry.key.scalar + "'" + suggestion(entry.key.scalar, known));
  }
  for (const std::string& key : required) {
    if (get(key) == nullptr) report.at(node.mark, "'" + key + "' is missing");
  }
}

const Node* Fields::get(std::string_view key) const {
  for (const Entry& entry : node_.entries) {
    if (entry.key.scalar == key) return &entry.value;
  }
  return nullptr;
}

std::string Fields::text(std::string_view key, std::string fallback) const {
  const Node* found = get(key);
  if (found == nullptr) return fallback;
  if (!found->is_scalar() || found->scalar.empty()) {
    report_.at(found->mark, "'" + std::string(key) + "' must be a text");
    return fallback;
  }
  return found->scalar;
}

std::vector<const Node*> Fields::list(std::string_view key) const {
  const Node* found = get(key);
  if (found == nullptr) return {};
  if (found->is_scalar() && !found->scalar.empty()) return {found};
  std::vector<const Node*> texts;
  if (found->is_list()) {
    for (const Node& item : found->items) {
      if (item.is_scalar() && !item.scalar.empty()) {
        texts.push_back(&item);
      } else {
        report_.at(item.mark, "'" + std::string(key) + "' must hold texts only");
      }
    }
  } else {
    report_.at(found->mark, "'" + std::string(key) + "' must be a list of texts");
  }
  return texts;
}

bool Fields::flag(std::string_view key, bool fallback) const {
  const Node* found = get(key);
  if (found == nullptr) return fallback;
  if (found->scalar == "true") return true;
  if (found->scalar != "false") report_.at(found->mark, "'" + std::string(key) + "' must be true or false");
  return false;
}

std::uint32_t Fields::number(std::string_view key, std::uint32_t fallback, std::uint32_t limit) const {
  const Node* found = get(key);
  if (found == nullptr) return fallback;
  std::uint32_t value = 0;
  const char* last = found->scalar.data() + found->scalar.size();
  const auto [end, failed] = std::from_chars(found->scalar.data(), last, value);
  if (failed != std::errc() || end != last || value > limit) {
    report_.at(found->mark,
               "'" + std::string(key) + "' must be a whole number of 0.." + std::to_string(limit));
    return fallback;
  }
  return value;
}

}  // namespace seinhuis::yaml
