#pragma once

#include "output.h"
#include "seinhuis/client/obligations.h"

namespace seinhuis::tools {

Json owed_json(const Owed& owed);
// A deadline that is not met is near, or has passed.
bool wants_reminding(const Owed& owed);

}  // namespace seinhuis::tools
