#include "../../broker/src/obligations.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <csignal>
#include <fstream>
#include <iostream>
#include <thread>

#include "../../broker/src/h0_index.h"
#include "../../broker/src/tables.h"
#include "bench/signals.h"
#include "bench/way.h"
#include "seinhuis/base/files.h"
#include "seinhuis/base/message_id.h"
#include "seinhuis/store/lmdb.h"

// What a broker that is owed many answers costs: bench_obligations [how many, 10 million]. Figures stand in
// broker/DESIGN.md.
using namespace seinhuis;
using namespace seinhuis::bench;

namespace {

using Steady = std::chrono::steady_clock;
constexpr std::size_t per_commit = 50'000;
constexpr std::size_t map_bytes = std::size_t{48} << 30U;
constexpr int open_for_days = 30;

double since(Steady::time_point begin) {
  return std::chrono::duration<double, std::milli>(Steady::now() - begin).count();
}

// Memory that is a process's own, MiB.
double own_memory(const std::string& process = "self") {
  std::ifstream status("/proc/" + process + "/status");
  std::string word;
  while (status >> word) {
    if (word != "RssAnon:") continue;
    double kib = 0;
    status >> kib;
    return kib / 1024;
  }
  return 0;
}

// The n-th of `many`, which were offered one after the other in the days before.
broker::Obligation obligation(std::uint64_t n, std::uint64_t many, const broker::World& world, Instant now,
                              Random& random) {
  const auto& desks = world.network.directories.back().directory.desks;
  constexpr double all_days = 86'400'000.0 * open_for_days;
  const auto ago = std::chrono::milliseconds(
      std::llround(all_days * static_cast<double>(many - n) / static_cast<double>(many)));
  broker::Obligation made;
  made.owed.offered = now - ago;
  made.owed.message = new_message_id(made.owed.offered, random);
  made.desk = desks[n % desks.size()].name;
  made.owed.h0 = random.draw<Hash>();
  made.owed.rule = "gemeente-politie-signaal";
  made.lengths = {24 * 60, 5 * 24 * 60, 30 * 24 * 60, 0};
  for (std::size_t d = 0; d < deadlines; ++d)
    made.owed.due[d] =
        now + std::chrono::days(1) + std::chrono::milliseconds(n * 40503U % (86'400'000U * open_for_days));
  made.heard = Day::of(made.owed.offered);
  made.keep_until = Day::of(now).plus(365);
  return made;
}

std::unique_ptr<store::Store> open(const std::filesystem::path& folder, Random& random) {
  return must(store::open_lmdb(folder, map_bytes, random));
}

void fill(store::Store& store, std::uint64_t many, const broker::World& world, Instant now, Random& random) {
  const auto begin = Steady::now();
  for (std::uint64_t done = 0; done < many; done += per_commit) {
    must(store.write([&](store::Writer& writer) -> Result<Done> {
      for (std::uint64_t n = done; n < std::min(many, done + per_commit); ++n) {
        const broker::Obligation one = obligation(n, many, world, now, random);
        if (auto put = broker::put_obligation(writer, one); !put) return put;
        const auto found = broker::index_h0(writer, one.owed.h0, Day::of(one.owed.offered), one.owed.message,
                                            broker::shelf_until(one.keep_until));
        if (!found) return found;
      }
      return Done{};
    }));
  }
  std::cout << many << " open obligations put in " << since(begin) / 1000 << " s" << std::endl;
}

// The daemon itself on this store: from its start until it says that it is ready.
void restart(const std::filesystem::path& sandbox) {
  const auto config = sandbox / "broker.yaml";
  std::ofstream(sandbox / "broker" / "broker.yaml", std::ios::app)
      << "map-megabytes: " << (map_bytes >> 20U) << '\n';
  std::array<int, 2> out{};
  if (::pipe(out.data()) != 0) throw std::runtime_error("no pipe");
  const auto begin = Steady::now();
  const pid_t daemon = ::fork();
  if (daemon == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::execl(SEINHUIS_DAEMON, SEINHUIS_DAEMON, "--config", config.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(out[1]);
  std::array<char, 256> said{};
  const auto size = ::read(out[0], said.data(), said.size());
  if (size < 5 || !std::string_view(said.data(), 5).starts_with("ready"))
    throw std::runtime_error("the daemon does not become ready");
  const double took = since(begin);
  std::this_thread::sleep_for(std::chrono::seconds(3));
  std::cout << "seinhuisd ready in " << took
            << " ms, own memory (RssAnon) after 3 s: " << own_memory(std::to_string(daemon)) << " MiB\n";
  ::kill(daemon, SIGTERM);
  int ended = 0;
  if (::waitpid(daemon, &ended, 0) != daemon || ended != 0) throw std::runtime_error("the daemon ends badly");
  ::close(out[0]);
}

std::vector<Bytes> submissions(Signals& signals, std::size_t count) {
  std::vector<Bytes> frames;
  for (std::size_t n = 0; n < count; ++n) {
    Request request;
    request.action = Action::submit;
    request.body = encode(signals.sealed(12).submission);
    frames.push_back(encoded(std::move(request), n));
  }
  return frames;
}

// Milliseconds in which a broker accepts these, durably: decoded, verified, evaluated, committed.
double accept(broker::Ledger& ledger, broker::CurrentWorld& world, Signals& signals, Random& random,
              const std::vector<Bytes>& frames) {
  Direct broker(world, ledger, signals.now(), random);
  const auto begin = Steady::now();
  (void)bench::run(broker, "gemeente/toezicht", frames, [](const Reply&) {});
  return since(begin);
}

// In turns, so that what else the machine does meets both. Filling in large commits leaves LMDB a long list
// of free pages, which is written anew with each commit until it is used up: no broker has that, so it is
// used up first.
void accept_beside(broker::Ledger& empty, broker::Ledger& full,
                   const std::shared_ptr<const broker::World>& world, Signals& signals, Random& random) {
  constexpr std::size_t round_size = 3000;
  constexpr std::size_t settling = 40;
  constexpr std::size_t rounds = 20;
  broker::CurrentWorld current(world);
  double with = 0;
  double without = 0;
  std::vector<double> shares;
  for (std::size_t round = 0; round < settling + rounds; ++round) {
    const auto frames = submissions(signals, round_size);
    const double alone = accept(empty, current, signals, random, frames);
    const double beside = accept(full, current, signals, random, frames);
    if (round == 0) std::cout << "just after filling: " << alone / beside * 100 << " %\n";
    if (round < settling) continue;
    shares.push_back(alone / beside * 100);
    without += alone;
    with += beside;
  }
  std::ranges::sort(shares);
  constexpr double accepted = 1000.0 * round_size * rounds;
  std::cout << "accepting: " << accepted / without << " /s into an empty store, " << accepted / with
            << " /s beside them: " << without / with * 100 << " %; " << rounds << " rounds, from "
            << shares.front() << " to " << shares.back() << ", half of them above " << shares[rounds / 2]
            << " %\n";
}

void next_deadline(const broker::Ledger& ledger) {
  constexpr int rounds = 1000;
  const auto begin = Steady::now();
  for (int n = 0; n < rounds; ++n) {
    if (!must(ledger.next_alarm())) throw std::runtime_error("nothing is due");
  }
  std::cout << "next deadline found in " << since(begin) / rounds * 1000 << " us\n";
}

int run(std::uint64_t many) {
  Signals signals;
  SystemRandom random;
  const Bytes seed = must(read_file(signals.folder() / "broker" / "log.key", 64));
  const proof::Signer log_key(
      proof::SigningSeed::filled([&](std::span<std::byte> out) { std::ranges::copy(seed, out.begin()); }));
  const auto world =
      must(broker::make_world(must(proof::read_metadata(signals.folder() / "metadata")), {}, signals.now()));
  const auto folder = signals.folder() / "broker" / "store";
  // In a process of its own: what filling takes is not what a broker takes.
  const pid_t filling = ::fork();
  if (filling == 0) {
    fill(*open(folder, random), many, *world, signals.now(), random);
    ::_exit(0);
  }
  int ended = 0;
  if (::waitpid(filling, &ended, 0) != filling || ended != 0)
    throw std::runtime_error("the store is not filled");
  std::cout << "on disk: " << std::filesystem::file_size(folder / "data.mdb") / many << " bytes each\n";
  restart(signals.folder());

  const auto begin = Steady::now();
  const auto full_store = open(folder, random);
  broker::Ledger full(*full_store, log_key, {1'000'000'000});
  (void)must(full.next_alarm());
  std::cout << "opened, and the next deadline known, in " << since(begin) << " ms\n";
  next_deadline(full);
  std::cout << "own memory (RssAnon): " << own_memory() << " MiB\n";

  const auto empty_store = open(signals.folder() / "empty", random);
  broker::Ledger empty(*empty_store, log_key, {1'000'000'000});
  accept_beside(empty, full, world, signals, random);
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  return run(argc > 1 ? std::stoull(argv[1]) : 10'000'000);
} catch (const std::exception& broken) {
  std::cerr << broken.what() << '\n';
  return 1;
}
