#pragma once

#include <filesystem>

namespace seinhuis::test {

inline const std::filesystem::path set_folder = SEINHUIS_POLICIES "/nl-mensenhandel";

}  // namespace seinhuis::test
