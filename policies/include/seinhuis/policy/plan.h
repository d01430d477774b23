#pragma once

#include "seinhuis/policy/facts.h"

namespace seinhuis::policy {

enum class Outcome : std::uint8_t { deliver = 0, hold = 1, refuse = 2 };
std::string_view to_string(Outcome outcome) noexcept;

enum class CellState : std::uint8_t { given = 0, held = 1, withheld = 2 };

// What one desk gets of one field.
struct Cell {
  Index field = none;
  CellState state = CellState::withheld;
  std::uint32_t forms = 0;  // bits: given, or waiting when held
  Gate gate = Gate::none;   // what stopped it
  Index rule = none;        // gave it, holds it, or came nearest
  Index never = none;       // took it away
  friend bool operator==(const Cell&, const Cell&) = default;
};

// What one desk gets.
struct Row {
  Index desk = none;
  Outcome outcome = Outcome::refuse;
  Index purpose = none;
  Gate gate = Gate::none;  // for hold and refuse
  Index rule = none;
  Index never = none;
  std::vector<Cell> cells;   // in the order of the shape; empty for a refusal before any rule
  std::uint8_t standby = 0;  // n: it gets this when the n-th step of a chain has come to it
  friend bool operator==(const Row&, const Row&) = default;
};

struct Plan {
  Index shape = none;
  std::vector<Row> rows;  // by desk name
  friend bool operator==(const Plan&, const Plan&) = default;
};

// The whole answer to a message: who gets what, and what stops the rest. Rows: desks that rules select, desks
// named in `to`, and desks of rules that miss by exactly one gate. Pure.
Plan plan(const Policy& policy, const Facts& facts);

// One desk's row of it; what a recipient recomputes. `standby`: as one to whom a chain has come.
enum class Turn : std::uint8_t { now, standby };
Row row_for(const Policy& policy, const Facts& facts, Index desk, Turn turn = Turn::now);

// The first step at which one of these rules (of obligations) comes to the desk; 0 when none does.
std::uint8_t step_of(const Policy& policy, const std::vector<const bundle::Rule*>& rules, Index desk);

// What a melder who is not named may read of feedback on the board: the rules that answer the giver of a
// message, where they hold for every desk of `givers`, its class. Its desk is none.
Row row_for_melder(const Policy& policy, const Facts& facts, const DeskSet& givers);

// The rules that carry alarms name the desk: it supervises the log.
bool supervises(const Policy& policy, Index desk);
// It sees how desks answer, in counts: who supervises the log, and the roles under `overview`.
bool sees_overview(const Policy& policy, Index desk);

// Some rule for these facts selects the desk and would oblige it, were every statement and agreement there:
// who does not know them all can tell so much. Pure.
bool may_be_obliged(const Policy& policy, const Facts& facts, Index desk);

// The deadlines that a delivery under this row obliges the desk to; nullptr when it obliges to nothing.
const bundle::Rule* obligation(const Policy& policy, const Row& row);

}  // namespace seinhuis::policy
