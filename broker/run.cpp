#include "run.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <iostream>
#include <thread>

namespace seinhuis::broker {
namespace {

// Key bytes and signals never end up in a core file.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
  (void)::prctl(PR_SET_DUMPABLE, 0);
}

// A connection is a descriptor: as many as the system lets us have.
void raise_descriptors() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &files);
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

}  // namespace

int run_daemon(const std::string& name, const Start& start) {
  forbid_core_dumps();
  raise_descriptors();
  spdlog::set_default_logger(spdlog::stderr_logger_mt(name));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  const auto fail = [&](const Error& error) {
    std::cerr << name << ": " << error.detail << '\n';
    return 1;
  };
  const sigset_t signals = block_signals();
  const auto config = read_config(start.config, start.office);
  if (!config) return fail(config.error());
  auto daemon = Daemon::prepare(*config);
  if (!daemon) return fail(daemon.error());
  if (start.check_only) {
    const auto records = (*daemon)->store().check();
    if (!records) return fail(records.error());
    std::cout << "ok, " << *records << " records\n";
    return 0;
  }
  if (start.prepared) {
    if (auto done = start.prepared(**daemon, *config); !done) return fail(done.error());
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

}  // namespace seinhuis::broker
