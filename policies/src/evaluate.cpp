#include "match.h"

namespace seinhuis::policy {
namespace {

// How one rule stands for one desk, before looking at a field.
struct Standing {
  Index rule = none;
  Gate early = Gate::none;  // G4 or G5
  bool lacks = false;       // a requirement that withholds
  bool person = true;       // the age band fits
  bool waits = false;       // a requirement that holds
  Mask categories = 0;
};

Standing standing_of(const Policy& policy, const Facts& facts, Index desk, Index number, AgeBand age) {
  const RuleFacts& rule = policy.rules()[number];
  Standing standing;
  standing.rule = number;
  if (!basis_holds(policy, number, facts.day)) {
    standing.early = Gate::basis;
  } else if (!std::ranges::all_of(rule.agreements, [&](Index a) {
               return agreement_holds(policy, a, facts, desk, rule.purpose);
             })) {
    standing.early = Gate::agreement;
  }
  standing.person = (rule.ages & bit_of(age)) != 0;
  for (const RequirementFacts& wanted : rule.requirements) {
    if (statement_holds(policy, wanted, facts, desk, rule.purpose)) continue;
    (wanted.holds ? standing.waits : standing.lacks) = true;
  }
  standing.categories = covered(policy, rule, facts.day);
  return standing;
}

// One rule's say over one field.
Cell judge(const Policy& policy, const Facts& facts, Index desk, const Standing& standing, Index field) {
  Cell cell;
  cell.field = field;
  cell.rule = standing.rule;
  const std::uint32_t granted = policy.rules()[standing.rule].forms[field];
  const auto stop = [&](Gate gate) {
    cell.gate = gate;
    return cell;
  };
  if (standing.early != Gate::none) return stop(standing.early);
  for (std::size_t form = 0; form < policy.source().fields[field].forms.size(); ++form) {
    if ((granted >> form & 1U) != 0 && (policy.category(field, form, facts.theme) & standing.categories) != 0)
      cell.forms |= 1U << form;
  }
  if (cell.forms == 0) return stop(Gate::category);
  const Taken taken = taken_away(policy, facts, desk, standing.rule, field);
  cell.forms &= ~taken.forms;
  if (cell.forms == 0) {
    cell.never = taken.never;
    return stop(policy.source().nevers[taken.never].gate);
  }
  if (standing.lacks || !standing.person) {
    cell.forms = 0;
    return stop(standing.lacks ? Gate::secrecy : Gate::person);
  }
  const bool unread = policy.source().fields[field].redaction && !redacted(policy, facts, desk);
  if (unread && facts.from == none) {  // whoever signs that it was read, names its organisation
    cell.forms = 0;
    return stop(Gate::category);
  }
  cell.state = standing.waits || unread ? CellState::held : CellState::given;
  return stop(standing.waits ? Gate::secrecy : unread ? Gate::category : Gate::none);
}

// The better of two says: given before held before withheld, then the later gate, then the earlier rule.
bool nearer(const Cell& a, const Cell& b) {
  if (a.state != b.state) return a.state < b.state;
  if (a.gate != b.gate) return a.gate > b.gate;
  return a.rule < b.rule;
}

Cell ungranted(const Policy& policy, const Facts& facts, Index desk, Index field) {
  Cell cell;
  cell.field = field;
  cell.gate = Gate::minimisation;
  cell.never = taken_away(policy, facts, desk, none, field).never;
  if (cell.never != none) cell.gate = policy.source().nevers[cell.never].gate;
  return cell;
}

Cell cell_of(const Policy& policy, const Facts& facts, Index desk, const std::vector<Standing>& standings,
             Index field) {
  std::optional<Cell> best;
  for (const Standing& standing : standings) {
    const std::uint32_t granted = policy.rules()[standing.rule].forms[field];
    const bool adds = !best || best->state != CellState::given || (granted & ~best->forms) != 0;
    if (granted == 0 || !adds) continue;  // the first rule to give a form is the one that is named
    const Cell said = judge(policy, facts, desk, standing, field);
    if (!best) {
      best = said;
      continue;
    }
    const bool together = said.state == best->state && said.state != CellState::withheld;
    const std::uint32_t both = best->forms | said.forms;
    if (nearer(said, *best)) best = said;
    if (together) best->forms = both;
  }
  return best ? *best : ungranted(policy, facts, desk, field);
}

// Strictest of two bands, for a person whose age is not known.
Cell stricter(const Cell& a, const Cell& b) {
  Cell cell = a.state >= b.state ? a : b;
  if (a.state == b.state && a.state != CellState::withheld) {
    cell.forms = a.forms & b.forms;
    if (cell.forms == 0) {
      cell.state = CellState::withheld;
      cell.gate = Gate::person;
    }
  }
  return cell;
}

std::vector<Cell> cells_at(const Policy& policy, const Facts& facts, Index desk,
                           const std::vector<Index>& rules, AgeBand age) {
  std::vector<Standing> standings;
  standings.reserve(rules.size());
  for (const Index rule : rules) standings.push_back(standing_of(policy, facts, desk, rule, age));
  std::vector<Cell> cells;
  const Index shape = policy.shape(facts.kind, facts.theme);
  if (shape == none) return cells;
  const std::vector<Index>& fields = policy.shape_fields(shape);
  cells.reserve(fields.size());
  for (const Index field : fields) cells.push_back(cell_of(policy, facts, desk, standings, field));
  return cells;
}

std::vector<Cell> cells_for(const Policy& policy, const Facts& facts, Index desk,
                            const std::vector<Index>& rules) {
  if (facts.age != AgeBand::unknown) return cells_at(policy, facts, desk, rules, facts.age);
  auto cells = cells_at(policy, facts, desk, rules, AgeBand::under_12);
  for (const AgeBand band : {AgeBand::from_12_to_17, AgeBand::adult}) {
    const auto others = cells_at(policy, facts, desk, rules, band);
    for (std::size_t n = 0; n < cells.size(); ++n) cells[n] = stricter(cells[n], others[n]);
  }
  return cells;
}

Row stopped(const Policy& policy, const Facts& facts, Index desk, Gate gate) {
  Row row;
  row.desk = desk;
  row.gate = gate;
  row.never = never_at(policy, facts, desk);
  return row;
}

// G1..G3: what does not depend on a rule. Gives the purposes that remain.
Gate desk_gate(const Policy& policy, const Facts& facts, Index desk, Mask& purposes) {
  const DeskFacts& seen = policy.desks()[desk];
  purposes = seen.purposes & facts.purposes;
  if (facts.enrolled && !facts.enrolled->test(desk)) return Gate::recipient;
  if ((seen.themes >> facts.theme & 1U) == 0) return Gate::theme;
  return purposes == 0 ? Gate::purpose : Gate::none;
}

// The best row of a desk over the purposes that remain, given the rules that select it.
Row best_row(const Policy& policy, const Facts& facts, Index desk, Mask purposes,
             const std::vector<Index>& selecting) {
  Row best = stopped(policy, facts, desk, Gate::basis);
  bool found = false;
  const auto count = static_cast<Index>(policy.source().purposes.size());
  for (Index purpose = 0; purpose < count; ++purpose) {
    if ((purposes >> purpose & 1U) == 0) continue;
    std::vector<Index> candidates;
    for (const Index rule : selecting) {
      if (policy.rules()[rule].purpose == purpose) candidates.push_back(rule);
    }
    if (candidates.empty()) continue;
    Row row;
    row.desk = desk;
    row.purpose = purpose;
    row.cells = cells_for(policy, facts, desk, candidates);
    imply_openings(policy, row);
    conclude(row);
    if (!found || row.outcome < best.outcome) best = std::move(row);  // a tie goes to the lowest id
    found = true;
  }
  return best;
}

Row decide(const Policy& policy, const Facts& facts, Index desk, const std::vector<Index>& selecting) {
  Mask purposes = 0;
  if (const Gate gate = desk_gate(policy, facts, desk, purposes); gate != Gate::none) {
    return stopped(policy, facts, desk, gate);
  }
  return best_row(policy, facts, desk, purposes, selecting);
}

bool of_theme(const RuleFacts& rule, const Facts& facts) { return (rule.themes >> facts.theme & 1U) != 0; }

std::vector<Index> fitting(const Policy& policy, const Facts& facts, Turn turn = Turn::now) {
  std::vector<Index> rules;
  for (std::size_t n = 0; n < policy.rules().size(); ++n) {
    const bool of_turn = policy.rules()[n].standby == (turn == Turn::standby);
    if (of_turn && fits(policy.rules()[n], facts)) rules.push_back(static_cast<Index>(n));
  }
  return rules;
}

std::vector<Index> selecting(const Policy& policy, const Facts& facts, const std::vector<Index>& rules,
                             Index desk) {
  std::vector<Index> chosen;
  for (const Index rule : rules) {
    const RuleFacts& seen = policy.rules()[rule];
    if (of_theme(seen, facts) && selects(policy, seen.to, facts, desk)) chosen.push_back(rule);
  }
  return chosen;
}

// The one gate that a rule which is not a candidate would fail at `desk`; none if it fails none or several.
Gate only_miss(const Policy& policy, const Facts& facts, Index desk, Index number) {
  const RuleFacts& rule = policy.rules()[number];
  const Standing standing = standing_of(policy, facts, desk, number, facts.age);
  const DeskFacts& seen = policy.desks()[desk];
  int misses = 0;
  Gate gate = Gate::none;
  const auto miss = [&](bool missed, Gate at) {
    if (!missed) return;
    ++misses;
    if (gate == Gate::none) gate = at;
  };
  miss(facts.enrolled && !facts.enrolled->test(desk), Gate::recipient);
  miss(!of_theme(rule, facts) || (seen.themes >> facts.theme & 1U) == 0, Gate::theme);
  miss((facts.purposes & seen.purposes & Mask{1} << rule.purpose) == 0, Gate::purpose);
  miss(standing.early != Gate::none, standing.early);
  miss(standing.lacks, Gate::secrecy);
  miss(!standing.person && facts.age != AgeBand::unknown, Gate::person);
  return misses == 1 ? gate : Gate::none;
}

Row near_miss(const Policy& policy, const Facts& facts, const std::vector<Index>& rules, Index desk) {
  Row row;
  for (const Index rule : rules) {
    if (!selects(policy, policy.rules()[rule].to, facts, desk)) continue;
    const Gate gate = only_miss(policy, facts, desk, rule);
    if (gate == Gate::none || (row.desk != none && gate <= row.gate)) continue;
    row = stopped(policy, facts, desk, gate);
    row.rule = rule;
  }
  return row;
}

}  // namespace

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::deliver: return "deliver";
    case Outcome::hold: return "hold";
    case Outcome::refuse: return "refuse";
  }
  return "";
}

void conclude(Row& row) {
  const Cell* best = nullptr;
  for (const Cell& cell : row.cells) {
    if (cell.rule == none) continue;
    if (best == nullptr || nearer(cell, *best)) best = &cell;
  }
  row.outcome = Outcome::refuse;
  row.gate = Gate::none;
  row.rule = none;
  row.never = none;
  if (best == nullptr) {
    row.gate = Gate::minimisation;
    return;
  }
  row.rule = best->rule;
  row.outcome = static_cast<Outcome>(best->state);
  if (row.outcome != Outcome::deliver) {
    row.gate = best->gate;
    row.never = best->never;
  }
}

Row row_for(const Policy& policy, const Facts& facts, Index desk, Turn turn) {
  return decide(policy, facts, desk, selecting(policy, facts, fitting(policy, facts, turn), desk));
}

std::uint8_t step_of(const Policy& policy, const std::vector<const bundle::Rule*>& rules, Index desk) {
  std::size_t first = 0;
  for (const bundle::Rule* rule : rules) {
    const auto& role = policy.source().desks[desk].role;
    const auto at = static_cast<std::size_t>(std::ranges::find(rule->chain, role) - rule->chain.begin()) + 1;
    if (at <= rule->chain.size() && (first == 0 || at < first)) first = at;
  }
  return static_cast<std::uint8_t>(first);
}

Row row_for_melder(const Policy& policy, const Facts& facts, const DeskSet& givers) {
  std::vector<Index> answering = fitting(policy, facts);
  std::erase_if(answering, [&](Index rule) {
    const RuleFacts& seen = policy.rules()[rule];
    return seen.to.thread != bundle::Selector::Thread::giver || !of_theme(seen, facts) || givers.none() ||
           (givers & ~seen.to.desks).any() || !seen.agreements.empty();  // which nobody has signed
  });
  return best_row(policy, facts, none, facts.purposes, answering);
}

namespace {

// Desks to whom it is escalated, where no row gives them anything now. Named desks narrow these too.
void add_standby(const Policy& policy, const Facts& facts, Plan& made) {
  std::vector<const bundle::Rule*> owed;
  for (const Row& row : made.rows) {
    if (const bundle::Rule* rule = obligation(policy, row)) owed.push_back(rule);
  }
  const std::vector<Index> rules = fitting(policy, facts, Turn::standby);
  const auto count = static_cast<Index>(policy.desks().size());
  for (Index desk = 0; desk < count && !owed.empty() && !rules.empty(); ++desk) {
    const std::uint8_t step = step_of(policy, owed, desk);
    if (step == 0 || (facts.to.any() && !facts.to.test(desk))) continue;
    const auto there = std::ranges::lower_bound(made.rows, desk, {}, &Row::desk);
    const bool taken = there != made.rows.end() && there->desk == desk;
    if (taken && there->outcome == Outcome::deliver) continue;
    Row row = decide(policy, facts, desk, selecting(policy, facts, rules, desk));
    if (row.outcome != Outcome::deliver) continue;
    row.standby = step;
    if (taken) {
      *there = std::move(row);
    } else {
      made.rows.insert(there, std::move(row));
    }
  }
}

}  // namespace

Plan plan(const Policy& policy, const Facts& facts) {
  Plan made;
  made.shape = policy.shape(facts.kind, facts.theme);
  const std::vector<Index> rules = fitting(policy, facts);
  const auto count = static_cast<Index>(policy.desks().size());
  for (Index desk = 0; desk < count; ++desk) {
    const bool named = facts.to.test(desk);
    if (facts.to.any() && !named) continue;
    const std::vector<Index> chosen = selecting(policy, facts, rules, desk);
    if (named || !chosen.empty()) {
      made.rows.push_back(decide(policy, facts, desk, chosen));
    } else if (Row row = near_miss(policy, facts, rules, desk); row.desk != none) {
      made.rows.push_back(std::move(row));
    }
  }
  pair_pseudonyms(policy, made);
  add_standby(policy, facts, made);
  return made;
}

bool supervises(const Policy& policy, Index desk) {
  return desk != none && std::ranges::any_of(policy.rules(), [&](const RuleFacts& rule) {
           return (rule.kinds & bit_of(Kind::alarm)) != 0 &&
                  rule.to.thread == bundle::Selector::Thread::none && rule.to.desks.test(desk);
         });
}

bool sees_overview(const Policy& policy, Index desk) {
  return desk != none &&
         (supervises(policy, desk) || has(policy.source().overview, policy.source().desks[desk].role));
}

bool may_be_obliged(const Policy& policy, const Facts& facts, Index desk) {
  Mask purposes = 0;
  if (desk == none || desk_gate(policy, facts, desk, purposes) != Gate::none) return false;
  const std::vector<Index> chosen = selecting(policy, facts, fitting(policy, facts), desk);
  return std::ranges::any_of(chosen, [&](Index rule) {
    const RuleFacts& seen = policy.rules()[rule];
    return seen.obliges && (purposes >> seen.purpose & 1U) != 0;
  });
}

const bundle::Rule* obligation(const Policy& policy, const Row& row) {
  if (row.outcome != Outcome::deliver) return nullptr;
  for (const Cell& cell : row.cells) {
    if (cell.state == CellState::given && cell.rule != none && policy.rules()[cell.rule].obliges)
      return &policy.source().rules[cell.rule];
  }
  return nullptr;
}

}  // namespace seinhuis::policy
