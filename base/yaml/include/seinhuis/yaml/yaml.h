#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "seinhuis/base/result.h"

namespace seinhuis::yaml {

struct Mark {
  std::string file;
  int line = 0;    // from 1
  int column = 0;  // from 1
  std::string text() const { return file + ":" + std::to_string(line) + ":" + std::to_string(column); }
};

struct Entry;

// One node of a document, with its place.
struct Node {
  enum class Kind { scalar, list, map };
  Kind kind = Kind::scalar;
  Mark mark;
  std::string scalar;
  std::vector<Node> items;
  std::vector<Entry> entries;

  bool is_map() const { return kind == Kind::map; }
  bool is_list() const { return kind == Kind::list; }
  bool is_scalar() const { return kind == Kind::scalar; }
};
struct Entry {
  Node key;  // a scalar
  Node value;
};

// Everything found wrong, in the order it was found: "file:line:column: text".
class Report {
 public:
  void at(const Mark& mark, const std::string& text) { lines_.push_back(mark.text() + ": " + text); }
  bool ok() const { return lines_.empty(); }
  const std::vector<std::string>& lines() const { return lines_; }
  std::string text() const;

 private:
  std::vector<std::string> lines_;
};

// The keys of a map, for Fields that takes any.
std::vector<std::string> keys(const Node& map);

// One document of at most 1 MiB and 32 levels: no duplicate keys, aliases, anchors, tags, or second document.
// Fails with malformed; the detail starts with file:line:column.
Result<Node> parse(std::string_view text, const std::string& file);
// The same for strict JSON; numbers, true, false and null come as scalars with their text.
Result<Node> parse_json(std::string_view text, const std::string& file);

// "; did you mean 'x'?" for the candidate nearest to `word`, or nothing when none is near.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

// Reads a map key by key and then knows which keys nobody asked for. References outlive it.
class Fields {
 public:
  // Reports when `node` is no map, or leaves out one of `required`, or has a key that is in neither list.
  Fields(const Node& node, Report& report, const std::vector<std::string>& required,
         const std::vector<std::string>& optional = {});

  // The value under `key`, or nullptr.
  const Node* get(std::string_view key) const;
  // A non-empty text; `fallback` when the key is absent.
  std::string text(std::string_view key, std::string fallback = "") const;
  // A list of texts; one text counts as a list of one.
  std::vector<const Node*> list(std::string_view key) const;
  bool flag(std::string_view key, bool fallback) const;
  // A whole number of 0..limit.
  std::uint32_t number(std::string_view key, std::uint32_t fallback, std::uint32_t limit) const;

 private:
  const Node& node_;
  Report& report_;
};

}  // namespace seinhuis::yaml
