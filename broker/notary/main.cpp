#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "run.h"
#include "watch.h"

// The notary: evaluates pseudonyms beside the broker, under keys that the broker does not have, and watches
// its log.
namespace {

using namespace seinhuis;

class Rounds {
 public:
  Rounds(broker::Daemon& daemon, std::unique_ptr<client::Link> link, const broker::DaemonConfig& config)
      : link_(std::move(link)),
        watch_({daemon.world(), daemon.store(), daemon.signer(), daemon.clock(), config.metadata, *link_,
                daemon.witness()}) {
    if (const auto started = watch_.start(); !started) spdlog::error("watch: {}", started.error().detail);
  }

  void operator()() {
    const auto looked = watch_.look();
    const std::string said = looked ? "" : looked.error().detail;
    if (said != last_ && !said.empty()) spdlog::error("watch: {}", said);  // once, not each round
    if (said.empty() && !last_.empty()) spdlog::info("watch: the log extends what was seen of it");
    last_ = said;
  }

 private:
  std::unique_ptr<client::Link> link_;
  notary::Watch watch_;
  std::string last_;
};

// A link stays on the thread that made it: the first round makes it.
Result<Done> watch_broker(broker::Daemon& daemon, const broker::DaemonConfig& config) {
  daemon.each_round([&daemon, config, rounds = std::shared_ptr<Rounds>()]() mutable {
    if (!rounds) {
      const broker::WorldRef world = daemon.world().get();
      const auto& directory = world->network.directory_on(Day::of(daemon.clock()()))->directory;
      const auto secret = client::TransportSecret::filled(
          [&](std::span<std::byte> out) { std::ranges::copy(daemon.transport_key().reveal(), out.begin()); });
      auto link = client::connect(config.broker.empty() ? directory.endpoint : config.broker,
                                  directory.broker_transport, secret);
      if (!link) return spdlog::error("watch: {}", link.error().detail);
      rounds = std::make_shared<Rounds>(daemon, *std::move(link), config);
    }
    (*rounds)();
  });
  return Done{};
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app(
      "The notary of a Seinhuis network, run by another legal entity than the broker: no pseudonym without "
      "it, and no second history of the log.");
  broker::Start start;
  start.office = broker::Office::notary;
  start.prepared = watch_broker;
  app.add_option("--config", start.config, "notary.yaml")->required();
  app.set_version_flag("--version", SEINHUIS_VERSION);
  app.add_flag("--check", start.check_only, "verify configuration, keys, metadata and store, then end");
  CLI11_PARSE(app, argc, argv);
  return broker::run_daemon("seinhuis-notary", start);
} catch (const std::exception& broken) {
  std::cerr << "seinhuis-notary: " << broken.what() << '\n';
  return 1;
}
