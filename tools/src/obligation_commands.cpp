#include <iostream>
#include <memory>

#include "commands.h"
#include "obligations_shown.h"
#include "profile.h"

// What a desk owes, and how desks answer.
namespace seinhuis::tools {
namespace {

constexpr std::array<const char*, DeskOverview::bands> band_names = {"<1d",  "<2d",  "<5d",
                                                                     "<10d", "<30d", ">=30d"};

const char* state_of(const Owed& owed, std::size_t deadline) {
  if (deadline < owed.met) return "met";
  if ((owed.missed >> deadline & 1U) != 0) return "missed";
  return (owed.reminded >> deadline & 1U) != 0 ? "reminded" : "open";
}

int obligations(const std::string& folder, const Style& style) {
  auto profile = Profile::open(folder);
  if (!profile) return fail(style, profile.error());
  client::Client& client = (*profile)->client();
  if (auto synced = client.refresh(); !synced) return fail(style, synced.error());
  if (auto saved = (*profile)->save_metadata(); !saved) return fail(style, saved.error());
  const auto all = client::obligations(client);
  if (!all) return fail(style, all.error());
  if (style.json) {
    Json list = Json::array();
    for (const Owed& owed : *all) list.push_back(owed_json(owed));
    print({{"obligations", list}});
    return 0;
  }
  if (all->empty()) {
    std::cout << "niets open\n";
    return 0;
  }
  std::vector<std::vector<std::string>> rows{
      {"signaal", "regel", "nu verwacht", "uiterlijk", "status", "gemist", "doorgeschakeld"}};
  for (const Owed& owed : *all) {
    const auto next = client::next_deadline(owed);
    std::string missed;
    for (std::size_t n = 0; n < deadlines; ++n) {
      if ((owed.missed >> n & 1U) != 0)
        missed += (missed.empty() ? "" : ", ") + std::string(to_string(static_cast<Deadline>(n)));
    }
    const bool reminded = next && wants_reminding(owed);
    rows.push_back({owed.message.hex(), owed.rule,
                    next ? std::string(to_string(next->first)) + (reminded ? " (herinnerd)" : "") : "-",
                    next ? utc_text(next->second) : "-",
                    owed.status ? std::string(to_string(*owed.status)) : "-", missed.empty() ? "-" : missed,
                    owed.next.empty() ? "-" : owed.next});
  }
  std::cout << table(rows, style);
  return 0;
}

Json counts_json(const DeskOverview::Counts& counts) {
  Json json = Json::object();
  for (std::size_t n = 0; n < counts.size(); ++n)
    json[band_names[n]] = counts[n] == DeskOverview::hidden ? Json(nullptr) : Json(counts[n]);
  return json;
}

std::string count_text(std::uint32_t count, std::uint32_t least) {
  return count == DeskOverview::hidden ? "<" + std::to_string(least)
         : count == 0                  ? "."
                                       : std::to_string(count);
}

int overview(const std::string& folder, const Style& style) {
  auto profile = Profile::open(folder);
  if (!profile) return fail(style, profile.error());
  client::Client& client = (*profile)->client();
  if (auto synced = client.refresh(); !synced) return fail(style, synced.error());
  if (auto saved = (*profile)->save_metadata(); !saved) return fail(style, saved.error());
  const auto desks = client::overview(client);
  if (!desks) return fail(style, desks.error());
  const std::uint32_t least = client.policy().source().least_cell;
  if (style.json) {
    Json list = Json::array();
    for (const DeskOverview& desk : *desks) {
      list.push_back({{"desk", desk.desk},
                      {"silence", counts_json(desk.silence)},
                      {"pick_up", counts_json(desk.pick_up)},
                      {"outcome", counts_json(desk.outcome)},
                      {"missed", desk.missed == DeskOverview::hidden ? Json(nullptr) : Json(desk.missed)}});
    }
    print({{"least", least}, {"desks", list}});
    return 0;
  }
  std::vector<std::vector<std::string>> rows{{"desk", "aantal"}};
  for (const char* band : band_names) rows.front().emplace_back(band);
  for (const DeskOverview& desk : *desks) {
    const std::pair<const char*, const DeskOverview::Counts*> lines[] = {
        {"stilte", &desk.silence}, {"tot opgehaald", &desk.pick_up}, {"tot antwoord", &desk.outcome}};
    for (const auto& [name, counts] : lines) {
      std::vector<std::string> row{desk.desk, name};
      for (const std::uint32_t count : *counts) row.push_back(count_text(count, least));
      rows.push_back(std::move(row));
    }
    rows.push_back({desk.desk, "gemiste termijnen", count_text(desk.missed, least)});
    rows.back().resize(rows.front().size(), "");
  }
  std::cout << table(rows, style);
  return 0;
}

}  // namespace

Json owed_json(const Owed& owed) {
  Json json{{"signal", owed.message.hex()}, {"rule", owed.rule}, {"offered", utc_text(owed.offered)}};
  const std::array<const char*, deadlines> names = {"pick_up", "triage", "outcome"};
  for (std::size_t n = 0; n < deadlines; ++n)
    json[names[n]] = {{"due", utc_text(owed.due[n])}, {"state", state_of(owed, n)}};
  json["status"] = owed.status ? Json(to_string(*owed.status)) : Json(nullptr);
  json["escalated_to"] = owed.next.empty() ? Json(nullptr) : Json(owed.next);
  return json;
}

bool wants_reminding(const Owed& owed) {
  return owed.reminded >> owed.met != 0 || owed.missed >> owed.met != 0;
}

void add_obligation_commands(CLI::App& app, Style& style, Outcome& outcome) {
  const auto add = [&](const char* name, const char* text, int (*run)(const std::string&, const Style&)) {
    auto profile = std::make_shared<std::string>();
    auto* command = app.add_subcommand(name, text);
    command->add_option("--profile", *profile, "the desk's folder")->required();
    command->add_flag("--json", style.json, "one JSON document on standard output");
    command->callback([profile, run, &style, &outcome] { outcome.code = run(*profile, style); });
  };
  add("obligations", "What this desk owes, and by when.", obligations);
  add("overview", "How long desks take and keep silent, in counts; for who supervises, or has such a role.",
      overview);
}

}  // namespace seinhuis::tools
