#include "simulation/stage.h"

namespace seinhuis::simulation {

void Loop::step() {
  Planned next = planned_.top();
  planned_.pop();
  now_ = std::max(now_, next.when);
  next.what();
}

Stage::Stage(const Cast& who, Cast::Worlds& worlds, std::uint64_t seed, Mutant how, bool recorded)
    : cast(who),
      chance(seed),
      mutant(how),
      loop(who.begin()),
      broker(who, worlds, chance, how),
      notary(who, worlds, chance, Mutant::none),
      recorded_(recorded) {}

void Stage::note(const std::string& line) {
  if (recorded_) lines_.push_back(utc_text(loop.now()) + "  " + line);
}

void Stage::carry(const std::string& who, const std::function<void()>& arrives) {
  if (cut_.contains(who) || chance.percent(roads.lost)) return;
  loop.in(chance.within(roads.slowest), arrives);
  if (chance.percent(roads.twice)) loop.in(chance.within(roads.slowest), arrives);
}

void Stage::request(SimBroker& to, const std::string& who, const std::string& what, Ask ask, Hear hear) {
  carry(who, [this, &to, who, what, ask = std::move(ask), hear = std::move(hear)] {
    if (to.stopped()) return;
    if (&to == &broker) to.tick(loop.now());
    loop.in({}, [this, &to, who, what, ask, hear] {
      const auto reply = ask(to);
      if (recorded_)
        note(who + ": " + what + " -> " +
             (reply ? std::string(to_string(reply->code)) : std::string("the process dies")));
      if (reply) carry(who, [hear, reply = *reply] { hear(reply); });
    });
  });
}

}  // namespace seinhuis::simulation
