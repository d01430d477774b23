#include "loader.h"

namespace seinhuis::policy {

void Loader::take_network(const Node& root) {
  const Fields in(root, report_,
                  {"id", "version", "kinds", "regions", "themes", "subjects", "categories", "regimes",
                   "purposes", "statements", "organisations"},
                  {"reasons", "domains", "least-crowd", "least-cell", "overview"});
  policy_.id = in.text("id");
  policy_.version = in.number("version", 0, 1'000'000'000);
  constexpr std::uint32_t usual_crowd = 20;
  policy_.least_crowd = in.number("least-crowd", usual_crowd, 10'000);
  constexpr std::uint32_t usual_cell = 5;
  policy_.least_cell = in.number("least-cell", usual_cell, 10'000);
  policy_.overview = words(in, "overview", Sort::role);
  policy_.kinds = terms(in, "kinds", Sort::kind);
  policy_.regions = terms(in, "regions", Sort::region);
  policy_.themes = terms(in, "themes", Sort::theme);
  policy_.subjects = terms(in, "subjects", Sort::subject);
  policy_.categories = terms(in, "categories", Sort::category);
  for (const auto& entry : entries(in, "reasons"))
    policy_.reasons.push_back({entry.key.scalar, text(&entry.value)});
  for (const auto& entry : entries(in, "regimes")) {
    define(Sort::regime, entry.key, entry.key.scalar);
    const Fields regime(entry.value, report_, {}, {"labels"});
    bundle::Regime taken{entry.key.scalar, {}};
    for (const Node* label : regime.list("labels")) {
      taken.labels.push_back(label->scalar);
      known_[Sort::label].push_back(label->scalar);
    }
    policy_.regimes.push_back(std::move(taken));
  }
  for (const auto& entry : entries(in, "purposes")) take_purpose(entry);
  for (const auto& entry : entries(in, "statements")) take_statement(entry);
  for (const auto& entry : entries(in, "organisations")) take_organisation(entry);
  for (const auto& entry : entries(in, "domains")) take_domain(entry);
}

void Loader::take_purpose(const yaml::Entry& entry) {
  define(Sort::purpose, entry.key, entry.key.scalar);
  const Fields in(entry.value, report_, {"text"}, {"incompatible"});
  policy_.purposes.push_back(
      {entry.key.scalar, text(in.get("text")), words(in, "incompatible", Sort::purpose)});
}

void Loader::take_domain(const yaml::Entry& entry) {
  constexpr std::uint32_t usual_quota = 50;
  constexpr std::uint32_t most = 1'000'000;
  define(Sort::domain, entry.key, entry.key.scalar);
  const Fields in(entry.value, report_, {"text", "organisation", "purpose"}, {"quota"});
  policy_.domains.push_back({entry.key.scalar, text(in.get("text")),
                             word(in, "organisation", Sort::organisation), word(in, "purpose", Sort::purpose),
                             in.number("quota", usual_quota, most)});
}

void Loader::take_statement(const yaml::Entry& entry) {
  define(Sort::statement, entry.key, entry.key.scalar);
  const Fields in(entry.value, report_, {"sort", "text", "roles"}, {"by"});
  bundle::StatementType type;
  type.id = entry.key.scalar;
  type.sort = choice(in, "sort", {"attest", "consent", "redaction", "revocation"},
                     bundle::StatementType::Sort::attest);
  type.text = text(in.get("text"));
  type.roles = words(in, "roles", Sort::role);
  type.by_all = choice<std::uint8_t>(in, "by", {"any", "all"}, 1) == 2;
  policy_.statements.push_back(std::move(type));
}

void Loader::take_organisation(const yaml::Entry& entry) {
  define(Sort::organisation, entry.key, entry.key.scalar);
  const Fields in(entry.value, report_, {"text", "desks"});
  policy_.organisations.push_back({entry.key.scalar, text(in.get("text"))});
  for (const auto& desk : entries(in, "desks")) take_desk(entry.key.scalar, desk);
}

void Loader::take_desk(const std::string& organisation, const yaml::Entry& entry) {
  bundle::Desk desk;
  desk.name = organisation + "/" + entry.key.scalar;
  define(Sort::desk, entry.key, desk.name);
  const Fields in(entry.value, report_, {"kind", "role", "regime", "regions", "themes", "purposes"});
  desk.kind = word(in, "kind", Sort::kind);
  desk.role = in.text("role");
  if (!desk.role.empty()) known_[Sort::role].push_back(desk.role);
  desk.regime = word(in, "regime", Sort::regime);
  const Node* regions = in.get("regions");
  const bool landelijk = regions != nullptr && regions->scalar == "landelijk";
  if (!landelijk) desk.regions = words(in, "regions", Sort::region);
  if (!landelijk && regions != nullptr && desk.regions.empty())
    report_.at(regions->mark, "a desk has regions, or is landelijk");
  desk.themes = words(in, "themes", Sort::theme);
  desk.purposes = words(in, "purposes", Sort::purpose);
  policy_.desks.push_back(std::move(desk));
}

void Loader::take_fields(const Node& root) {
  const Fields in(root, report_, {"fields"});
  for (const auto& entry : entries(in, "fields")) take_field(entry);
}

void Loader::take_field(const yaml::Entry& entry) {
  define(Sort::field, entry.key, entry.key.scalar);
  const Fields in(entry.value, report_, {"role", "category", "text"},
                  {"redaction", "forms", "in-theme", "identifier", "domains"});
  bundle::Field field;
  field.id = entry.key.scalar;
  field.role = word(in, "role", Sort::subject);
  field.category = word(in, "category", Sort::category);
  field.text = text(in.get("text"));
  field.redaction = in.flag("redaction", false);
  if (const Node* rises = in.get("in-theme")) {
    const Fields themes(*rises, report_, {}, yaml::keys(*rises));
    for (const auto& rise : rises->entries) {
      references_.push_back({Sort::theme, rise.key.scalar, rise.key.mark});
      field.in_theme.push_back({rise.key.scalar, word(themes, rise.key.scalar, Sort::category)});
    }
  }
  field.forms.push_back({"exact", bundle::Form::How::exact, {}, {}, {}, {}});
  for (const auto& form_entry : entries(in, "forms")) field.forms.push_back(form(form_entry));
  take_pseudonyms(in, field);
  policy_.fields.push_back(std::move(field));
}

// In each domain that a field lists it has a pseudonym, and an opening for who gets the exact value.
void Loader::take_pseudonyms(const Fields& in, bundle::Field& field) {
  using How = bundle::Form::How;
  const auto types = choices<IdentifierType>(in, "identifier", {});
  if (!types.empty()) field.identifier = types[0];
  const auto domains = words(in, "domains", Sort::domain);
  if (!domains.empty() && types.empty())
    report_.at(in.get("domains")->mark, "a field with pseudonyms names what it is: 'identifier'");
  for (const std::string& domain : domains) {
    field.forms.push_back({"pseudonym@" + domain, How::pseudonym, {}, {}, {}, domain});
    field.forms.push_back({"opening@" + domain, How::opening, {}, {}, {}, domain});
  }
}

bundle::Form Loader::form(const yaml::Entry& entry) {
  using How = bundle::Form::How;
  const Fields in(entry.value, report_, {"by"}, {"category", "text", "table", "otherwise"});
  bundle::Form made;
  made.id = entry.key.scalar;
  made.how = choice(in, "by", {"exact", "constant", "table", "age-band", "adult", "region", "count", "week"},
                    How::constant);
  if (in.get("category") != nullptr) made.category = word(in, "category", Sort::category);
  made.otherwise = made.how == How::table ? in.text("otherwise") : in.text("text");
  if (made.how == How::constant && made.otherwise.empty())
    report_.at(entry.key.mark, "a constant form needs its 'text'");
  if (made.how == How::table && made.otherwise.empty())
    report_.at(entry.key.mark, "a table needs 'otherwise', or an unlisted value would pass as it is");
  const Node* table = in.get("table");
  if (table == nullptr) return made;
  if (!table->is_map()) report_.at(table->mark, "'table' must map texts to texts");
  for (const auto& row : table->entries) {
    for (const Node* value : Fields(*table, report_, {}, yaml::keys(*table)).list(row.key.scalar)) {
      made.table.push_back({value->scalar, row.key.scalar});
    }
  }
  return made;
}

void Loader::take_shapes(const Node& root) {
  const Fields in(root, report_, {"shapes"});
  for (const auto& entry : entries(in, "shapes")) {
    const Fields shape_in(entry.value, report_, {"kinds", "fields"}, {"themes"});
    bundle::Shape shape;
    shape.id = entry.key.scalar;
    shape.kinds = choices<Kind>(shape_in, "kinds", {});
    shape.themes = words(shape_in, "themes", Sort::theme);
    for (const auto& field : entries(shape_in, "fields")) {
      references_.push_back({Sort::field, field.key.scalar, field.key.mark});
      const Node& sizes_node = *shape_in.get("fields");
      const Fields sizes(sizes_node, report_, {}, yaml::keys(sizes_node));
      shape.fields.push_back({field.key.scalar, sizes.number(field.key.scalar, 64, 1U << 20U)});
    }
    policy_.shapes.push_back(std::move(shape));
  }
}

}  // namespace seinhuis::policy
