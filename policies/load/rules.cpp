#include <algorithm>

#include "loader.h"

namespace seinhuis::policy {
namespace {

constexpr std::uint32_t minutes_in_day = 1440;

}  // namespace

void Loader::take_grondslagen(const Node& root) {
  const Fields all(root, report_, {"grondslagen"});
  for (const auto& entry : entries(all, "grondslagen")) {
    define(Sort::grondslag, entry.key, entry.key.scalar);
    const Fields in(entry.value, report_, {"citation", "for", "state", "categories"},
                    {"from", "until", "purposes", "requires", "replaced-by", "note", "review"});
    bundle::Grondslag basis;
    basis.id = entry.key.scalar;
    basis.citation = in.text("citation");
    for (const Node* side : in.list("for")) {
      if (side->scalar == "giving")
        basis.giving = true;
      else if (side->scalar == "receiving")
        basis.receiving = true;
      else
        report_.at(side->mark, "'" + side->scalar + "' is neither giving nor receiving");
    }
    basis.state =
        choice(in, "state", {"geldend", "voorstel", "vervallen"}, bundle::Grondslag::State::voorstel);
    basis.period = period(in, entry.key);
    basis.purposes = words(in, "purposes", Sort::purpose);
    basis.categories = words(in, "categories", Sort::category);
    basis.needs_agreement = choice<std::uint8_t>(in, "requires", {"nothing", "agreement"}, 1) == 2;
    if (in.get("replaced-by") != nullptr) basis.replaced_by = word(in, "replaced-by", Sort::grondslag);
    basis.note = in.text("note");
    basis.review = in.text("review", "te toetsen");
    policy_.grondslagen.push_back(std::move(basis));
  }
}

void Loader::take_agreements(const Node& root) {
  const Fields all(root, report_, {"agreements"});
  for (const auto& entry : entries(all, "agreements")) {
    define(Sort::agreement, entry.key, entry.key.scalar);
    const Fields in(entry.value, report_, {"kind", "text", "from", "parties"},
                    {"until", "binds", "hint", "purposes", "themes"});
    bundle::Agreement agreement;
    agreement.id = entry.key.scalar;
    agreement.sort =
        choice(in, "kind", {"convenant", "besluit", "verordening"}, bundle::Agreement::Sort::convenant);
    agreement.binds = choice(in, "binds", {"both", "giver", "recipient"}, bundle::Agreement::Binds::both);
    agreement.text = text(in.get("text"));
    agreement.hint = in.text("hint");
    agreement.period = period(in, entry.key);
    agreement.purposes = words(in, "purposes", Sort::purpose);
    agreement.themes = words(in, "themes", Sort::theme);
    const Node* parties = in.get("parties");
    if (parties != nullptr) {
      const Fields dates(*parties, report_, {}, yaml::keys(*parties));
      for (const auto& party : parties->entries) {
        const bool desk = party.key.scalar.find('/') != std::string::npos;
        references_.push_back({desk ? Sort::desk : Sort::organisation, party.key.scalar, party.key.mark});
        agreement.parties.push_back({party.key.scalar, date(dates, party.key.scalar, 0)});
      }
    }
    policy_.agreements.push_back(std::move(agreement));
  }
}

bundle::Selector Loader::selector(const Node* node) {
  bundle::Selector chosen;
  if (node == nullptr) return chosen;
  if (node->is_scalar()) {
    report_.at(node->mark,
               "'" + node->scalar +
                   "' is not an address; write {desk: organisation/desk}, {role: ..} or {kind: ..}");
    return chosen;
  }
  const Fields in(*node, report_, {},
                  {"desk", "role", "kind", "except-kind", "organisation", "class", "region", "thread"});
  for (const Node* desk : in.list("desk")) {
    if (desk->scalar.find('/') == std::string::npos) {
      report_.at(desk->mark,
                 "'" + desk->scalar + "' is an organisation, not a desk; write organisation/desk");
      continue;
    }
    chosen.desks.push_back(desk->scalar);
    references_.push_back({Sort::desk, desk->scalar, desk->mark});
  }
  chosen.roles = words(in, "role", Sort::role);
  chosen.kinds = words(in, "kind", Sort::kind);
  chosen.except_kinds = words(in, "except-kind", Sort::kind);
  chosen.organisations = words(in, "organisation", Sort::organisation);
  for (const Node* name : in.list("class")) chosen.classes.push_back(name->scalar);
  chosen.thread =
      choice(in, "thread", {"none", "giver", "recipients", "obliged"}, bundle::Selector::Thread::none);
  const Node* region = in.get("region");
  if (region == nullptr) return chosen;
  const std::vector<std::string> fixed{"any", "same", "landelijk"};
  if (region->is_scalar() && std::ranges::find(fixed, region->scalar) != fixed.end()) {
    chosen.region = choice(in, "region", fixed, bundle::Selector::Region::any);
  } else {
    chosen.region = bundle::Selector::Region::listed;
    chosen.regions = words(in, "region", Sort::region);
  }
  return chosen;
}

void Loader::take_rules(const Node& root) {
  const Fields in(root, report_, {"rules"});
  for (const auto& entry : entries(in, "rules")) take_rule(entry);
}

void Loader::take_rule(const yaml::Entry& entry) {
  if (!rule_marks_.emplace(entry.key.scalar, entry.key.mark).second) {
    return report_.at(entry.key.mark, "rule '" + entry.key.scalar + "' is defined twice (first at " +
                                          rule_marks_.at(entry.key.scalar).text() + ")");
  }
  const Fields in(entry.value, report_,
                  {"from", "to", "themes", "purpose", "giving", "receiving", "grants", "text"},
                  {"kinds", "modes", "classes", "ages", "exceptions", "agreements", "labels", "requires",
                   "min-cell", "valid", "feedback", "obliges", "chain", "retention", "standby", "urgent"});
  bundle::Rule rule;
  rule.id = entry.key.scalar;
  rule.text = text(in.get("text"));
  take_rule_axes(in, rule);
  take_rule_bases(in, rule);
  if (in.get("grants") != nullptr) take_grants(*in.get("grants"), rule);
  rule.min_cell = in.number("min-cell", 0, 10'000);
  if (const Node* valid = in.get("valid"))
    rule.period = period(Fields(*valid, report_, {}, {"from", "until"}), *valid);
  rule.deadlines = deadlines(in);
  rule.chain = words(in, "chain", Sort::role);
  if (const Node* urgent = in.get("urgent")) rule.urgent = lengths(*urgent);
  rule.standby = in.flag("standby", false);
  rule.retention_days = minutes(in, "retention") / minutes_in_day;
  policy_.rules.push_back(std::move(rule));
}

void Loader::take_rule_axes(const Fields& in, bundle::Rule& rule) {
  rule.kinds = choices<Kind>(in, "kinds", {Kind::signal, Kind::supplement, Kind::correction});
  rule.modes = choices<Mode>(in, "modes", {Mode::identified});
  rule.weights = choices<Weight>(in, "classes", {Weight::zacht, Weight::hard});
  rule.ages = choices<AgeBand>(in, "ages", {AgeBand::under_12, AgeBand::from_12_to_17, AgeBand::adult});
  rule.from = selector(in.get("from"));
  rule.to = selector(in.get("to"));
  rule.themes = words(in, "themes", Sort::theme);
  rule.purpose = word(in, "purpose", Sort::purpose);
}

void Loader::take_rule_bases(const Fields& in, bundle::Rule& rule) {
  rule.giving = word(in, "giving", Sort::grondslag);
  rule.receiving = word(in, "receiving", Sort::grondslag);
  rule.exceptions = words(in, "exceptions", Sort::grondslag);
  rule.agreements = words(in, "agreements", Sort::agreement);
  rule.labels = words(in, "labels", Sort::label);
  const Node* wanted = in.get("requires");
  if (wanted == nullptr) return;
  if (!wanted->is_list()) return report_.at(wanted->mark, "'requires' must be a list");
  for (const Node& item : wanted->items) {
    const Fields one(item, report_, {"statement"}, {"subject", "else"});
    bundle::Requirement requirement;
    requirement.type = word(one, "statement", Sort::statement);
    if (one.get("subject") != nullptr) requirement.subject = word(one, "subject", Sort::subject);
    requirement.holds = choice<std::uint8_t>(one, "else", {"withhold", "hold"}, 1) == 2;
    rule.requirements.push_back(std::move(requirement));
  }
}

void Loader::take_grants(const Node& node, bundle::Rule& rule) {
  if (!node.is_map() || node.entries.empty())
    return report_.at(node.mark, "'grants' must map fields to forms");
  const Fields in(node, report_, {}, yaml::keys(node));
  for (const auto& entry : node.entries) {
    references_.push_back({Sort::field, entry.key.scalar, entry.key.mark});
    bundle::Grant grant{entry.key.scalar, {}};
    const auto field = std::ranges::find(policy_.fields, entry.key.scalar, &bundle::Field::id);
    for (const Node* form : in.list(entry.key.scalar)) {
      grant.forms.push_back(form->scalar);
      if (field == policy_.fields.end()) continue;
      bundle::Texts known;
      for (const auto& other : field->forms) {
        if (other.how != bundle::Form::How::opening) known.push_back(other.id);
      }
      if (std::ranges::find(known, form->scalar) == known.end()) {
        report_.at(form->mark, "'" + form->scalar + "' is no form of " + entry.key.scalar +
                                   yaml::suggestion(form->scalar, known));
      }
    }
    rule.grants.push_back(std::move(grant));
  }
}

bundle::Deadlines Loader::deadlines(const Fields& in) {
  bundle::Deadlines seen;
  const Node* feedback = in.get("feedback");
  if (feedback != nullptr) seen = lengths(*feedback);
  seen.silent = !in.flag("obliges", true);
  if (seen.silent && feedback != nullptr)
    report_.at(feedback->mark, "feedback deadlines and 'obliges: false' exclude each other");
  return seen;
}

bundle::Deadlines Loader::lengths(const Node& node) {
  bundle::Deadlines seen;
  const Fields in(node, report_, {"pick-up", "triage", "outcome"});
  const std::pair<std::string_view, std::uint32_t*> all[] = {
      {"pick-up", &seen.pick_up}, {"triage", &seen.triage}, {"outcome", &seen.outcome}};
  for (unsigned n = 0; n < std::size(all); ++n) {
    const auto& [key, length] = all[n];
    const Node* said = in.get(key);
    const bool working = said != nullptr && said->scalar.find('w') != std::string::npos;
    *length = working ? working_minutes(*said) : minutes(in, key);
    if (working) seen.working = static_cast<std::uint8_t>(seen.working | 1U << n);
  }
  const auto falls = [&](unsigned first) {  // lengths of working time and of the clock are not compared
    const bool same = (seen.working >> first & 1U) == (seen.working >> (first + 1) & 1U);
    return same && *all[first].second > *all[first + 1].second;
  };
  if (falls(0) || falls(1)) report_.at(node.mark, "the deadlines must rise: pick-up, triage, outcome");
  return seen;
}

void Loader::take_nevers(const Node& root) {
  const Fields in(root, report_, {"never"});
  for (const auto& entry : entries(in, "never")) take_never(entry);
}

void Loader::take_never(const yaml::Entry& entry) {
  const Fields in(
      entry.value, report_, {"text", "gate"},
      {"check", "from", "to", "themes", "labels", "fields", "roles", "categories", "unless", "modes"});
  bundle::Never never;
  never.id = entry.key.scalar;
  never.text = text(in.get("text"));
  never.check = choice(in, "check", {"box", "agreement", "deadlines", "citation"}, bundle::Never::Check::box);
  const auto gates = choices<Gate>(in, "gate", {Gate::minimisation});
  if (!gates.empty()) never.gate = gates[0];
  never.from = selector(in.get("from"));
  never.to = selector(in.get("to"));
  never.modes = choices<Mode>(in, "modes", {});
  never.themes = words(in, "themes", Sort::theme);
  never.labels = words(in, "labels", Sort::label);
  never.fields = words(in, "fields", Sort::field);
  never.roles = words(in, "roles", Sort::subject);
  never.categories = words(in, "categories", Sort::category);
  if (const Node* unless = in.get("unless")) {
    const Fields excuse(*unless, report_, {}, {"statements", "agreements", "bases", "in-force"});
    never.unless.statements = words(excuse, "statements", Sort::statement);
    never.unless.agreements = words(excuse, "agreements", Sort::agreement);
    never.unless.bases = words(excuse, "bases", Sort::grondslag);
    if (excuse.get("in-force") != nullptr) never.unless.status_of = word(excuse, "in-force", Sort::grondslag);
  }
  policy_.nevers.push_back(std::move(never));
}

}  // namespace seinhuis::policy
