#pragma once

#include <memory>

#include "simulation/desk.h"
#include "simulation/melder.h"

namespace seinhuis::simulation {

// One history: some melders, three desks, a broker and a notary, and what goes wrong, all drawn from a seed.
class History {
 public:
  History(const Cast& cast, Cast::Worlds& worlds, std::uint64_t seed, Mutant mutant, bool recorded);
  // Plays it to its end and gives the first promise that was broken; empty when none was.
  std::string play();
  const std::vector<std::string>& lines() const { return stage_.lines(); }
  std::size_t steps() const { return steps_; }

 private:
  using Span = std::chrono::milliseconds;
  void draw();
  void draw_messages();
  void draw_desks();
  void draw_faults();
  void for_a_while(const std::string& what, const std::function<void()>& begin,
                   const std::function<void()>& end);
  void heal();
  std::string play_until(Instant end);
  Instant next_step() const;
  void ring();
  void see_head();

  Stage stage_;
  Span length_{};
  bool with_urgent_ = false;
  std::vector<std::unique_ptr<Melder>> melders_;
  std::vector<std::unique_ptr<Desk>> desks_;
  std::vector<std::function<void()>> healing_;
  Instant rings_again_{};  // not before: an alarm that cannot be kept now is tried again later
  std::uint64_t checked_ = ~std::uint64_t{0};
  std::size_t steps_ = 0;
};

}  // namespace seinhuis::simulation
