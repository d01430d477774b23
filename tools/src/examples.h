#pragma once

#include <CLI/CLI.hpp>

namespace seinhuis::tools {

// Puts an example of use below the help of every command.
void add_examples(CLI::App& app);

}  // namespace seinhuis::tools
