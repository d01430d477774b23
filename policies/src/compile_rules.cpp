#include <algorithm>

#include "compiler.h"
#include "match.h"
#include "seinhuis/policy/message.h"

namespace seinhuis::policy {
namespace {

template <class Word>
std::uint16_t bits(const std::vector<Word>& words) {
  std::uint16_t set = 0;
  for (const Word word : words) set = static_cast<std::uint16_t>(set | bit_of(word));
  return set;
}

bool unreachable(const bundle::Period& period) { return period.from > period.until; }

}  // namespace

bool Compiler::chosen(const bundle::Selector& selector, std::size_t number) const {
  const bundle::Desk& desk = source_.desks[number];
  const bool open = selector.desks.empty() && selector.roles.empty() && selector.kinds.empty() &&
                    selector.organisations.empty() && selector.classes.empty();
  const bool named =
      open || has(selector.desks, desk.name) || has(selector.roles, desk.role) ||
      has(selector.kinds, desk.kind) || has(selector.organisations, organisation_of(desk.name)) ||
      (number < made_.role_classes_.size() && has(selector.classes, made_.role_classes_[number]));
  return named && !has(selector.except_kinds, desk.kind);
}

SelectorFacts Compiler::select(const bundle::Selector& selector, const std::string& where) {
  SelectorFacts facts;
  facts.thread = selector.thread;
  facts.region = selector.region;
  facts.regions = need_all(made_.regions_, selector.regions, where);
  for (const auto& name : selector.desks) (void)need(made_.desk_names_, name, where);
  for (const auto& role : selector.roles) (void)need(made_.roles_, role, where);
  (void)need_all(made_.kinds_, selector.kinds, where);
  (void)need_all(made_.kinds_, selector.except_kinds, where);
  for (const auto& name : selector.organisations) (void)need(made_.organisations_, name, where);
  for (const auto& name : selector.classes) {
    if (!has(made_.role_classes_, name))
      wrong(where + " names the class '" + name + "', which no desk is of");
  }
  for (std::size_t n = 0; n < source_.desks.size(); ++n) {
    if (chosen(selector, n)) facts.desks.set(n);
  }
  return facts;
}

void Compiler::take(const bundle::Rule& rule) {
  const std::string where = "rule " + rule.id;
  RuleFacts facts;
  facts.kinds = bits(rule.kinds);
  facts.modes = bits(rule.modes);
  facts.weights = bits(rule.weights);
  facts.ages = bits(rule.ages);
  if (facts.kinds == 0 || facts.modes == 0 || facts.weights == 0 || facts.ages == 0)
    wrong(where + " has an empty axis");
  facts.from = select(rule.from, where).desks;
  facts.to = select(rule.to, where);
  if (facts.from.none()) wrong(where + " can be used by no desk");
  if (facts.to.desks.none()) wrong(where + " reaches no desk");
  facts.themes = need_all(made_.themes_, rule.themes, where);
  facts.labels = need_all(made_.labels_, rule.labels, where);
  facts.purpose = need(made_.purposes_, rule.purpose, where);
  if (unreachable(rule.period)) wrong(where + " ends before it begins");
  facts.obliges = rule.deadlines.pick_up != 0;
  take_chain(rule, facts);
  take_bases(rule, facts);
  take_grants(rule, facts);
  check_modes(rule, facts);
  made_.rules_.push_back(std::move(facts));
}

// A desk of a chain has a rule of its own, which obliges it as it would the one that was silent.
void Compiler::take_chain(const bundle::Rule& rule, RuleFacts& facts) {
  const std::string where = "rule " + rule.id;
  facts.standby = rule.standby;
  for (const std::string& role : rule.chain) (void)need(made_.roles_, role, where);
  if (!rule.standby && !rule.chain.empty() && !facts.obliges)
    wrong(where + " has a chain and no feedback deadlines");
  if (rule.urgent.pick_up != 0 && !facts.obliges)
    wrong(where + " has deadlines for what is urgent and none for the rest");
  if (!rule.standby) return;
  if (!facts.obliges) wrong(where + " is for standby and has no feedback deadlines");
  if (!rule.chain.empty())
    wrong(where + " is for standby: the chain is that of the rule that was not answered");
  for (const bundle::Grant& grant : rule.grants) {
    for (const std::string& form : grant.forms) {
      if (form.starts_with("pseudonym@")) wrong(where + " is for standby and grants a pseudonym");
    }
  }
}

// Where nobody knows which desk sends, no rule can ask.
void Compiler::check_modes(const bundle::Rule& rule, const RuleFacts& facts) {
  if ((facts.modes & ~bit_of(Mode::identified)) == 0) return;
  if (!rule.from.desks.empty() || !rule.from.organisations.empty())
    wrong("rule " + rule.id + " reads which desk sends, which is known in identified mode only");
}

void Compiler::take_bases(const bundle::Rule& rule, RuleFacts& facts) {
  const std::string where = "rule " + rule.id;
  facts.giving = need(made_.grondslagen_, rule.giving, where);
  facts.receiving = need(made_.grondslagen_, rule.receiving, where);
  for (const auto& id : rule.exceptions) facts.exceptions.push_back(need(made_.grondslagen_, id, where));
  for (const auto& id : rule.agreements) facts.agreements.push_back(need(made_.agreement_names_, id, where));
  for (const auto& wanted : rule.requirements) {
    const Index subject = wanted.subject.empty() ? none : need(made_.subjects_, wanted.subject, where);
    facts.requirements.push_back({need(made_.statements_, wanted.type, where), subject, wanted.holds});
  }
  if (facts.giving == none || facts.receiving == none) return;
  if (!source_.grondslagen[facts.giving].giving)
    wrong(where + ": " + rule.giving + " is no basis for giving");
  if (!source_.grondslagen[facts.receiving].receiving)
    wrong(where + ": " + rule.receiving + " is no basis for receiving");
}

void Compiler::take_grants(const bundle::Rule& rule, RuleFacts& facts) {
  facts.forms.assign(source_.fields.size(), 0);
  for (const auto& grant : rule.grants) {
    const Index field = need(made_.field_names_, grant.field, "rule " + rule.id);
    if (field == none) continue;
    for (const auto& form : grant.forms) {
      const auto& forms = source_.fields[field].forms;
      const auto found = std::ranges::find(forms, form, &bundle::Form::id);
      if (found == forms.end()) {
        wrong("rule " + rule.id + " grants " + grant.field + " as '" + form + "', which is no form of it");
      } else {
        facts.forms[field] |= 1U << static_cast<unsigned>(found - forms.begin());
      }
    }
  }
}

void Compiler::take(const bundle::Never& never) {
  const std::string where = "never-rule " + never.id;
  NeverFacts facts;
  facts.modes = bits(never.modes);
  if (never.modes.empty()) facts.modes = static_cast<std::uint16_t>(~0U);
  facts.from = select(never.from, where).desks;
  facts.to = select(never.to, where);
  facts.themes = need_all(made_.themes_, never.themes, where);
  facts.labels = need_all(made_.labels_, never.labels, where);
  const Mask categories = need_all(made_.categories_, never.categories, where);
  for (const auto& field : never.fields) (void)need(made_.field_names_, field, where);
  (void)need_all(made_.subjects_, never.roles, where);
  for (const auto& id : never.unless.statements)
    facts.statements.push_back(need(made_.statements_, id, where));
  for (const auto& id : never.unless.agreements)
    facts.agreements.push_back(need(made_.agreement_names_, id, where));
  for (const auto& id : never.unless.bases) facts.bases.push_back(need(made_.grondslagen_, id, where));
  if (!never.unless.status_of.empty())
    facts.status_of = need(made_.grondslagen_, never.unless.status_of, where);
  const bool all = never.fields.empty() && never.roles.empty() && never.categories.empty();
  if (never.check == bundle::Never::Check::box) {
    for (std::size_t n = 0; n < source_.fields.size(); ++n) {
      const bundle::Field& field = source_.fields[n];
      const bool whole = all || has(never.fields, field.id) || has(never.roles, field.role);
      std::uint32_t forms = 0;
      for (std::size_t form = 0; form < field.forms.size(); ++form) {
        if (whole || (own_category(field, form) & categories) != 0) forms |= 1U << form;
      }
      facts.forms.push_back(forms);
    }
  }
  made_.nevers_.push_back(std::move(facts));
}

Mask Compiler::own_category(const bundle::Field& field, std::size_t form) const {
  const std::string& own = field.forms[form].category;
  return made_.categories_.bit(own.empty() ? field.category : own);
}

void Compiler::forbid() {
  for (std::size_t n = 0; n < made_.nevers_.size(); ++n) {
    const bundle::Never& never = source_.nevers[n];
    if (never.check != bundle::Never::Check::box) {
      check(never);
    } else if (never.unless.empty() && never.labels.empty()) {
      forbid(never, made_.nevers_[n]);
    }
  }
}

void Compiler::forbid(const bundle::Never& never, const NeverFacts& facts) {
  for (std::size_t rule = 0; rule < made_.rules_.size(); ++rule) forbid(never, facts, rule);
}

// A rule's grant may list what it can never give when the bases do not cover it (G6 then explains); it may
// not give what a never-rule forbids.
void Compiler::forbid(const bundle::Never& never, const NeverFacts& facts, std::size_t number) {
  const RuleFacts& rule = made_.rules_[number];
  const bool thread =
      rule.to.thread != bundle::Selector::Thread::none;  // which of them is known at evaluation
  const bool desks =
      thread ? (rule.to.desks & ~facts.to.desks).none() : (rule.to.desks & facts.to.desks).any();
  if (!desks || (rule.from & facts.from).none() || (rule.modes & facts.modes) == 0 ||
      (facts.themes != 0 && (facts.themes & rule.themes) == 0))
    return;
  for (std::size_t field = 0; field < rule.forms.size(); ++field) {
    if ((rule.forms[field] & facts.forms[field]) == 0) continue;
    forbidden_ = true;
    wrong("rule " + source_.rules[number].id + " grants " + source_.fields[field].id +
          " against never-rule " + never.id + ": " + never.text.nl);
    return;
  }
}

void Compiler::check(const bundle::Never& never) {
  const auto against = [&](const bundle::Rule& rule, const std::string& text) {
    forbidden_ = true;
    wrong("rule " + rule.id + " " + text + " (never-rule " + never.id + ": " + never.text.nl + ")");
  };
  for (const bundle::Rule& rule : source_.rules) {
    const bool opens = has_kind(rule, Kind::signal) || has_kind(rule, Kind::request);
    const bundle::Grondslag& giving = source_.grondslagen[made_.grondslagen_.find(rule.giving)];
    const bundle::Grondslag& receiving = source_.grondslagen[made_.grondslagen_.find(rule.receiving)];
    switch (never.check) {
      case bundle::Never::Check::agreement:
        if ((giving.needs_agreement || receiving.needs_agreement) && rule.agreements.empty()) {
          against(rule, "stands on a basis that requires an agreement and names none");
        }
        break;
      case bundle::Never::Check::deadlines:
        if (opens && rule.deadlines.pick_up == 0 && !rule.deadlines.silent) {
          against(rule, "has neither feedback deadlines nor 'obliges: false'");
        }
        break;
      case bundle::Never::Check::citation:
        if (giving.citation.empty() || receiving.citation.empty()) against(rule, "has no citation");
        break;
      case bundle::Never::Check::box: break;
    }
  }
}

bool Compiler::has_kind(const bundle::Rule& rule, Kind kind) {
  return std::ranges::find(rule.kinds, kind) != rule.kinds.end();
}

}  // namespace seinhuis::policy
