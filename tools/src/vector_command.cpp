#include <iostream>

#include "commands.h"

namespace seinhuis::tools {

void add_vector_command(CLI::App& app, Style& style, Outcome& outcome) {
  (void)app;
  (void)style;
  (void)outcome;
}

}  // namespace seinhuis::tools
