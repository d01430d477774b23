#pragma once

#include <filesystem>

#include "output.h"

namespace seinhuis::tools {

// Reads the board with receipt words ("-": a line of standard input), on a machine that holds nothing but the
// network's metadata in `folder`. Gives the exit code.
int follow_words(const std::string& words, const std::filesystem::path& folder, const std::string& proxy,
                 bool reopen, const Style& style);

}  // namespace seinhuis::tools
