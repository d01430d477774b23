#pragma once

#include "daemon.h"

namespace seinhuis::broker {

struct Start {
  std::string config;
  Office office = Office::broker;
  bool check_only = false;  // verify, say "ok" and end
  std::function<Result<Done>(Daemon& daemon, const DaemonConfig& config)> prepared;  // before it serves
};

// A daemon from its start to SIGTERM or SIGINT; gives the exit code. Prints "ready ENDPOINT".
int run_daemon(const std::string& name, const Start& start);

}  // namespace seinhuis::broker
