#include <algorithm>

#include "compiler.h"
#include "match.h"
#include "seinhuis/policy/role_class.h"
#include "seinhuis/proof/hash.h"

namespace seinhuis::policy {

Index Names::find(std::string_view id) const {
  const auto found = places_.find(id);
  return found == places_.end() ? none : found->second;
}

Mask Names::bit(std::string_view id) const {
  const Index place = find(id);
  return place == none ? 0 : Mask{1} << place;
}

Result<PolicyRef> Policy::compile(bundle::Policy source) {
  std::shared_ptr<Policy> made(new Policy());
  made->source_ = std::move(source);
  made->hash_ = proof::h32(bundle::encode(made->source_));
  Compiler compiler(*made);
  if (auto done = compiler.run(); !done) return done.error();
  return PolicyRef(std::move(made));
}

Index Policy::shape(Kind kind, Index theme) const {
  if (theme == none) return none;
  const std::string& name = source_.themes[theme].id;
  for (std::size_t n = 0; n < source_.shapes.size(); ++n) {
    const bundle::Shape& shape = source_.shapes[n];
    if (std::ranges::find(shape.kinds, kind) != shape.kinds.end() &&
        (shape.themes.empty() || std::ranges::find(shape.themes, name) != shape.themes.end())) {
      return static_cast<Index>(n);
    }
  }
  return none;
}

std::vector<std::string> Policy::label_names(Mask labels) const {
  std::vector<std::string> names;
  for (std::size_t n = 0; n < label_texts_.size(); ++n) {
    if ((labels >> n & 1U) != 0) names.push_back(label_texts_[n]);
  }
  return names;
}

DeskSet Policy::desks_named(const std::vector<std::string>& names) const {
  DeskSet set;
  for (const std::string& name : names) {
    if (desk(name) != none) set.set(desk(name));
  }
  return set;
}

Result<Done> Compiler::run() {
  index_all();
  for (const auto& desk : source_.desks) take(desk);
  classify();
  for (const auto& basis : source_.grondslagen) take(basis);
  for (const auto& domain : source_.domains) take(domain);
  for (const auto& field : source_.fields) take(field);
  categorise();
  for (const auto& shape : source_.shapes) take(shape);
  for (const auto& agreement : source_.agreements) take(agreement);
  for (const auto& type : source_.statements) {
    if (type.roles.empty()) wrong("statement " + type.id + " can be signed by nobody");
  }
  for (const auto& rule : source_.rules) take(rule);
  for (const auto& never : source_.nevers) take(never);
  if (wrong_.empty()) forbid();
  for (std::size_t n = 0; wrong_.empty() && n < source_.rules.size(); ++n)
    check_pseudonyms(source_.rules[n], made_.rules_[n]);
  if (!wrong_.empty()) return Error{forbidden_ ? Errc::refused : Errc::malformed, wrong_};
  return Done{};
}

void Compiler::index_all() {
  const auto index = [&](Names& names, const auto& list, const char* what, std::size_t limit) {
    const std::string* last = nullptr;
    for (const auto& item : list) {
      if (last != nullptr && item.id <= *last)
        wrong(std::string(what) + " '" + item.id + "' is out of order or twice");
      last = &item.id;
      names.add(item.id);
    }
    if (names.size() > limit) wrong(std::string("more ") + what + "s than " + std::to_string(limit));
  };
  index(made_.themes_, source_.themes, "theme", 64);
  index(made_.regions_, source_.regions, "region", 64);
  index(made_.purposes_, source_.purposes, "purpose", 64);
  index(made_.categories_, source_.categories, "category", 64);
  index(made_.kinds_, source_.kinds, "kind", 64);
  index(made_.subjects_, source_.subjects, "subject", 64);
  index(made_.organisations_, source_.organisations, "organisation", max_desks);
  index(made_.statements_, source_.statements, "statement", 64);
  index(made_.field_names_, source_.fields, "field", 256);
  index(made_.grondslagen_, source_.grondslagen, "grondslag", 1024);
  index(made_.agreement_names_, source_.agreements, "agreement", 1024);
  index(made_.domains_, source_.domains, "domain", 64);
  Names others;
  index(others, source_.rules, "rule", 4096);
  Names v_ids;
  index(v_ids, source_.nevers, "never-rule", 256);
  if (source_.desks.size() > max_desks) wrong("more desks than " + std::to_string(max_desks));
  for (const auto& desk : source_.desks) {
    if (made_.desk_names_.find(desk.name) != none) wrong("desk " + desk.name + " stands twice");
    made_.desk_names_.add(desk.name);
    if (made_.roles_.find(desk.role) == none) made_.roles_.add(desk.role);
  }
  for (const auto& regime : source_.regimes) {
    for (const auto& label : regime.labels) {
      if (made_.labels_.find(label) != none) continue;
      made_.labels_.add(label);
      made_.label_texts_.push_back(label);
    }
  }
  if (made_.labels_.size() > 64) wrong("more labels than 64");
}

Index Compiler::need(const Names& names, const std::string& id, const std::string& where) {
  const Index found = names.find(id);
  if (found == none) wrong(where + " names '" + id + "', which does not exist");
  return found;
}

Mask Compiler::need_all(const Names& names, const bundle::Texts& ids, const std::string& where) {
  Mask set = 0;
  for (const std::string& id : ids) {
    const Index found = need(names, id, where);
    if (found != none) set |= Mask{1} << found;
  }
  return set;
}

void Compiler::take(const bundle::Desk& desk) {
  const std::string where = "desk " + desk.name;
  DeskFacts facts;
  const auto slash = desk.name.find('/');
  if (slash == std::string::npos || desk.name.find('/', slash + 1) != std::string::npos) {
    return wrong(where + " is not of the form organisation/desk");
  }
  facts.organisation = need(made_.organisations_, desk.name.substr(0, slash), where);
  facts.role = made_.roles_.find(desk.role);
  facts.kind = need(made_.kinds_, desk.kind, where);
  facts.landelijk = desk.regions.empty();
  facts.regions = facts.landelijk ? everything : need_all(made_.regions_, desk.regions, where);
  facts.themes = need_all(made_.themes_, desk.themes, where);
  facts.listed_purposes = need_all(made_.purposes_, desk.purposes, where);
  facts.purposes = facts.listed_purposes & ~excluded_by(desk.purposes);
  const auto regime = std::ranges::find(source_.regimes, desk.regime, &bundle::Regime::id);
  if (regime == source_.regimes.end())
    return wrong(where + " names the regime '" + desk.regime + "', which does not exist");
  facts.labels = need_all(made_.labels_, regime->labels, where);
  made_.desks_.push_back(facts);
}

void Compiler::classify() {
  if (made_.desks_.size() != source_.desks.size()) return;  // one of them is wrong
  for (std::size_t n = 0; n < source_.desks.size(); ++n)
    made_.role_classes_.push_back(class_by_count(made_, static_cast<Index>(n)));
}

// Incompatibility counts both ways.
Mask Compiler::excluded_by(const bundle::Texts& listed) const {
  Mask excluded = 0;
  for (const auto& purpose : source_.purposes) {
    const bool listed_itself = std::ranges::find(listed, purpose.id) != listed.end();
    for (const std::string& other : purpose.incompatible) {
      if (listed_itself) excluded |= made_.purposes_.bit(other);
      if (std::ranges::find(listed, other) != listed.end()) excluded |= made_.purposes_.bit(purpose.id);
    }
  }
  return excluded;
}

void Compiler::take(const bundle::Grondslag& basis) {
  const std::string where = "grondslag " + basis.id;
  if (basis.citation.empty()) wrong(where + " has no citation");
  made_.basis_categories_.push_back(need_all(made_.categories_, basis.categories, where));
  made_.basis_purposes_.push_back(basis.purposes.empty() ? everything
                                                         : need_all(made_.purposes_, basis.purposes, where));
  if (!basis.replaced_by.empty()) (void)need(made_.grondslagen_, basis.replaced_by, where);
}

void Compiler::take(const bundle::Field& field) {
  const std::string where = "field " + field.id;
  (void)need(made_.subjects_, field.role, where);
  if (field.forms.empty() || field.forms[0].how != bundle::Form::How::exact)
    wrong(where + " has no exact form");
  if (field.forms.size() > 16) wrong(where + " has more than 16 forms");
  (void)need(made_.categories_, field.category, where);
  for (const auto& form : field.forms) {
    if (!form.category.empty()) (void)need(made_.categories_, form.category, where);
  }
  for (const auto& rise : field.in_theme) {
    (void)need(made_.themes_, rise.value, where);
    (void)need(made_.categories_, rise.becomes, where);
  }
  take_pseudonyms(field);
}

// The category of every form of every field, theme by theme.
void Compiler::categorise() {
  for (const auto& theme : source_.themes) {
    for (const auto& field : source_.fields) {
      const auto rise = std::ranges::find(field.in_theme, theme.id, &bundle::Pair::value);
      std::vector<Mask> categories;
      for (const auto& form : field.forms) {
        const std::string& own = form.category.empty() ? field.category : form.category;
        categories.push_back(made_.categories_.bit(rise == field.in_theme.end() ? own : rise->becomes));
      }
      made_.form_categories_.push_back(std::move(categories));
    }
  }
}

void Compiler::take(const bundle::Shape& shape) {
  const std::string where = "shape " + shape.id;
  (void)need_all(made_.themes_, shape.themes, where);
  if (shape.fields.empty() || shape.fields.size() > 128) wrong(where + " carries no field, or more than 128");
  std::vector<Index>& fields = made_.shape_fields_.emplace_back();
  for (const auto& field : shape.fields) fields.push_back(need(made_.field_names_, field.field, where));
}

void Compiler::take(const bundle::Agreement& agreement) {
  const std::string where = "agreement " + agreement.id;
  if (agreement.period.from > agreement.period.until) wrong(where + " ends before it begins");
  AgreementFacts facts;
  if (!agreement.purposes.empty()) facts.purposes = need_all(made_.purposes_, agreement.purposes, where);
  if (!agreement.themes.empty()) facts.themes = need_all(made_.themes_, agreement.themes, where);
  made_.agreements_.push_back(facts);
  for (const auto& party : agreement.parties) {
    const bool known =
        made_.organisations_.find(party.who) != none || made_.desk_names_.find(party.who) != none;
    if (!known) wrong(where + " names '" + party.who + "', which does not exist");
  }
}

}  // namespace seinhuis::policy
