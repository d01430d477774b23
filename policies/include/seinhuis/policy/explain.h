#pragma once

#include "seinhuis/policy/plan.h"

namespace seinhuis::policy {

enum class Language : std::uint8_t { nl, en };

// What would change a "no": an attest, a consent, an agreement or a redaction, and who can give it.
struct Need {
  std::string kind;  // attest, consent, agreement, redaction
  std::string type;  // id in the policy
  bundle::Texts by;  // roles that may sign; for an agreement the parties that miss
  friend bool operator==(const Need&, const Need&) = default;
};

struct Explanation {
  std::string rule;  // id of the rule or never-rule; empty for none
  std::string why;
  std::vector<Need> needs;
  std::string giving;  // id of the basis of the rule that decided; empty for none
  std::string receiving;
};

// The reason for a whole row, and for one cell of it, in the words of the policy.
Explanation explain(const Policy& policy, const Facts& facts, const Row& row, Language language);
Explanation explain(const Policy& policy, const Facts& facts, const Row& row, const Cell& cell,
                    Language language);

// The names of the forms in a bit mask, in catalogue order.
bundle::Texts form_names(const Policy& policy, Index field, std::uint32_t forms);
// "Wet politiegegevens art. 8 (wpg-8)" of a basis id; empty for an empty id.
const bundle::Grondslag* grondslag(const Policy& policy, std::string_view id);

}  // namespace seinhuis::policy
