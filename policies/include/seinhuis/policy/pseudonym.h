#pragma once

#include "seinhuis/policy/plan.h"
#include "seinhuis/wire/prologue.h"

// What a policy says of pseudonyms: who may have identifiers evaluated, how many, and which forms of a
// message belong together.
namespace seinhuis::policy {

// A rule lets the desk send a pseudonym of that domain and type, and its organisation receives none there:
// who holds both the pseudonyms and the means to make them could look anybody up.
bool may_evaluate(const Policy& policy, Index desk, std::string_view domain, IdentifierType type);

// The same of a message that names nobody: some rule for a mode that hides lets it have such a pseudonym.
bool may_evaluate_unnamed(const Policy& policy, std::string_view domain, IdentifierType type);
// All of those, ascending, with the most fields that one message has evaluated there: what a daily frame
// evaluates.
struct Evaluated {
  std::string domain;
  IdentifierType type = IdentifierType::none;
  std::size_t fields = 0;
};
std::vector<Evaluated> evaluated_unnamed(const Policy& policy);
// Nobody can see over whose token an evaluation is asked, so no desk has one whose organisation receives
// pseudonyms in any domain.
bool may_have_evaluation_tokens(const Policy& policy, Index desk);

// The fields of a shape that have a pseudonym in the domain and are of the type, in the order of the shape.
// What a message of that shape evaluates depends on nothing else.
std::vector<Index> fields_in(const Policy& policy, Index shape, std::string_view domain, IdentifierType type);

// The form of an entry; nullptr when the policy does not know it.
const bundle::Form* form_of(const Policy& policy, const Entry& entry);

// A pseudonym is sealed only beside the exact value, for somebody who can check the one against the other:
// the entries of one slot that do so for a field and domain.
bool checks(const Policy& policy, const std::vector<Entry>& slot, std::string_view field,
            std::string_view domain);

}  // namespace seinhuis::policy
