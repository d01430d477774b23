#pragma once

#include "seinhuis/policy/policy.h"

// What is said of a melder who is not named: a class of desks, large enough to hide in.
namespace seinhuis::policy {

// Who is of a role that too few have in some region.
constexpr const char* mixed_class = "professional";
// Organisations that a role must have in each of its regions to be a class of its own.
constexpr std::size_t least_organisations = 3;

// The class of a desk: its role, or mixed_class.
const std::string& role_class(const Policy& policy, Index desk);
// The same, counted: what a policy is compiled with.
std::string class_by_count(const Policy& policy, Index desk);
// Every class that some desk has, ascending.
std::vector<std::string> role_classes(const Policy& policy);
// The desks of a class; of the empty one (everybody) all.
DeskSet desks_of_class(const Policy& policy, std::string_view role_class);

}  // namespace seinhuis::policy
