#include <CLI/CLI.hpp>
#include <iostream>

#include "copies.h"
#include "run.h"

namespace {

using namespace seinhuis;

int fail(const Error& error) {
  std::cerr << "seinhuisd: " << error.detail << '\n';
  return 1;
}

int back_up(const std::string& config_file, const broker::CopyPlaces& to) {
  const auto config = broker::read_config(config_file);
  if (!config) return fail(config.error());
  const auto copied = broker::make_copy(*config, to);
  if (!copied) return fail(copied.error());
  std::cout << "copied and read back: " << copied->records << " records, a log of " << copied->leaves
            << " leaves, as of " << utc_text(copied->until) << "\ndestroy " << (to.keys / "keys").string()
            << " within seven days: what the broker erases is gone from this copy when they are\n";
  return 0;
}

int restore(const std::string& config_file, const broker::CopyPlaces& from) {
  const auto config = broker::read_config(config_file);
  if (!config) return fail(config.error());
  const auto copied = broker::put_back(*config, from);
  if (!copied) return fail(copied.error());
  std::cout << "put back: " << copied->records << " records, a log of " << copied->leaves << " leaves, as of "
            << utc_text(copied->until)
            << "\nwhat was accepted after that is not here. Before the broker starts, sign a new log:\n"
               "  seinhuis network restored FOLDER\n  seinhuis network publish FOLDER\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app(
      "The broker of a Seinhuis network: routes sealed signals, strips what the policy does not allow, keeps "
      "the log.");
  broker::Start start;
  app.add_option("--config", start.config, "broker.yaml of the network")->required();
  app.set_version_flag("--version", SEINHUIS_VERSION);
  app.add_flag("--check", start.check_only, "verify configuration, keys, metadata and store, then end");
  app.fallthrough();
  broker::CopyPlaces places;
  auto* backup = app.add_subcommand("backup", "copy the store, also of a broker that runs");
  backup->add_option("--to", places.store, "folder for the copy")->required();
  backup->add_option("--keys-to", places.keys, "another folder, for the keys of its records")->required();
  auto* put_back = app.add_subcommand("restore", "put a copy in the place of a store that is gone");
  put_back->add_option("--from", places.store, "folder of the copy")->required();
  put_back->add_option("--keys-from", places.keys, "folder of its keys")->required();
  CLI11_PARSE(app, argc, argv);
  if (*backup) return back_up(start.config, places);
  if (*put_back) return restore(start.config, places);
  return broker::run_daemon("seinhuisd", start);
} catch (const std::exception& broken) {
  std::cerr << "seinhuisd: " << broken.what() << '\n';
  return 1;
}
