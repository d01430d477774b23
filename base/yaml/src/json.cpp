#include <nlohmann/json.hpp>

#include "seinhuis/yaml/yaml.h"

namespace seinhuis::yaml {
namespace {

using Json = nlohmann::ordered_json;

// JSON is read twice: by its own parser for what it says, and as YAML (of which it is a part) for where it
// says it.
void take_values(const Json& json, Node& node) {
  if (json.is_string()) {
    node.scalar = json.get<std::string>();
  } else if (json.is_array() && node.items.size() == json.size()) {
    for (std::size_t n = 0; n < json.size(); ++n) take_values(json[n], node.items[n]);
  } else if (json.is_object() && node.entries.size() == json.size()) {
    std::size_t n = 0;
    for (const auto& [key, value] : json.items()) {
      node.entries[n].key.scalar = key;
      take_values(value, node.entries[n].value);
      ++n;
    }
  }
}

Mark place_of(std::string_view text, std::size_t byte, const std::string& file) {
  Mark mark{file, 1, 1};
  for (std::size_t n = 0; n + 1 < byte && n < text.size(); ++n) {
    mark.column = text[n] == '\n' ? 1 : mark.column + 1;
    if (text[n] == '\n') ++mark.line;
  }
  return mark;
}

}  // namespace

Result<Node> parse_json(std::string_view text, const std::string& file) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& wrong) {
    return Error{Errc::malformed, place_of(text, wrong.byte, file).text() + ": not JSON"};
  } catch (const Json::exception&) {  // a number beyond what any machine holds
    return Error{Errc::malformed, file + ":1:1: not JSON that can be read: a number out of range"};
  }
  std::string without_tabs(text);  // strict JSON has tabs between values only, where YAML wants spaces
  std::ranges::replace(without_tabs, '\t', ' ');
  auto node = parse(without_tabs, file);
  if (node) take_values(json, *node);
  return node;
}

}  // namespace seinhuis::yaml
