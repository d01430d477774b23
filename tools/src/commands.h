#pragma once

#include <CLI/CLI.hpp>

#include "output.h"

// The commands of `seinhuis`: each adds itself to the application, with what it does when it is chosen.
namespace seinhuis::tools {

// Set by the command that ran.
struct Outcome {
  int code = 0;
};

// --mode identified (default) | confidential | anonymous.
inline void add_mode(CLI::App& command, std::string& mode) {
  command.add_option("--mode", mode, "who is named: identified (default), confidential or anonymous")
      ->check(CLI::IsMember({"identified", "confidential", "anonymous"}));
}

void add_policy_commands(CLI::App& app, Style& style,
                         Outcome& outcome);  // explain, policy check|test|coverage
void add_network_commands(CLI::App& app, Style& style, Outcome& outcome);  // network, desk, metadata, sandbox
void add_signal_commands(CLI::App& app, Style& style,
                         Outcome& outcome);  // send, compose, correct, .., withdraw, attest
void add_import_command(CLI::App& app, Style& style, Outcome& outcome);  // import
void add_inbox_commands(CLI::App& app, Style& style,
                        Outcome& outcome);  // inbox, feedback, follow, sent, show, sync, log
void add_obligation_commands(CLI::App& app, Style& style, Outcome& outcome);  // obligations, overview
void add_canary_command(CLI::App& app, Style& style, Outcome& outcome);       // canary
void add_vector_command(CLI::App& app, Style& style, Outcome& outcome);       // vectors

}  // namespace seinhuis::tools
