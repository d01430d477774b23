#pragma once

#include "seinhuis/client/compose.h"
#include "seinhuis/policy/pseudonym.h"
#include "seinhuis/seal/pseudonym.h"

namespace seinhuis::client {

// Brings a request to an evaluator, by its name in the directory, and its answer (EvaluationAnswer) back: it
// signs the request, or pays for it.
using AskEvaluator = std::function<Result<Bytes>(const std::string& evaluator, EvaluationRequest request)>;

struct Pseudonymised {
  FormValues values;
  // Domains whose evaluators did not answer, or refused: their forms say that they are unavailable. A signal
  // does not wait.
  std::vector<std::pair<std::string, Error>> unavailable;
};

// Whether the plan gives pseudonyms. Fails as pseudonymise does when an identifier is not surely one.
Result<bool> wants_pseudonyms(const Sender& sender, const Planned& planned);

// Has the identifiers evaluated of which the plan gives pseudonyms. Fails with malformed when an identifier
// is not surely one (the text names field and rule, never the identifier), or no keyset is in force.
// `also`: where something is evaluated whether the plan asks for it or not, so that what is evaluated does
// not tell what the message is about.
Result<Pseudonymised> pseudonymise(const Sender& sender, const Planned& planned, const AskEvaluator& ask,
                                   const std::vector<policy::Evaluated>& also = {});

}  // namespace seinhuis::client
