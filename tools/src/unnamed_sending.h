#pragma once

#include "output.h"
#include "profile.h"

namespace seinhuis::tools {

// Sends what names nobody: draws the receipt words, has them typed back (with --json they stand in the
// document), sends. Gives the exit code.
int send_unnamed(Profile& profile, client::Planned planned, const Style& style);

}  // namespace seinhuis::tools
