#define CATCH_CONFIG_RUNNER
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <iostream>
#include <mutex>
#include <thread>

#include "sandbox.h"
#include "simulation/full_stack.h"
#include "simulation/history.h"

// simulation [--seeds N] [--from SEED]   plays histories; ends with 1 and tells of the first that broke a
// promise simulation --seed SEED                 plays one again, and prints what happened in it simulation
// --mutants                   every way to break the guarantee must be found
using namespace seinhuis;
using namespace seinhuis::simulation;

namespace {

struct Found {
  std::uint64_t seed = 0;
  std::string broken;
};

// Plays one seed: what was broken, and how many steps it took.
using Play = std::function<std::string(std::uint64_t seed, std::size_t& steps)>;

// Plays seeds until one breaks a promise, on all cores; the lowest that did. `worker` makes a player for a
// thread.
std::optional<Found> search(std::uint64_t from, std::uint64_t count, const std::function<Play()>& worker,
                            std::size_t& steps) {
  std::atomic<std::uint64_t> next{from};
  std::atomic<std::uint64_t> end{from + count};
  std::atomic<std::size_t> all_steps{0};
  std::mutex mutex;
  std::optional<Found> found;
  const auto work = [&] {
    const Play play = worker();
    for (std::uint64_t seed = next.fetch_add(1); seed < end.load(); seed = next.fetch_add(1)) {
      std::size_t taken = 0;
      const std::string broken = play(seed, taken);
      all_steps += taken;
      if (broken.empty()) continue;
      const std::scoped_lock lock(mutex);
      if (!found || seed < found->seed) found = Found{seed, broken};
      end = std::min(end.load(), seed);
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned n = 0; n < std::max(1U, std::thread::hardware_concurrency()); ++n) threads.emplace_back(work);
  threads.clear();
  steps = all_steps;
  return found;
}

std::function<Play()> ledger_player(const Cast& cast, Mutant mutant) {
  return [&cast, mutant] {
    auto worlds = std::make_shared<Cast::Worlds>(cast.worlds());
    return [&cast, mutant, worlds](std::uint64_t seed, std::size_t& steps) {
      History history(cast, *worlds, seed, mutant, false);
      std::string broken = history.play();
      steps = history.steps();
      return broken;
    };
  };
}

// A sandbox from which every history of the full stack begins.
struct Sandbox {
  test::Folder home;
  std::filesystem::path folder = home.path() / "network";
  Day created = *Day::parse("2026-11-23");
  Sandbox() {
    const SeededSodium seeded(0);
    SystemRandom random;
    const auto made =
        tools::create_sandbox(folder, test::policy_set, created, random, {}, tools::WithNotary::yes);
    require(static_cast<bool>(made), "a sandbox can be created");
  }
};

std::function<Play()> full_player(const Sandbox& sandbox) {
  return [&sandbox] {
    return [&sandbox](std::uint64_t seed, std::size_t& steps) {
      steps = 1;
      return FullHistory(sandbox.folder, sandbox.created, seed, false).play();
    };
  };
}

// The same seed is the same history, to the byte.
std::string comes_again(const Sandbox& sandbox, std::uint64_t seed) {
  FullHistory once(sandbox.folder, sandbox.created, seed, false);
  std::string broken = once.play();
  if (!broken.empty()) return broken;
  FullHistory again(sandbox.folder, sandbox.created, seed, false);
  (void)again.play();
  return once.frames() == again.frames() ? "" : "it does not come again as it was";
}

int tell(const std::vector<std::string>& lines, const std::string& broken) {
  for (const std::string& line : lines) std::cout << line << '\n';
  std::cout << (broken.empty() ? "every promise was kept" : "BROKEN: " + broken) << '\n';
  return broken.empty() ? 0 : 1;
}

int replay(const Cast& cast, std::uint64_t seed, Mutant mutant) {
  Cast::Worlds worlds = cast.worlds();
  History history(cast, worlds, seed, mutant, true);
  const std::string broken = history.play();
  return tell(history.lines(), broken);
}
int replay_full(std::uint64_t seed) {
  const Sandbox sandbox;
  FullHistory history(sandbox.folder, sandbox.created, seed, true);
  const std::string broken = history.play();
  return tell(history.lines(), broken);
}

int hunt_mutants(const Cast& cast, std::uint64_t most) {
  int missed = 0;
  for (std::size_t n = 1; n < mutants; ++n) {
    const auto mutant = static_cast<Mutant>(n);
    std::size_t steps = 0;
    const auto found = search(1, most, ledger_player(cast, mutant), steps);
    std::cout << to_string(mutant) << ": "
              << (found ? "seed " + std::to_string(found->seed) + ": " + found->broken : "NOT FOUND") << '\n';
    missed += found ? 0 : 1;
  }
  return missed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  make_sodium_seedable();
  CLI::App app{"Plays histories of a network in which everything goes wrong."};
  std::uint64_t seeds = 1000;
  std::uint64_t from = 1;
  std::optional<std::uint64_t> seed;
  std::size_t mutant = 0;
  bool hunt = false;
  bool full = false;
  app.add_option("--seeds", seeds, "how many histories");
  app.add_option("--from", from, "the first");
  app.add_option("--seed", seed, "play this one again, and print it");
  app.add_option("--mutant", mutant, "with a ledger that is broken in this way, 1 to 6");
  app.add_flag("--full-stack", full, "with real clients, sealing and stores on disk");
  app.add_flag("--mutants", hunt, "find every mutant within --seeds histories");
  CLI11_PARSE(app, argc, argv);
  const auto begin = std::chrono::steady_clock::now();
  std::size_t steps = 0;
  std::optional<Found> found;
  if (full) {
    spdlog::set_level(spdlog::level::off);
    if (seed) return replay_full(*seed);
    const Sandbox sandbox;
    if (const auto broken = comes_again(sandbox, from); !broken.empty())
      return tell({"seed " + std::to_string(from)}, broken);
    found = search(from, seeds, full_player(sandbox), steps);
  } else {
    const Cast cast;
    const auto broken_by = static_cast<Mutant>(mutant % mutants);
    if (hunt) return hunt_mutants(cast, seeds);
    if (seed) return replay(cast, *seed, broken_by);
    found = search(from, seeds, ledger_player(cast, broken_by), steps);
  }
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  if (found) {
    std::cout << "seed " << found->seed << ": " << found->broken
              << "\n  see it again: " << (full ? "--full-stack " : "") << "--seed " << found->seed << '\n';
    return 1;
  }
  std::cout << seeds << " histories, " << steps << " steps, " << took.count()
            << " ms: every promise was kept\n";
  return 0;
}
