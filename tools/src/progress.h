#pragma once

#include <string>

#include "seinhuis/client/client.h"

namespace seinhuis::tools {

// Tells on standard error how far long work is: "reading the log: 4096 of 90112", rewritten in place at most
// ten times a second and taken away at the end. Without a terminal it says nothing.
client::Progress progress(const std::string& what);

}  // namespace seinhuis::tools
