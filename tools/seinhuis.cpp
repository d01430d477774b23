#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <iostream>

#include "seinhuis/yaml/yaml.h"
#include "src/commands.h"
#include "src/examples.h"

namespace {

// Says so when the first word is no command.
bool refuse_unknown(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  if (std::ranges::find(names, word) != names.end()) return false;
  std::cerr << "seinhuis: no command '" << word << "'" << seinhuis::yaml::suggestion(word, names)
            << " (seinhuis --help lists them)\n";
  return true;
}

}  // namespace

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
  app.set_version_flag("--version", SEINHUIS_VERSION);
  Style style;
  style.colour = ::isatty(STDOUT_FILENO) == 1;
  Outcome outcome;
  add_policy_commands(app, style, outcome);
  add_network_commands(app, style, outcome);
  add_signal_commands(app, style, outcome);
  add_import_command(app, style, outcome);
  add_inbox_commands(app, style, outcome);
  add_obligation_commands(app, style, outcome);
  add_canary_command(app, style, outcome);
  add_vector_command(app, style, outcome);
  add_examples(app);
  if (argc > 1 && *argv[1] != '-' && refuse_unknown(app, argv[1])) return static_cast<int>(Exit::usage);
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
