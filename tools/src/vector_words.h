#pragma once

#include "vector_pseudonym.h"

namespace seinhuis::tools {

// Receipt words with the keys that follow from them in a network.
Result<Done> write_word_vectors(
    const std::function<Result<Done>(const std::string& name, const Json& json)>& write);

}  // namespace seinhuis::tools
