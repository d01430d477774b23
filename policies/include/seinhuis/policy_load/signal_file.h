#pragma once

#include <filesystem>

#include "seinhuis/policy/draft.h"
#include "seinhuis/policy/explain.h"
#include "seinhuis/yaml/yaml.h"

namespace seinhuis::policy {

// A signal file (policies/schema/signal.schema.json). Statements it names are read from beside it.
// Fails with malformed: "file:line:column: text", one a line, with suggestions for misspelt words.
Result<Draft> read_signal(const Policy& policy, const std::filesystem::path& file);
// The same from a node already read; `folder` is where the statements it names are.
Result<Draft> read_signal(const Policy& policy, const yaml::Node& root, const std::filesystem::path& folder);

// The plan as one JSON document: {"date","policy":{..},"recipients":[..]}, two spaces of indentation.
std::string plan_json(const Policy& policy, const Facts& facts, const Plan& plan, Language language);
// The "recipients" array alone.
std::string recipients_json(const Policy& policy, const Facts& facts, const Plan& plan, Language language);

}  // namespace seinhuis::policy
