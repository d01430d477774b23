#pragma once

#include "seinhuis/client/compose.h"
#include "seinhuis/seal/pseudonym.h"

namespace seinhuis::client {

// Brings a signed request (EvaluationRequest) to an evaluator, by its name in the directory, and its answer
// (EvaluationAnswer) back.
using AskEvaluator = std::function<Result<Bytes>(const std::string& evaluator, const Bytes& request)>;

struct Pseudonymised {
  FormValues values;
  // Domains whose evaluators did not answer, or refused: their forms say that they are unavailable. A signal
  // does not wait.
  std::vector<std::pair<std::string, Error>> unavailable;
};

// Has the identifiers evaluated of which the plan gives pseudonyms. Fails with malformed when an identifier
// is not surely one (the text names field and rule, never the identifier), or no keyset is in force.
Result<Pseudonymised> pseudonymise(const Sender& sender, const Planned& planned, const AskEvaluator& ask);

}  // namespace seinhuis::client
