#pragma once

#include <functional>
#include <vector>

#include "seinhuis/wire/envelope.h"

namespace seinhuis::tools {

// A delivery with one thing wrong, and the alarm at which a recipient must stop.
struct WrongDelivery {
  const char* name;
  const char* comment;
  const char* expect;
  std::function<void(Delivery&)> spoil;
};
const std::vector<WrongDelivery>& wrong_deliveries();

}  // namespace seinhuis::tools
