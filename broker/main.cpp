#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <thread>

#include "daemon.h"

namespace {

using namespace seinhuis;

// Key bytes and signals never end up in a core file.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
  (void)::prctl(PR_SET_DUMPABLE, 0);
}

// Signals are taken by the thread that waits for them, never in the middle of somebody's work.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  (void)::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  (void)std::signal(SIGPIPE, SIG_IGN);
  return set;
}

int fail(const Error& error) {
  std::cerr << "seinhuisd: " << error.detail << '\n';
  return 1;
}

int run(const std::string& config_file, bool check_only) {
  const sigset_t signals = block_signals();
  const auto config = broker::read_config(config_file);
  if (!config) return fail(config.error());
  auto daemon = broker::Daemon::prepare(*config);
  if (!daemon) return fail(daemon.error());
  if (check_only) {
    std::cout << "ok\n";
    return 0;
  }
  if (auto opened = (*daemon)->open(); !opened) return fail(opened.error());
  std::jthread server([&](const std::stop_token& stop) {
    if (const auto served = (*daemon)->serve(stop); !served) {
      spdlog::error("{}", served.error().detail);
      std::exit(1);  // NOLINT(concurrency-mt-unsafe): fail-stop, the store is consistent at every moment
    }
  });
  std::cout << "ready " << (*daemon)->endpoint() << ((*daemon)->sandbox() ? " (sandbox)" : "") << std::endl;
  spdlog::info("ready");
  int received = 0;
  (void)::sigwait(&signals, &received);
  spdlog::info("stopping");
  server.request_stop();
  server.join();
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  forbid_core_dumps();
  spdlog::set_default_logger(spdlog::stderr_logger_mt("seinhuisd"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  CLI::App app(
      "The broker of a Seinhuis network: routes sealed signals, strips what the policy does not allow, keeps "
      "the log.");
  std::string config;
  bool check = false;
  app.add_option("--config", config, "broker.yaml of the network")->required();
  app.set_version_flag("--version", SEINHUIS_VERSION);
  app.add_flag("--check", check, "verify configuration, keys, metadata and store, then end");
  CLI11_PARSE(app, argc, argv);
  return run(config, check);
} catch (const std::exception& broken) {
  std::cerr << "seinhuisd: " << broken.what() << '\n';
  return 1;
}
