#pragma once

#include "seinhuis/client/link.h"
#include "seinhuis/proof/trust.h"
#include "seinhuis/seal/words.h"
#include "seinhuis/wire/board.h"

// What a melder who is not named reads with the receipt words, on a machine that holds nothing else.
namespace seinhuis::client {

using AskBroker = std::function<Result<Reply>(Request)>;

// One closed day, as it was shown and proved.
struct ShownDay {
  BoardDay record;
  LogProof proof;
  Bytes cells;
};
// Fails with unauthentic when it is not of these cells, or not in the log.
Result<ShownDay> fetch_day(const proof::Network& network, const metadata::Directory& directory, Day day,
                           const AskBroker& ask);

struct BoardStep {
  Day day{0};          // that the broker noted it
  std::string by;      // desk; empty for "accepted"
  std::string status;  // accepted, received, or the outcome
  std::string reason;
  std::string text;
  bool readable = true;  // false: an outcome whose answer cannot be opened, or is not its desk's
  std::optional<OutcomeStatement> outcome;
  std::string next = {};  // of an outcome: to whom the matter was handed over
  Day shown{0};           // the day of the board that shows it, and its place in the log
  LogProof proof = {};
};

// Tells the broker that an answer cannot be read, so that its desk owes one again: once for each. Names the
// message to the broker, so it is for the melder to say so. Fails with unreachable, busy, or refused.
Result<Done> report_unreadable(const proof::Network& network, const seal::WordKeys& keys,
                               const BoardStep& step, const AskBroker& ask);

// Downloads every day that the board has, checks that none is missing, changed or shown to this reader alone,
// and tries every cell. Nothing found: an unknown code, or nothing yet; who asks cannot be told apart from
// whom something waits for. Fails with unreachable, busy, or unauthentic when the board does not hold.
Result<std::vector<BoardStep>> read_board(const proof::Network& network, Day today,
                                          const seal::WordKeys& keys, const AskBroker& ask);

}  // namespace seinhuis::client
