#include <CLI/CLI.hpp>
#include <iostream>

#include "run.h"

int main(int argc, char** argv) try {
  CLI::App app(
      "The broker of a Seinhuis network: routes sealed signals, strips what the policy does not allow, keeps "
      "the log.");
  seinhuis::broker::Start start;
  app.add_option("--config", start.config, "broker.yaml of the network")->required();
  app.set_version_flag("--version", SEINHUIS_VERSION);
  app.add_flag("--check", start.check_only, "verify configuration, keys, metadata and store, then end");
  CLI11_PARSE(app, argc, argv);
  return seinhuis::broker::run_daemon("seinhuisd", start);
} catch (const std::exception& broken) {
  std::cerr << "seinhuisd: " << broken.what() << '\n';
  return 1;
}
