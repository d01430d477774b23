#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "src/commands.h"
#include "src/examples.h"

int main(int argc, char** argv) try {
  using namespace seinhuis::tools;
  const rlimit none{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
  (void)std::signal(SIGPIPE, SIG_IGN);

  CLI::App app(
      "Seinhuis: signals of human trafficking to the desks that may have them, and the answer back.\n"
      "  seinhuis explain --policies policies/nl-mensenhandel --signal A1.json\n"
      "  seinhuis send --profile DIR/desks/gemeente-groningen/toezicht --signal A1.json\n"
      "  seinhuis inbox --profile DIR/desks/politie-noord/avim-mensenhandel --wait 10");
  app.require_subcommand(1);
  Style style;
  style.colour = ::isatty(STDOUT_FILENO) == 1;
  Outcome outcome;
  add_policy_commands(app, style, outcome);
  add_network_commands(app, style, outcome);
  add_signal_commands(app, style, outcome);
  add_inbox_commands(app, style, outcome);
  add_vector_command(app, style, outcome);
  add_examples(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? 0 : static_cast<int>(Exit::usage);
  }
  return outcome.code;
} catch (const std::exception& broken) {
  std::cerr << "seinhuis: " << broken.what() << '\n';
  return 1;
}
