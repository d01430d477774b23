#include "seinhuis/policy/explain.h"

#include "match.h"

namespace seinhuis::policy {
namespace {

// One sentence in two languages, chosen once.
struct Voice {
  Language language;
  std::string operator()(const std::string& nl, const std::string& en) const {
    return language == Language::nl ? nl : en;
  }
  const std::string& operator()(const bundle::Text& text) const {
    return language == Language::nl || text.en.empty() ? text.nl : text.en;
  }
};

std::string joined(const bundle::Texts& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

std::string days_ago(const Voice& say, std::uint32_t past) {
  return std::to_string(past) + say(past == 1 ? " dag" : " dagen", past == 1 ? " day" : " days");
}

std::string about_basis(const Policy& policy, const Facts& facts, Index basis, Index purpose,
                        const Voice& say) {
  const bundle::Grondslag& seen = policy.source().grondslagen[basis];
  const std::string name = seen.citation + " (" + seen.id + ")";
  if (seen.state == bundle::Grondslag::State::voorstel)
    return name + say(" is een voorstel en geldt nog niet", " is a proposal, not yet law");
  if (seen.state == bundle::Grondslag::State::vervallen) {
    return name + say(" is vervallen", " has lapsed") +
           (seen.replaced_by.empty() ? "" : say("; vervangen door ", "; replaced by ") + seen.replaced_by);
  }
  if (facts.day.days() < seen.period.from)
    return name + say(" geldt pas vanaf ", " holds only from ") + Day(seen.period.from).text();
  if (facts.day.days() > seen.period.until) {
    return name + say(" is vervallen op ", " lapsed on ") + Day(seen.period.until).text() +
           (seen.replaced_by.empty() ? "" : say("; vervangen door ", "; replaced by ") + seen.replaced_by);
  }
  if ((policy.basis_purposes(basis) >> purpose & 1U) == 0) {
    return name + say(" dekt dit doel niet", " does not cover this purpose");
  }
  return "";
}

std::string why_basis(const Policy& policy, const Facts& facts, Index desk, Index rule, const Voice& say) {
  if (rule == none)
    return say("geen regel: niets in het beleid staat deze gever toe aan deze ontvanger te verstrekken",
               "no rule: nothing in the policy allows this giver to disclose to this recipient");
  const RuleFacts& seen = policy.rules()[rule];
  if (!policy.source().rules[rule].period.holds(facts.day))
    return say("de regel geldt niet op deze dag", "the rule does not hold on this day");
  std::string text = about_basis(policy, facts, seen.giving, seen.purpose, say);
  if (text.empty()) text = about_basis(policy, facts, seen.receiving, seen.purpose, say);
  for (const Index agreement : seen.agreements) {
    if (agreement_holds(policy, agreement, facts, desk, seen.purpose)) {
      text += say("; overeenkomst is geen grondslag", "; an agreement is no legal basis");
      break;
    }
  }
  return text;
}

std::string about_agreement(const Policy& policy, const Facts& facts, Index agreement, Index desk,
                            const Voice& say) {
  const bundle::Agreement& seen = policy.source().agreements[agreement];
  const std::string name = say(seen.text) + " (" + seen.id + ")";
  const std::string hint = seen.hint.empty() ? "" : "; " + seen.hint;
  if (facts.day.days() > seen.period.until) {
    return name + say(" verlopen op ", " expired on ") + Day(seen.period.until).text() + " (" +
           days_ago(say, facts.day.days() - seen.period.until) + ")" + hint;
  }
  if (facts.day.days() < seen.period.from)
    return name + say(" geldt pas vanaf ", " holds only from ") + Day(seen.period.from).text() + hint;
  return name + say(" ontbreekt of is niet ondertekend door ", " is missing or not signed by ") +
         policy.source().desks[desk].name + say(" of de gever", " or the giver") + hint;
}

std::string why_agreement(const Policy& policy, const Facts& facts, Index desk, Index rule,
                          const Voice& say) {
  for (const Index agreement : policy.rules()[rule].agreements) {
    if (!agreement_holds(policy, agreement, facts, desk, policy.rules()[rule].purpose))
      return about_agreement(policy, facts, agreement, desk, say);
  }
  return "";
}

Need need_of(const Policy& policy, const bundle::StatementType& type) {
  using Sort = bundle::StatementType::Sort;
  (void)policy;
  return {type.sort == Sort::consent     ? "consent"
          : type.sort == Sort::redaction ? "redaction"
                                         : "attest",
          type.id, type.roles};
}

std::vector<Need> rule_needs(const Policy& policy, const Facts& facts, Index desk, Index rule) {
  std::vector<Need> needs;
  if (rule == none) return needs;
  const RuleFacts& seen = policy.rules()[rule];
  for (const Index agreement : seen.agreements) {
    if (agreement_holds(policy, agreement, facts, desk, seen.purpose)) continue;
    needs.push_back({"agreement", policy.source().agreements[agreement].id, {}});
  }
  for (const RequirementFacts& wanted : seen.requirements) {
    if (statement_holds(policy, wanted, facts, desk, seen.purpose)) continue;
    needs.push_back(need_of(policy, policy.source().statements[wanted.type]));
  }
  return needs;
}

std::vector<Need> never_needs(const Policy& policy, Index never) {
  std::vector<Need> needs;
  for (const Index type : policy.nevers()[never].statements)
    needs.push_back(need_of(policy, policy.source().statements[type]));
  for (const Index agreement : policy.nevers()[never].agreements) {
    needs.push_back({"agreement", policy.source().agreements[agreement].id, {}});
  }
  return needs;
}

std::string why_secrecy(const Policy& policy, const std::vector<Need>& needs, const Voice& say) {
  std::string text;
  for (const Need& need : needs) {
    if (need.kind == "agreement") continue;
    const auto& type = policy.source().statements[policy.statement(need.type)];
    text += (text.empty() ? "" : "; ") + say("ontbreekt: ", "missing: ") + say(type.text) +
            say(", te tekenen door ", ", to be signed by ") + joined(need.by);
  }
  return text;
}

std::string why_purpose(const Policy& policy, const Facts& facts, Index desk, const Voice& say) {
  const DeskFacts& seen = policy.desks()[desk];
  if ((seen.listed_purposes & facts.purposes) != 0) {
    return say("het doel is onverenigbaar met een ander doel van deze ontvanger",
               "the purpose is incompatible with another purpose of this recipient");
  }
  return say("deze ontvanger werkt niet voor dit doel (", "this recipient does not work for this purpose (") +
         joined(policy.source().desks[desk].purposes) + ")";
}

// A basis covers it in some form, so it is not that which withholds it.
bool is_covered(const Policy& policy, const Facts& facts, const Cell& cell) {
  const RuleFacts& rule = policy.rules()[cell.rule];
  const Mask categories = covered(policy, rule, facts.day);
  for (std::size_t form = 0; form < policy.source().fields[cell.field].forms.size(); ++form) {
    if ((rule.forms[cell.field] >> form & 1U) != 0 &&
        (policy.category(cell.field, form, facts.theme) & categories) != 0)
      return true;
  }
  return false;
}

std::string why_category(const Policy& policy, const Facts& facts, const Cell& cell, const Voice& say) {
  const bundle::Field& field = policy.source().fields[cell.field];
  if (cell.state == CellState::held) {
    return say("vrije tekst: eerst lezen en schonen (redactie)", "free text: to be read and redacted first");
  }
  if (field.redaction && facts.from == none && is_covered(policy, facts, cell)) {
    return say("vrije tekst die niemand heeft geschoond: wie dat tekent, noemt zijn organisatie",
               "free text that nobody redacted: who signs that, names its organisation");
  }
  const bundle::Rule& rule = policy.source().rules[cell.rule];
  std::string text = say("gegevenssoort ", "data category ") + field.category +
                     say(" valt buiten ", " is not covered by ") + grondslag(policy, rule.giving)->citation +
                     say(" en ", " and ") + grondslag(policy, rule.receiving)->citation;
  for (const std::string& basis : {rule.giving, rule.receiving}) {
    const std::string& note = grondslag(policy, basis)->note;
    if (!note.empty()) text += "; " + note;
  }
  return text;
}

Explanation named(const Policy& policy, Index rule, Index never) {
  Explanation said;
  if (never != none) said.rule = policy.source().nevers[never].id;
  if (rule == none) return said;
  const bundle::Rule& seen = policy.source().rules[rule];
  if (never == none) said.rule = seen.id;
  said.giving = seen.giving;
  said.receiving = seen.receiving;
  return said;
}

// A rule gives it as a pseudonym, and no desk of the plan gets what it is of.
bool lonely_pseudonym(const Policy& policy, const Cell& cell) {
  return cell.rule != none && cell.field != none && cell.never == none &&
         (policy.rules()[cell.rule].forms[cell.field] & policy.pseudonym_forms(cell.field).pseudonyms) != 0;
}

Explanation gate_text(const Policy& policy, const Facts& facts, const Row& row, const Cell& cell,
                      const Voice& say) {
  Explanation said = named(policy, cell.rule, cell.never);
  const std::string never = cell.never == none ? ""
                                               : policy.source().nevers[cell.never].id + ": " +
                                                     say(policy.source().nevers[cell.never].text);
  switch (cell.gate) {
    case Gate::none: said.why = cell.rule == none ? "" : say(policy.source().rules[cell.rule].text); break;
    case Gate::recipient:
      said.why = say("ontvanger bestaat niet of is niet actief", "recipient does not exist or is not active");
      break;
    case Gate::theme:
      said.why = say("het thema hoort niet bij deze ontvanger", "the theme is not this recipient's");
      break;
    case Gate::purpose: said.why = why_purpose(policy, facts, row.desk, say); break;
    case Gate::basis: said.why = why_basis(policy, facts, row.desk, cell.rule, say); break;
    case Gate::agreement: said.why = why_agreement(policy, facts, row.desk, cell.rule, say); break;
    case Gate::category:
      said.why = cell.never == none && cell.rule != none && cell.field != none
                     ? why_category(policy, facts, cell, say)
                     : "";
      break;
    case Gate::secrecy:
      said.why = why_secrecy(policy, rule_needs(policy, facts, row.desk, cell.rule), say);
      break;
    case Gate::person: said.why = say("niet voor deze leeftijd", "not for this age"); break;
    case Gate::minimisation:
      if (lonely_pseudonym(policy, cell)) {
        said.why = say("niemand krijgt de gewone waarde, dus niemand kan het pseudoniem nagaan",
                       "nobody gets the exact value, so nobody could check the pseudonym");
        break;
      }
      said.why =
          say("niet nodig voor dit doel (dataminimalisatie)", "not needed for this purpose (minimisation)");
      break;
  }
  if (!never.empty()) said.why = said.why.empty() ? never : never + "; " + said.why;
  return said;
}

}  // namespace

const bundle::Grondslag* grondslag(const Policy& policy, std::string_view id) {
  const auto& all = policy.source().grondslagen;
  const auto found = std::ranges::find(all, id, &bundle::Grondslag::id);
  return found == all.end() ? nullptr : &*found;
}

bundle::Texts form_names(const Policy& policy, Index field, std::uint32_t forms) {
  bundle::Texts names;
  const auto& all = policy.source().fields[field].forms;
  for (std::size_t n = 0; n < all.size(); ++n) {
    if ((forms >> n & 1U) != 0) names.push_back(all[n].id);
  }
  return names;
}

Explanation explain(const Policy& policy, const Facts& facts, const Row& row, const Cell& cell,
                    Language language) {
  Explanation said = gate_text(policy, facts, row, cell, Voice{language});
  if (cell.state == CellState::given || cell.gate == Gate::minimisation) return said;
  said.needs = rule_needs(policy, facts, row.desk, cell.rule);
  if (cell.state == CellState::held && policy.source().fields[cell.field].redaction &&
      !redacted(policy, facts, row.desk)) {
    for (const auto& type : policy.source().statements) {
      if (type.sort == bundle::StatementType::Sort::redaction) said.needs.push_back(need_of(policy, type));
    }
  }
  if (said.needs.empty() && cell.never != none) said.needs = never_needs(policy, cell.never);
  return said;
}

Explanation explain(const Policy& policy, const Facts& facts, const Row& row, Language language) {
  const Cell* shown = nullptr;
  for (const Cell& cell : row.cells) {
    if (cell.rule == row.rule && cell.gate == row.gate && (shown == nullptr || cell.never == row.never))
      shown = &cell;
  }
  if (shown != nullptr && row.outcome != Outcome::deliver)
    return explain(policy, facts, row, *shown, language);
  Cell whole;
  whole.gate = row.gate;
  whole.rule = row.rule;
  whole.never = row.never;
  whole.state = static_cast<CellState>(row.outcome);
  Explanation said = gate_text(policy, facts, row, whole, Voice{language});
  if (row.outcome == Outcome::refuse) said.needs = rule_needs(policy, facts, row.desk, row.rule);
  return said;
}

}  // namespace seinhuis::policy
