#include <nlohmann/json.hpp>

#include "seinhuis/policy_load/signal_file.h"

namespace seinhuis::policy {
namespace {

using Json = nlohmann::ordered_json;

Json basis_json(const Policy& policy, const std::string& id) {
  const bundle::Grondslag* basis = grondslag(policy, id);
  if (basis == nullptr) return nullptr;
  return {{"id", basis->id}, {"citation", basis->citation}};
}

Json gate_json(Gate gate) { return gate == Gate::none ? Json(nullptr) : Json(to_string(gate)); }
Json id_json(const std::string& id) { return id.empty() ? Json(nullptr) : Json(id); }

Json needs_json(const std::vector<Need>& needs) {
  Json all = Json::array();
  for (const Need& need : needs) all.push_back({{"kind", need.kind}, {"type", need.type}, {"by", need.by}});
  return all;
}

Json bases_json(const Policy& policy, const Explanation& said) {
  return {{"giving", basis_json(policy, said.giving)}, {"receiving", basis_json(policy, said.receiving)}};
}

const char* state_text(CellState state) {
  return state == CellState::given ? "give" : state == CellState::held ? "hold" : "withhold";
}

Json cell_json(const Policy& policy, const Facts& facts, const Row& row, const Cell& cell,
               Language language) {
  const Explanation said = explain(policy, facts, row, cell, language);
  const std::uint32_t given = cell.state == CellState::given ? cell.forms : 0;
  Json json{{"state", state_text(cell.state)},
            {"forms", form_names(policy, cell.field, given)},
            {"gate", gate_json(cell.gate)},
            {"rule", id_json(said.rule)},
            {"why", said.why},
            {"needs", needs_json(said.needs)},
            {"grondslag", bases_json(policy, said)}};
  if (cell.state == CellState::given && policy.source().rules[cell.rule].min_cell > 0) {
    json["min_cell"] = policy.source().rules[cell.rule].min_cell;
  }
  return json;
}

Json row_json(const Policy& policy, const Facts& facts, const Row& row, Language language) {
  const Explanation said = explain(policy, facts, row, language);
  Json fields = Json::object();
  for (const Cell& cell : row.cells) {
    fields[policy.source().fields[cell.field].id] = cell_json(policy, facts, row, cell, language);
  }
  Json json{{"desk", policy.source().desks[row.desk].name},
            {"outcome", to_string(row.outcome)},
            {"purpose", row.purpose == none ? Json(nullptr) : Json(policy.source().purposes[row.purpose].id)},
            {"rule", id_json(said.rule)},
            {"gate", gate_json(row.gate)},
            {"why", said.why},
            {"needs", needs_json(said.needs)},
            {"grondslag", bases_json(policy, said)}};
  if (row.standby > 0) json["standby"] = row.standby;
  if (std::ranges::any_of(facts.statements, [](const StatementFacts& s) { return s.issuer == none; }))
    json["unverified"] = true;
  json["fields"] = std::move(fields);
  return json;
}

Json rows_json(const Policy& policy, const Facts& facts, const Plan& plan, Language language) {
  Json rows = Json::array();
  for (const Row& row : plan.rows) rows.push_back(row_json(policy, facts, row, language));
  return rows;
}

}  // namespace

std::string recipients_json(const Policy& policy, const Facts& facts, const Plan& plan, Language language) {
  return rows_json(policy, facts, plan, language).dump(2);
}

std::string plan_json(const Policy& policy, const Facts& facts, const Plan& plan, Language language) {
  const Json json{
      {"date", facts.day.text()},
      {"policy",
       {{"id", policy.source().id}, {"version", policy.source().version}, {"hash", policy.hash().hex()}}},
      {"recipients", rows_json(policy, facts, plan, language)}};
  return json.dump(2);
}

}  // namespace seinhuis::policy
