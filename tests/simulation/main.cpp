#define CATCH_CONFIG_RUNNER
#include <CLI/CLI.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <iostream>
#include <mutex>
#include <thread>

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

// Plays seeds until one breaks a promise, on all cores; the lowest that did.
std::optional<Found> search(const Cast& cast, std::uint64_t from, std::uint64_t count, Mutant mutant,
                            std::size_t& steps) {
  std::atomic<std::uint64_t> next{from};
  std::atomic<std::uint64_t> end{from + count};
  std::atomic<std::size_t> all_steps{0};
  std::mutex mutex;
  std::optional<Found> found;
  const auto work = [&] {
    Cast::Worlds worlds = cast.worlds();
    for (std::uint64_t seed = next.fetch_add(1); seed < end.load(); seed = next.fetch_add(1)) {
      History history(cast, worlds, seed, mutant, false);
      const std::string broken = history.play();
      all_steps += history.steps();
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

int replay(const Cast& cast, std::uint64_t seed, Mutant mutant) {
  Cast::Worlds worlds = cast.worlds();
  History history(cast, worlds, seed, mutant, true);
  const std::string broken = history.play();
  for (const std::string& line : history.lines()) std::cout << line << '\n';
  std::cout << (broken.empty() ? "every promise was kept" : "BROKEN: " + broken) << '\n';
  return broken.empty() ? 0 : 1;
}

int hunt_mutants(const Cast& cast, std::uint64_t most) {
  int missed = 0;
  for (std::size_t n = 1; n < mutants; ++n) {
    const auto mutant = static_cast<Mutant>(n);
    std::size_t steps = 0;
    const auto found = search(cast, 1, most, mutant, steps);
    std::cout << to_string(mutant) << ": "
              << (found ? "seed " + std::to_string(found->seed) + ": " + found->broken : "NOT FOUND") << '\n';
    missed += found ? 0 : 1;
  }
  return missed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Plays histories of a network in which everything goes wrong."};
  std::uint64_t seeds = 1000;
  std::uint64_t from = 1;
  std::optional<std::uint64_t> seed;
  std::size_t mutant = 0;
  bool hunt = false;
  app.add_option("--seeds", seeds, "how many histories");
  app.add_option("--from", from, "the first");
  app.add_option("--seed", seed, "play this one again, and print it");
  app.add_option("--mutant", mutant, "with a ledger that is broken in this way, 1 to 6");
  app.add_flag("--mutants", hunt, "find every mutant within --seeds histories");
  CLI11_PARSE(app, argc, argv);
  const Cast cast;
  if (hunt) return hunt_mutants(cast, seeds);
  const auto broken_by = static_cast<Mutant>(mutant % mutants);
  if (seed) return replay(cast, *seed, broken_by);
  const auto begin = std::chrono::steady_clock::now();
  std::size_t steps = 0;
  const auto found = search(cast, from, seeds, broken_by, steps);
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  if (found) {
    std::cout << "seed " << found->seed << ": " << found->broken << "\n  see it again: --seed " << found->seed
              << '\n';
    return 1;
  }
  std::cout << seeds << " histories, " << steps << " steps, " << took.count()
            << " ms: every promise was kept\n";
  return 0;
}
