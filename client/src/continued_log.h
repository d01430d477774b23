#pragma once

#include "seinhuis/client/client.h"
#include "seinhuis/client/origin.h"

namespace seinhuis::client {

// What a desk does when its broker was restored: it holds the log that goes on against the one it knew, says
// what is gone, and hands in again what the broker does not remember.
class ContinuedLog {
 public:
  explicit ContinuedLog(Client& client) : client_(client) {}

  // Looks whether the directory names another log than the one that was seen last, before anything is taken
  // in or handed in. Fails as the broker and the store do, and with unauthentic when the log that goes on is
  // not believed.
  Result<Done> check();
  // `head` is of another log than `last`, the last one seen, which is kept under `name` ("head",
  // "quiet-head"). An alarm when nothing says why, or the new log does not hold what the old one did. Fails
  // as the broker and the store do.
  Result<std::optional<Alarm>> follow(const std::string& name, const SignedHead& last,
                                      const SignedHead& head);

  // What the broker took is kept for five days, the time in which it takes the same message again.
  static Result<Done> keep_message(store::Writer& writer, const KeptSent& sent, const Bytes& submission,
                                   Day today);
  static Result<Done> keep_revocation(store::Writer& writer, const store::Record& revocation, Day today);
  // Takes away what was kept long enough, `limit` records at most.
  static Result<Done> forget_copies(store::Writer& writer, Day today, std::size_t limit);

 private:
  Result<Done> check_quiet(const Hash& log);
  struct Lost {
    std::uint64_t leaves = 0;  // seen by this desk
    std::size_t again = 0;     // messages that are sent again
    std::size_t gone = 0;      // messages that cannot be
  };
  Result<Done> hand_in_again(store::Writer& writer, const NewLog& origin, Lost& lost) const;
  Result<Done> queue_again(store::Writer& writer, std::uint64_t begin, Lost& lost) const;

  Client& client_;
};

}  // namespace seinhuis::client
