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

std::string role_class(const Policy& policy, Index desk) {
  const std::string& role = policy.source().desks[desk].role;
  for (std::size_t region = 0; region < policy.source().regions.size(); ++region) {
    const std::size_t count = organisations_in(policy, role, region);
    if (count > 0 && count < least_organisations) return mixed_class;
  }
  return role;
}

std::vector<std::string> role_classes(const Policy& policy) {
  std::set<std::string> classes;
  for (std::size_t n = 0; n < policy.desks().size(); ++n)
    classes.insert(role_class(policy, static_cast<Index>(n)));
  return {classes.begin(), classes.end()};
}

}  // namespace seinhuis::policy
