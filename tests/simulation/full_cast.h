#pragma once

#include <array>

#include "simulation/cast.h"

// Who acts in a history of the whole program.
namespace seinhuis::simulation {

// Who must answer, and who does when the AVIM is silent.
inline const std::array answering = {avim, ovd};
inline const std::array everybody = {gemeente, avim, ovd, zorg};

}  // namespace seinhuis::simulation
