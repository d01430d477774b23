#pragma once

#include <filesystem>

#include "seinhuis/policy/policy.h"

namespace seinhuis::policy {

struct Loaded {
  bundle::Policy bundle;
  std::vector<std::string> warnings;  // "file:line:column: text"
};

// Reads a policy folder: network.yaml, fields.yaml, shapes.yaml, grondslagen.yaml, agreements.yaml,
// never.yaml and rules/*.yaml (policies/LANGUAGE.md). Fails with malformed or refused; the detail has one
// "file:line:column: text" a line, every mistake at once, in the order of the files.
Result<Loaded> load(const std::filesystem::path& folder);

// load + compile.
Result<PolicyRef> load_policy(const std::filesystem::path& folder);

}  // namespace seinhuis::policy
