#include "daemon.h"

#include <spdlog/spdlog.h>

#include <semaphore>
#include <thread>

#include "seinhuis/base/file_clock.h"
#include "seinhuis/base/key_file.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/broker/restored.h"
#include "seinhuis/proof/metadata_folder.h"
#include "seinhuis/store/lmdb.h"

namespace seinhuis::broker {
namespace {

constexpr store::Table floor_table{100};
constexpr auto metadata_interval = std::chrono::milliseconds(500);

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::prepare(const DaemonConfig& config) {
  std::unique_ptr<Daemon> daemon(new Daemon(config));
  auto seed = read_key<proof::SigningSeed>(config.signing_key);
  if (!seed) return seed.error();
  daemon->signer_.emplace(*std::move(seed));
  auto transport = read_key<TransportSecret>(config.transport_key);
  if (!transport) return transport.error();
  daemon->transport_key_.emplace(*std::move(transport));
  const auto clock = clock_from(config.clock);
  if (!clock) return clock.error();
  daemon->clock_ = *clock;
  if (config.evaluator) {
    daemon->evaluator_ =
        std::make_unique<Evaluator>(config.office == Office::notary ? proof::notary_name : broker_evaluator,
                                    *config.evaluator, daemon->random_);
    if (auto sound = daemon->evaluator_->check_seeds(); !sound) return sound.error();
  }
  if (config.issuer) {
    daemon->issuer_ = std::make_unique<Issuer>(*config.issuer, *daemon->signer_, daemon->random_);
    if (auto sound = daemon->issuer_->check_seeds(); !sound) return sound.error();
  }
  auto store = store::open_lmdb(config.store, config.map_megabytes << 20U, daemon->random_);
  if (!store) return store.error();
  daemon->store_ = *std::move(store);
  auto world = daemon->load_world();
  if (!world) return world.error();
  const proof::Network& network = (*world)->network;
  if (config.clock && !network.root.sandbox)
    return Error{Errc::refused, "'clock' is for sandboxes only; this network is none"};
  const metadata::Directory& directory = network.directory_on(Day::of((*clock)()))->directory;
  const metadata::Notary* notary = proof::find_notary(directory);
  if (config.office == Office::notary && notary == nullptr)
    return Error{Errc::refused, "the directory names no notary"};
  const bool of_notary = config.office == Office::notary;
  if ((of_notary ? notary->key : directory.log_key) != daemon->signer_->key()) {
    return Error{Errc::refused, of_notary ? "the identity key is not the notary's in the directory"
                                          : "the log key is not the one in the directory"};
  }
  if (!of_notary) {
    if (auto continued = check_continued(*daemon->store_, directory); !continued) return continued.error();
  }
  daemon->timestamp_ = (*world)->files.at("timestamp");
  if (auto kept = daemon->keep_floor(network.floor); !kept) return kept.error();
  daemon->world_ = std::make_unique<CurrentWorld>(*std::move(world));
  return daemon;
}

Result<proof::Floor> Daemon::floor() const {
  proof::Floor floor;
  const auto done = store_->read([&](const store::Reader& reader) -> Result<Done> {
    const auto kept = reader.get(floor_table, {});
    if (!kept) return kept.error();
    if (!*kept) return Done{};
    Unpacker in(**kept);
    for (std::uint32_t* number :
         {&floor.root, &floor.timestamp, &floor.snapshot, &floor.directory, &floor.policy})
      *number = in.number<std::uint32_t>();
    return Done{};
  });
  if (!done) return done.error();
  return floor;
}

Result<Done> Daemon::keep_floor(const proof::Floor& floor) {
  const Bytes packed = Packer()
                           .number(floor.root)
                           .number(floor.timestamp)
                           .number(floor.snapshot)
                           .number(floor.directory)
                           .number(floor.policy)
                           .take();
  return store_->write(
      [&](store::Writer& writer) { return writer.put(floor_table, {}, packed, store::permanent); });
}

Result<WorldRef> Daemon::load_world() const {
  auto files = proof::read_metadata(config_.metadata);
  if (!files) return files.error();
  const auto seen = floor();
  if (!seen) return seen.error();
  const Instant now = clock_();
  // Before anything else: a clock that is behind makes good metadata look as if it did not hold yet.
  const auto file = files->contains("timestamp") ? metadata::decode_signed(files->at("timestamp"))
                                                 : Result<metadata::Signed>(Error{Errc::absent, ""});
  const auto timestamp =
      file ? metadata::decode_timestamp(file->body) : Result<metadata::Timestamp>(file.error());
  if (timestamp && timestamp->signed_at > now) {
    return Error{Errc::stale, "the clock (" + utc_text(now) + ") is behind the newest timestamp (" +
                                  utc_text(timestamp->signed_at) + "); set the clock right"};
  }
  return make_world(*std::move(files), *seen, now);
}

Result<Done> Daemon::open() {
  ledger_ = std::make_unique<Ledger>(*store_, *signer_, LedgerLimits{config_.submissions_per_desk_and_day});
  const metadata::Directory& directory = world_->get()->network.directory_on(Day::of(clock_()))->directory;
  const metadata::Notary* notary = config_.office == Office::notary ? proof::find_notary(directory) : nullptr;
  Endpoints endpoints{notary != nullptr ? notary->endpoint : directory.endpoint,
                      notary != nullptr ? notary->anonymous_endpoint : directory.anonymous_endpoint};
  if (!config_.listen.empty()) endpoints.desks = config_.listen;
  if (!config_.listen_anonymous.empty()) endpoints.anonymous = config_.listen_anonymous;
  auto transport = Transport::open(endpoints, *transport_key_, *world_, clock_);
  if (!transport) return transport.error();
  transport_ = *std::move(transport);
  return Done{};
}

void Daemon::take_newer_metadata() {
  const auto timestamp = read_file(config_.metadata / "timestamp", metadata::max_bytes);
  if (!timestamp || *timestamp == timestamp_) return;
  auto world = load_world();
  if (!world) {
    spdlog::warn("newer metadata is not taken: {}", world.error().detail);
    return;
  }
  if (auto kept = keep_floor((*world)->network.floor); !kept) return;
  timestamp_ = (*world)->files.at("timestamp");
  spdlog::info("metadata timestamp={} policy={} directory={}", (*world)->network.timestamp.version,
               (*world)->network.floor.policy, (*world)->network.floor.directory);
  world_->set(*std::move(world));
}

// What made the pseudonyms of a generation that is over is destroyed, and with it the means to make them
// again.
void Daemon::forget_generations() {
  // Not by the clock alone: one that runs ahead would destroy what is still in use.
  const WorldRef world = world_->get();
  const Day today = std::min(Day::of(clock_()), Day::of(world->network.timestamp.signed_at));
  if (issuer_) {
    const auto forgotten = issuer_->forget(today);
    if (!forgotten) spdlog::error("issuer: {}", forgotten.error().detail);
  }
  const proof::DirectoryVersion* directory = world->network.directory_on(today);
  if (directory == nullptr || !evaluator_) return;
  const auto destroyed = evaluator_->forget(directory->directory, today);
  if (!destroyed) {
    spdlog::error("evaluator: {}", destroyed.error().detail);
  } else if (*destroyed != 0) {
    spdlog::info("evaluator: {} generations are over and destroyed", *destroyed);
  }
}

Result<Done> Daemon::serve(const std::stop_token& stop) {
  std::jthread watcher([this](const std::stop_token& halt) {
    while (!halt.stop_requested()) {
      std::this_thread::sleep_for(metadata_interval);
      take_newer_metadata();
      forget_generations();
      if (each_round_) each_round_();
    }
  });
  std::counting_semaphore<3> over(0);  // asked to stop, the transport gave up, or the store did
  std::jthread guard([&](const std::stop_token& halt) {
    while (!halt.stop_requested() && !store_->failed()) std::this_thread::sleep_for(metadata_interval);
    if (store_->failed()) over.release();
  });
  Service service(
      *world_, *ledger_, clock_, random_, {},
      [this](std::vector<Told> told) { transport_->tell(std::move(told)); },
      Duties{evaluator_.get(), config_.office == Office::notary ? &witness_ : nullptr, issuer_.get()});
  Result<Done> served = Done{};
  std::jthread transport_thread([&](const std::stop_token& halt) {
    served = transport_->serve(halt, [&](Asked asked) { return service.offer(std::move(asked)); });
    over.release();
  });
  {
    const std::stop_callback on_stop(stop, [&] { over.release(); });
    over.acquire();
  }
  service.finish();  // while the transport runs: what was taken in is answered
  transport_thread.request_stop();
  transport_thread.join();
  if (store_->failed())
    return Error{Errc::io, "the disk failed under the store; what was acknowledged is there. Start again"};
  return served;
}

}  // namespace seinhuis::broker
