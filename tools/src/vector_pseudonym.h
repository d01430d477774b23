#pragma once

#include <functional>

#include "output.h"

namespace seinhuis::tools {

// Pseudonyms of an identifier with their opening, made by two evaluators, right and wrong in several ways.
// `write` is given a name and what stands in the file.
Result<Done> write_pseudonym_vectors(
    const std::function<Result<Done>(const std::string& name, const Json& json)>& write);

// Checks an opening that another implementation made: the same JSON, without its expectations. Prints the
// keyset and the pseudonyms.
int open_pseudonym_vector(const Json& json, const Style& style);

}  // namespace seinhuis::tools
