#pragma once

#include <functional>

#include "output.h"

namespace seinhuis::tools {

// Vectors of what names nobody: tokens and their redemption, cells of the board and what opens in them.
Result<Done> write_melder_vectors(
    const std::function<Result<Done>(const std::string& name, const Json& json)>& write);

}  // namespace seinhuis::tools
