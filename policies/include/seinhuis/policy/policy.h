#pragma once

#include <bitset>
#include <map>
#include <memory>

#include "seinhuis/base/fixed_id.h"
#include "seinhuis/wire/policy_bundle.h"

namespace seinhuis::policy {

// A place in one of the lists of the bundle.
using Index = std::uint16_t;
constexpr Index none = 0xFFFF;

constexpr std::size_t max_desks = 512;
using DeskSet = std::bitset<max_desks>;
using Mask = std::uint64_t;  // a set of themes, purposes, regions, labels or categories: bit = Index
constexpr Mask everything = ~Mask{0};

// Where the texts of one kind stand in their list.
class Names {
 public:
  void add(const std::string& id) { places_.emplace(id, static_cast<Index>(places_.size())); }
  Index find(std::string_view id) const;
  // The bit of `id`; 0 for an unknown one.
  Mask bit(std::string_view id) const;
  std::size_t size() const { return places_.size(); }

 private:
  std::map<std::string, Index, std::less<>> places_;
};

struct DeskFacts {
  Index organisation = none;
  Index role = none;
  Index kind = none;
  Mask regions = 0;
  bool landelijk = false;
  Mask themes = 0;
  Mask purposes = 0;  // those it lists without listing one that excludes them
  Mask listed_purposes = 0;
  Mask labels = 0;  // of its regime
};

struct SelectorFacts {
  DeskSet desks;  // whatever the region
  Mask regions = 0;
  bundle::Selector::Region region = bundle::Selector::Region::any;
  bundle::Selector::Thread thread = bundle::Selector::Thread::none;
};

struct AgreementFacts {
  Mask purposes = everything;
  Mask themes = everything;
};

struct RequirementFacts {
  Index type = none;
  Index subject = none;
  bool holds = false;
};

struct RuleFacts {
  std::uint16_t kinds = 0;  // bit = number of the enumerator, here and below
  std::uint16_t modes = 0;
  std::uint16_t weights = 0;
  std::uint16_t ages = 0;
  DeskSet from;
  SelectorFacts to;
  Mask themes = 0;
  Mask labels = 0;
  Index purpose = none;
  Index giving = none;
  Index receiving = none;
  std::vector<Index> exceptions;
  std::vector<Index> agreements;
  std::vector<RequirementFacts> requirements;
  std::vector<std::uint32_t> forms;  // per field of the catalogue: bit n = its n-th form is granted
  bool obliges = false;
  bool standby = false;
};

// The forms of a field that have to do with pseudonyms, as bits.
struct PseudonymForms {
  std::uint32_t pseudonyms = 0;
  std::uint32_t openings = 0;
};

struct NeverFacts {
  std::uint16_t modes = 0;
  DeskSet from;
  SelectorFacts to;
  Mask themes = 0;
  Mask labels = 0;
  std::vector<std::uint32_t> forms;  // per field: the forms it takes away
  std::vector<Index> statements;
  std::vector<Index> agreements;
  std::vector<Index> bases;
  Index status_of = none;
};

// A policy that may be evaluated: every id resolved, every set a bit mask. Immutable; any thread.
class Policy {
 public:
  // Fails with malformed, naming the id, when something in the bundle means nothing; with refused when a rule
  // grants what a never-rule forbids (the text starts with the rule and the V-id).
  static Result<std::shared_ptr<const Policy>> compile(bundle::Policy source);

  const bundle::Policy& source() const { return source_; }
  // Of the encoded bundle; what messages name.
  const Hash& hash() const { return hash_; }

  Index desk(std::string_view name) const { return desk_names_.find(name); }
  Index theme(std::string_view id) const { return themes_.find(id); }
  Index region(std::string_view id) const { return regions_.find(id); }
  Index field(std::string_view id) const { return field_names_.find(id); }
  Index purpose(std::string_view id) const { return purposes_.find(id); }
  Index label(std::string_view id) const { return labels_.find(id); }
  Index statement(std::string_view id) const { return statements_.find(id); }
  Index subject(std::string_view id) const { return subjects_.find(id); }
  Index role(std::string_view id) const { return roles_.find(id); }
  Index organisation(std::string_view id) const { return organisations_.find(id); }
  // The shape of a message of that kind and theme; none if the policy has none.
  Index shape(Kind kind, Index theme) const;

  // Its fields, in order.
  const std::vector<Index>& shape_fields(Index shape) const { return shape_fields_[shape]; }

  const std::vector<DeskFacts>& desks() const { return desks_; }
  const std::vector<RuleFacts>& rules() const { return rules_; }
  const std::vector<NeverFacts>& nevers() const { return nevers_; }
  const std::vector<AgreementFacts>& agreements() const { return agreements_; }
  const PseudonymForms& pseudonym_forms(Index field) const { return pseudonym_forms_[field]; }
  // Bit of the data category that a form has in a message of that theme.
  Mask category(Index field, std::size_t form, Index theme) const {
    return form_categories_[theme * source_.fields.size() + field][form];
  }
  Mask basis_categories(Index basis) const { return basis_categories_[basis]; }
  Mask basis_purposes(Index basis) const { return basis_purposes_[basis]; }
  // By desk (policy/role_class.h).
  const std::vector<std::string>& role_classes() const { return role_classes_; }
  std::vector<std::string> label_names(Mask labels) const;
  // Those that the policy knows.
  DeskSet desks_named(const std::vector<std::string>& names) const;

 private:
  friend class Compiler;
  bundle::Policy source_;
  Hash hash_ = Hash::zero();
  Names desk_names_, themes_, regions_, field_names_, purposes_, labels_, statements_, subjects_, roles_,
      kinds_, organisations_, categories_, grondslagen_, agreement_names_, domains_;
  std::vector<std::vector<Index>> shape_fields_;
  std::vector<DeskFacts> desks_;
  std::vector<std::string> role_classes_;
  std::vector<RuleFacts> rules_;
  std::vector<NeverFacts> nevers_;
  std::vector<AgreementFacts> agreements_;
  std::vector<std::vector<Mask>> form_categories_;  // theme by theme, field by field
  std::vector<PseudonymForms> pseudonym_forms_;
  std::vector<Mask> basis_categories_;
  std::vector<Mask> basis_purposes_;
  std::vector<std::string> label_texts_;
};

using PolicyRef = std::shared_ptr<const Policy>;

}  // namespace seinhuis::policy
