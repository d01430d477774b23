#pragma once

#include "seinhuis/client/client.h"

namespace seinhuis::client {

// What the broker promised of deliveries that name nobody: that their records are in the quiet log when the
// day is over, and that the day as the main log has it names that quiet log.
class Promises {
 public:
  explicit Promises(Client& client) : client_(client) {}

  static Result<Done> note(store::Writer& writer, const KeptDelivery& kept, Day day);
  // Looks at what is due. One that is not kept is an alarm, once. Fails with unreachable or busy: it is
  // looked at later.
  Result<Done> check();

 private:
  using Due = std::vector<std::pair<MessageId, Day>>;
  Result<Due> due() const;
  // Nothing, or what the broker did not keep.
  Result<std::optional<std::string>> broken(const KeptDelivery& delivery, Day day);
  Result<bool> named_by_closed_day(const LogProof& record, Day day);

  Client& client_;
};

}  // namespace seinhuis::client
