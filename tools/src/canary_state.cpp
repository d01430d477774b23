#include "canary_state.h"

#include <nlohmann/json.hpp>

#include "seinhuis/base/files.h"

namespace seinhuis::tools {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t max_state = 1U << 20U;

std::int64_t seconds(Instant at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

// Throws what nlohmann::json throws.
CanaryState from_json(const Json& json) {
  const auto moment = [](const Json& value) {
    return Instant(std::chrono::milliseconds(value.get<std::int64_t>()));
  };
  const auto day = [](const Json& value) { return Day(value.get<std::uint32_t>()); };
  const auto mode = [](const Json& value) {
    return word_of<Mode>(std::string_view(value.get<std::string>())).value_or(Mode::anonymous);
  };
  CanaryState state;
  state.started = moment(json.at("started"));
  for (const auto& [name, answered] : json.at("answered").items())
    state.canaries[name].answered = moment(answered);
  for (const Json& one : json.at("unnamed"))
    state.unnamed.push_back({mode(one.at("mode")), day(one.at("day")), one.at("words").get<std::string>()});
  state.last_mode = mode(json.at("last_mode"));
  state.last_day = day(json.at("last_day"));
  state.read = day(json.at("read"));
  return state;
}

}  // namespace

Result<CanaryState> read_canaries(const std::filesystem::path& folder) {
  const auto file = folder / "canary.json";
  const auto content = read_private_file(file, max_state);
  if (!content && content.error().code == Errc::absent) return CanaryState{};
  if (!content) return content.error();
  try {
    return from_json(Json::parse(text_of(*content)));
  } catch (const Json::exception&) {
    return Error{Errc::malformed, file.string() + " cannot be read; remove it to begin anew"};
  }
}

Result<Done> write_canaries(const std::filesystem::path& folder, const CanaryState& state) {
  Json json{{"started", state.started.time_since_epoch().count()},
            {"answered", Json::object()},
            {"unnamed", Json::array()},
            {"last_mode", to_string(state.last_mode)},
            {"last_day", state.last_day.days()},
            {"read", state.read.days()}};
  for (const auto& [name, canaries] : state.canaries)
    json["answered"][name] = canaries.answered.time_since_epoch().count();
  for (const UnnamedCanary& one : state.unnamed)
    json["unnamed"].push_back({{"mode", to_string(one.mode)}, {"day", one.day.days()}, {"words", one.words}});
  return write_file(folder / "canary.json", view(json.dump(1)), Readers::owner);
}

void judge_canaries(CanaryState& state, std::chrono::minutes every, Instant now) {
  const auto is_unnamed = [](const std::string& name) {
    return name == to_string(Mode::confidential) || name == to_string(Mode::anonymous);
  };
  for (auto& [name, canaries] : state.canaries) {
    const Instant since = std::max(canaries.answered, state.started);
    canaries.late = now - since > (is_unnamed(name) ? Instant::duration(unnamed_late) : 2 * every);
  }
}

std::string canary_metrics(const CanaryState& state, Instant now) {
  std::string text =
      "# HELP seinhuis_canary_timestamp_seconds When the newest canary signal was sent that was answered; "
      "\"partner\": that came.\n"
      "# TYPE seinhuis_canary_timestamp_seconds gauge\n";
  for (const auto& [name, canaries] : state.canaries)
    text += "seinhuis_canary_timestamp_seconds{mode=\"" + name + "\"} " +
            std::to_string(seconds(std::max(canaries.answered, state.started))) + "\n";
  text += "# TYPE seinhuis_canary_late gauge\n";
  for (const auto& [name, canaries] : state.canaries)
    text += "seinhuis_canary_late{mode=\"" + name + "\"} " + (canaries.late ? "1" : "0") + "\n";
  return text +
         "# TYPE seinhuis_canary_round_timestamp_seconds gauge\nseinhuis_canary_round_timestamp_seconds " +
         std::to_string(seconds(now)) + "\n";
}

}  // namespace seinhuis::tools
