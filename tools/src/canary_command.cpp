#include <iostream>
#include <memory>

#include "canary_round.h"
#include "commands.h"
#include "seinhuis/base/files.h"
#include "seinhuis/policy_load/signal_file.h"

// Canary signals, for a timer: whether signals and answers still arrive, in each mode.
namespace seinhuis::tools {
namespace {

struct CanaryOptions {
  std::string profile;
  std::string signal;
  std::string metrics;
  int every = 60;  // minutes
};

int report(const CanaryState& state, const Style& style, const std::vector<std::string>& problems) {
  Json json = Json::object();
  bool late = false;
  for (const auto& [name, canaries] : state.canaries) {
    late = late || canaries.late;
    const bool any = canaries.answered != Instant{};
    json[name] = {{"answered", any ? Json(utc_text(canaries.answered)) : Json(nullptr)},
                  {"late", canaries.late}};
    const std::string when = any ? utc_text(canaries.answered) : "never";
    if (canaries.late)
      std::cerr << "late: " << name << ": the last canary that "
                << (name == "partner" ? "came" : "was answered") << " is of " << when << '\n';
    if (!style.json) std::cout << name << "  " << when << (canaries.late ? "  LATE" : "") << '\n';
  }
  for (const std::string& problem : problems) std::cerr << "seinhuis: " << problem << '\n';
  if (style.json) print({{"canaries", json}, {"problems", problems}});
  return static_cast<int>(late ? Exit::other : Exit::done);
}

// What stops a round stops no alarm: what is late is said, and written, whatever else fails.
int canary(const CanaryOptions& o, const Style& style) {
  const std::chrono::minutes every(o.every);
  auto state = read_canaries(o.profile);
  if (!state) return fail(style, state.error());
  std::vector<std::string> problems;
  auto profile = Profile::open(o.profile);
  const Instant now = profile ? (*profile)->now() : system_now();
  if (state->started == Instant{}) state->started = now;
  if (profile) {
    auto draft = policy::read_signal((*profile)->client().policy(), o.signal);
    problems = draft ? CanaryRound(**profile, *std::move(draft), *state, every, now).run()
                     : std::vector{draft.error().detail};
  } else {
    problems.push_back(profile.error().detail);
  }
  judge_canaries(*state, every, now);
  if (auto saved = write_canaries(o.profile, *state); !saved) problems.push_back(saved.error().detail);
  if (!o.metrics.empty()) {
    const std::string text = canary_metrics(*state, now);
    if (auto written = write_file(o.metrics, view(text), Readers::everybody); !written)
      problems.push_back(written.error().detail);
  }
  return report(*state, style, problems);
}

}  // namespace

void add_canary_command(CLI::App& app, Style& style, Outcome& outcome) {
  auto o = std::make_shared<CanaryOptions>();
  auto* command = app.add_subcommand("canary",
                                     "Signals about nobody between two desks, in each mode: do they arrive, "
                                     "and their answers? For a timer.");
  command->add_option("--profile", o->profile, "the desk's folder")->required();
  command->add_option("--signal", o->signal, "the signal to send to the other desk")->required();
  command->add_option("--every", o->every, "minutes between two by name; default 60")
      ->check(CLI::Range(5, 1440));
  command->add_option("--metrics", o->metrics, "file for Prometheus' text collector");
  command->add_flag("--json", style.json, "one JSON document on standard output");
  command->callback([o, &style, &outcome] { outcome.code = canary(*o, style); });
}

}  // namespace seinhuis::tools
