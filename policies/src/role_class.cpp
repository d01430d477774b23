#include "seinhuis/policy/role_class.h"

#include <algorithm>
#include <set>

#include "seinhuis/policy/message.h"

namespace seinhuis::policy {
namespace {

// Organisations with a desk of that role that works in the region.
std::size_t organisations_in(const Policy& policy, const std::string& role, std::size_t region) {
  std::set<std::string_view> found;
  for (std::size_t n = 0; n < policy.desks().size(); ++n) {
    const bundle::Desk& desk = policy.source().desks[n];
    const DeskFacts& facts = policy.desks()[n];
    const bool there = facts.landelijk || (facts.regions >> region & 1U) != 0;
    if (desk.role == role && there) found.insert(organisation_of(desk.name));
  }
  return found.size();
}

}  // namespace

std::string class_by_count(const Policy& policy, Index desk) {
  const std::string& role = policy.source().desks[desk].role;
  for (std::size_t region = 0; region < policy.source().regions.size(); ++region) {
    const std::size_t count = organisations_in(policy, role, region);
    if (count > 0 && count < least_organisations) return mixed_class;
  }
  return role;
}

const std::string& role_class(const Policy& policy, Index desk) { return policy.role_classes()[desk]; }

std::vector<std::string> role_classes(const Policy& policy) {
  const std::set<std::string> classes(policy.role_classes().begin(), policy.role_classes().end());
  return {classes.begin(), classes.end()};
}

DeskSet desks_of_class(const Policy& policy, std::string_view role_class) {
  DeskSet desks;
  for (std::size_t n = 0; n < policy.desks().size(); ++n) {
    if (role_class.empty() || policy.role_classes()[n] == role_class) desks.set(n);
  }
  return desks;
}

}  // namespace seinhuis::policy
