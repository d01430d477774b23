#pragma once

#include "seinhuis/policy/policy.h"

namespace seinhuis::policy {

// Resolves a bundle into a Policy, once. Collects everything that is wrong, not just the first.
class Compiler {
 public:
  explicit Compiler(Policy& made) : made_(made), source_(made.source_) {}
  Result<Done> run();

 private:
  void wrong(const std::string& text) { wrong_ += wrong_.empty() ? text : "\n" + text; }
  void index_all();
  Index need(const Names& names, const std::string& id, const std::string& where);
  Mask need_all(const Names& names, const bundle::Texts& ids, const std::string& where);
  Mask excluded_by(const bundle::Texts& listed) const;

  void classify();
  void categorise();
  void take(const bundle::Desk& desk);
  void take(const bundle::Grondslag& basis);
  void take(const bundle::Field& field);
  // policies/src/pseudonym.cpp
  void take(const bundle::Domain& domain);
  void take_pseudonyms(const bundle::Field& field);
  void check_pseudonyms(const bundle::Rule& rule, const RuleFacts& facts);
  bool checked_somewhere(const RuleFacts& rule, std::size_t field) const;
  void take(const bundle::Shape& shape);
  void take(const bundle::Agreement& agreement);
  void take(const bundle::Rule& rule);
  void take(const bundle::Never& never);
  void take_chain(const bundle::Rule& rule, RuleFacts& facts);
  void take_bases(const bundle::Rule& rule, RuleFacts& facts);
  void take_grants(const bundle::Rule& rule, RuleFacts& facts);
  SelectorFacts select(const bundle::Selector& selector, const std::string& where);
  bool chosen(const bundle::Selector& selector, std::size_t number) const;
  void check_modes(const bundle::Rule& rule, const RuleFacts& facts);

  // Never-rules without `unless`: no rule may grant what they forbid, on any day.
  void forbid();
  void forbid(const bundle::Never& never, const NeverFacts& facts);
  void forbid(const bundle::Never& never, const NeverFacts& facts, std::size_t number);
  void check(const bundle::Never& never);
  Mask own_category(const bundle::Field& field, std::size_t form) const;
  static bool has_kind(const bundle::Rule& rule, Kind kind);

  Policy& made_;
  const bundle::Policy& source_;
  std::string wrong_;
  bool forbidden_ = false;
};

}  // namespace seinhuis::policy
