#pragma once

#include "scenario/world.h"
#include "simulation/chance.h"
#include "simulation/guarantee.h"

namespace seinhuis::simulation {

// A history of the whole program: real clients with their stores, real sealing and signatures, the real
// service on LMDB. What is drawn from the seed is who does what, when, and what goes wrong; keys and salts
// are fresh each time.
class FullHistory {
 public:
  FullHistory(const std::filesystem::path& sandbox, Day created, std::uint64_t seed, bool recorded);
  // The first promise that was broken; empty when none was.
  std::string play();
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  void act();
  void something_goes_wrong();
  void send();
  void look(const std::string& desk);
  void answer(const std::string& desk);
  void next_day();
  void learn();
  void overhear(const std::string& desk, const Request& request, const Reply& reply);
  std::string ending();
  void note(const std::string& line);

  Chance chance_;
  bool recorded_;
  test::World world_;
  Truth truth_;
  std::map<Hash, MessageId> sent_;  // by h0
  std::vector<std::string> lines_;
};

}  // namespace seinhuis::simulation
