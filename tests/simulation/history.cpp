#include "simulation/history.h"

#include "simulation/guarantee.h"

namespace seinhuis::simulation {

using namespace std::chrono_literals;

namespace {

template <class T, std::size_t N>
T one_of(Chance& chance, const std::array<T, N>& choices) {
  return choices[chance.below(N)];
}

constexpr auto day = std::chrono::milliseconds(24h);

}  // namespace

History::History(const Cast& cast, Cast::Worlds& worlds, std::uint64_t seed, Mutant mutant, bool recorded)
    : stage_(cast, worlds, seed, mutant, recorded) {
  draw();
}

void History::draw() {
  Chance& chance = stage_.chance;
  with_urgent_ = chance.percent(25);
  if (with_urgent_) stage_.broker.with_board();
  length_ = with_urgent_ ? one_of<Span, 2>(chance, {6h, 2 * day})
                         : one_of<Span, 3>(chance, {2 * day, 9 * day, 45 * day});
  stage_.roads = {one_of<std::size_t, 3>(chance, {0, 10, 40}), one_of<std::size_t, 2>(chance, {0, 25}),
                  one_of<Span, 3>(chance, {1min, 3h, day})};
  if (with_urgent_) stage_.roads.slowest = std::min<Span>(stage_.roads.slowest, 10min);
  const Weather weather{one_of<std::size_t, 4>(chance, {0, 0, 5, 25}),
                        one_of<std::size_t, 3>(chance, {0, 3, 12})};
  stage_.broker.set_weather(weather);
  stage_.notary.set_weather(weather);
  draw_messages();
  draw_desks();
  draw_faults();
}

void History::draw_messages() {
  Chance& chance = stage_.chance;
  const std::size_t count = 1 + chance.below(3);
  for (std::size_t n = 0; n < count; ++n) {
    const auto kind =
        with_urgent_ && (n == 0 || chance.percent(50)) ? Melder::Kind::urgent : Melder::Kind::named;
    Melder& melder = *melders_.emplace_back(std::make_unique<Melder>(stage_, kind, length_ / 8));
    const Instant begins = stage_.loop.now() + chance.within(length_ / 2);
    stage_.loop.at(begins, [&melder] { melder.begin(); });
    if (chance.percent(20)) stage_.loop.at(begins + length_ / 6, [&melder] { melder.cheat(); });
  }
}

void History::draw_desks() {
  const auto add = [this](const std::string& name, Temper temper) {
    Desk& desk = *desks_.emplace_back(std::make_unique<Desk>(stage_, name, temper, length_ / 7));
    if (temper != Temper::absent) stage_.looking.insert(name);
    stage_.loop.in(stage_.chance.within(length_ / 7), [&desk] { desk.begin(); });
  };
  for (const std::string& name : {avim, ovd, zorg}) add(name, static_cast<Temper>(stage_.chance.below(6)));
  add(gemeente, Temper::silent);  // reads what it is answered
}

// From some moment to some later one, and at the end of the history at the latest.
void History::for_a_while(const std::string& what, const std::function<void()>& begin,
                          const std::function<void()>& end) {
  const Instant begins = stage_.loop.now() + stage_.chance.within(length_);
  const Instant ends = begins + stage_.chance.within(length_ / 2);
  stage_.loop.at(begins, [this, what, begin] {
    stage_.note(what);
    begin();
  });
  stage_.loop.at(ends, [this, what, end] {
    stage_.note("no more: " + what);
    end();
  });
  healing_.push_back(end);
}

void History::draw_faults() {
  Chance& chance = stage_.chance;
  const auto broker_and = [&](SimBroker& office, const std::string& name) {
    if (chance.percent(25))
      for_a_while(
          name + " is down", [&office] { office.stop(); }, [&office] { office.start(); });
  };
  broker_and(stage_.broker, "the broker");
  broker_and(stage_.notary, "the notary");
  for (const std::string& name : {avim, ovd, gemeente}) {
    if (!chance.percent(15)) continue;
    for_a_while(
        name + " is cut off", [this, name] { stage_.cut(name); }, [this, name] { stage_.mend(name); });
  }
  if (chance.percent(30)) {
    const Span skew = one_of<Span, 6>(chance, {1h, -1h, day, -day, 365 * day, -365 * day});
    for_a_while(
        "the clock of the broker is off by " + std::to_string(skew / 1h) + " h",
        [this, skew] {
          stage_.broker.set_skew(skew);
          if (skew > Span(0) && skew <= day) stage_.ahead = skew;
        },
        [this] { stage_.broker.set_skew(0h); });
  }
  if (chance.percent(10))
    for_a_while(
        "the administrators sign nothing", [this] { stage_.broker.administrators(true); },
        [this] { stage_.broker.administrators(false); });
  if (chance.percent(15)) {
    const bool removed = chance.percent(60);
    stage_.loop.in(chance.within(length_), [this, removed] {
      stage_.note(removed ? "the AVIM leaves the directory" : "nobody stands by any more");
      stage_.broker.set_law(removed ? Cast::Law::without_avim : Cast::Law::without_standby);
    });
  }
}

void History::heal() {
  stage_.note("all is well again");
  for (const auto& end : healing_) end();
  stage_.roads = {0, 0, 1min};
  stage_.broker.set_weather({});
  stage_.notary.set_weather({});
}

// The next thing that happens, or the next time that the broker looks at its clock.
Instant History::next_step() const {
  const Instant planned = stage_.loop.next();
  const auto alarm = stage_.broker.stopped() ? std::nullopt : stage_.broker.next_alarm();
  if (!alarm) return planned;
  const Instant skewed = *alarm - stage_.broker.skew();
  return std::min(planned, std::max({skewed, rings_again_, stage_.loop.now()}));
}

void History::ring() {
  stage_.note("the broker looks at its clock");
  stage_.broker.tick(stage_.loop.now());
  rings_again_ = stage_.loop.now() + length_ / 50;
}

// Somebody keeps a head of the log, as every client and the notary do.
void History::see_head() {
  const Reply head = stage_.broker.ledger().head();
  if (head.items.empty()) return;
  const auto shown = decode_head(head.items[0].body);
  require(static_cast<bool>(shown), "a head can be read");
  stage_.truth.heads.push_back(*shown);
}

std::string History::play_until(Instant end) {
  while (!stage_.loop.empty()) {
    const Instant next = next_step();
    if (next > end) return {};
    const bool rings = next < stage_.loop.next();
    stage_.loop.move_to(next);
    rings ? ring() : stage_.loop.step();
    ++steps_;
    const std::uint64_t changes = stage_.broker.store().changes();
    if (changes == checked_ && stage_.truth.wrong.empty()) continue;
    checked_ = changes;
    if (stage_.chance.percent(10)) see_head();
    if (auto broken = broken_now(stage_); !broken.empty()) return broken;
  }
  return {};
}

std::string History::play() {
  if (auto broken = play_until(stage_.loop.now() + length_); !broken.empty()) return broken;
  heal();
  // Time for everybody to look, to say what they say, and for a day to be closed.
  const Instant said = stage_.loop.now() + length_ / 2;
  if (auto broken = play_until(said); !broken.empty()) return broken;
  stage_.over = true;
  const Instant end = said + length_ / 3 + (with_urgent_ ? day + stage_.ahead : Span(1h));
  if (auto broken = play_until(end); !broken.empty()) return broken;
  stage_.loop.move_to(end);
  stage_.broker.tick(end);
  if (auto broken = broken_now(stage_); !broken.empty()) return broken;
  return broken_at_end(stage_);
}

}  // namespace seinhuis::simulation
