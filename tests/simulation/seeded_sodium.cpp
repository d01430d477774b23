#include "simulation/seeded_sodium.h"

#include <sodium.h>

#include <optional>

#include "seinhuis/base/result.h"
#include "simulation/chance.h"

namespace seinhuis::simulation {
namespace {

thread_local std::optional<Chance> drawn;

void fill(void* out, std::size_t size) {
  if (!drawn) return randombytes_sysrandom_implementation.buf(out, size);
  drawn->fill({static_cast<std::byte*>(out), size});
}
std::uint32_t number() {
  std::uint32_t one = 0;
  fill(&one, sizeof one);
  return one;
}

}  // namespace

void make_sodium_seedable() {
  static randombytes_implementation seedable = randombytes_sysrandom_implementation;
  seedable.implementation_name = [] { return "seedable"; };
  seedable.random = number;
  seedable.uniform = nullptr;  // made of `random`
  seedable.buf = fill;
  require(randombytes_set_implementation(&seedable) == 0, "libsodium draws as it is told");
}

SeededSodium::SeededSodium(std::uint64_t seed) { drawn.emplace(seed); }
SeededSodium::~SeededSodium() { drawn.reset(); }

}  // namespace seinhuis::simulation
