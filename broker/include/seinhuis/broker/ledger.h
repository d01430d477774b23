#pragma once

#include <variant>

#include "seinhuis/broker/admission.h"
#include "seinhuis/proof/sign.h"
#include "seinhuis/store/store.h"
#include "seinhuis/wire/board.h"
#include "seinhuis/wire/hit.h"
#include "seinhuis/wire/obligation.h"

namespace seinhuis::broker {

// What changes the ledger. `salt` is fresh and random: nothing inside draws randomness or reads a clock.
struct Submit {
  Admitted admitted;
};
struct Entomb {  // a refusal of something signed: logged once
  Refused refused;
  std::string desk;
};
struct Fetch {
  std::string desk;
  std::uint64_t after = 0;
  std::size_t most = 64;  // deliveries in one answer
};
struct TakeReceipt {
  Receipt receipt;
};
struct KeepCard {
  KeyCard card;
};
struct Revoke {
  Statement revocation;
};
struct Evaluate {  // counted against the quota of who is named, and remembered for the message
  Evaluation evaluation;
  Hash elements = Hash::zero();  // of the request: the same again is free, others are refused
  std::uint32_t count = 0;
  Bytes answer;  // EvaluationAnswer; leaves when the rest is durable
};
struct RegisterHit {
  HitRecord record;
  std::vector<std::string> obliged_a;
  std::vector<std::string> obliged_b;
};
struct Issue {
  std::string desk;
  TokenKind kind;
  Hash elements = Hash::zero();  // of the request
  Bytes answer;                  // EvaluationAnswer; leaves when the rest is durable
};
struct Redeem {
  TokenKind kind;
  TokenNonce nonce = TokenNonce::zero();
  Bytes spent_on;  // the manifest of a message, or the id of one that has pseudonyms made
  Bytes receipt;   // leaves when it is durable that the token was spent on this
};
struct Post {
  Posting posting;
  MessageId parent = MessageId::zero();
};
struct Reopen {  // an answer that its melder cannot read is none
  Unreadable unreadable;
  MessageId message = MessageId::zero();
};
struct Command {
  std::variant<Submit, Entomb, Fetch, TakeReceipt, KeepCard, Revoke, Evaluate, RegisterHit, Issue, Redeem,
               Post, Reopen>
      what;
  Hash salt = Hash::zero();
};

struct LedgerLimits {
  std::uint32_t submissions_per_desk_and_day = 5000;
};

struct TimeKept {
  std::vector<std::string> desks;  // that have something to fetch now
  bool more = false;               // more is due already
  std::size_t unreadable = 0;      // due and not looked at, as they cannot be read
  bool doubted = false;  // the clock is not between the newest timestamp and its end: nothing passed
};
struct DayTurned {
  std::vector<std::string> desks;  // that have something to fetch now
  std::size_t unreadable = 0;      // held messages that cannot be read, and so are not released
};

// The broker's memory: a deterministic state machine whose whole state is in the store. Writes on one thread.
class Ledger {
 public:
  // `store` and `log_key` outlive the ledger.
  Ledger(store::Store& store, const proof::Signer& log_key, LedgerLimits limits)
      : store_(store), log_key_(log_key), limits_(limits) {}

  // Applies all commands in one durable transaction and answers them in order. When the transaction does not
  // fit, each is tried alone; what then fails is answered with `full` or `internal`, the rest stands.
  std::vector<Reply> commit(const World& world, const std::vector<Command>& commands, Instant now);

  // Removes the ciphertext of at most `limit` messages that have expired, and what need not be remembered any
  // more. Tombstones stay. `certain`: a day that has come whatever the clock says; nothing is removed that
  // has not expired by that.
  Result<std::size_t> sweep(Instant now, std::size_t limit, Day certain);

  // Forgets what nobody need remember since before the month of `certain`: a part of the records at a time,
  // and at last the keys of their months. Gives whether there is more to do. Waits for deadlines that are
  // late.
  Result<bool> forget(Day certain, std::size_t limit);

  // What a day brings: the board's days before today are closed, and what names nobody and waited is
  // released. `salt` is fresh. Fails with stale when the newest
  // timestamp does not vouch for `now`: a day that is closed too early is closed to what comes on it.
  Result<DayTurned> turn_day(const World& world, Instant now, const Hash& salt);

  // Reminds desks of what they owe and escalates what they let pass, a part at a time. `salt` is fresh.
  Result<TimeKept> keep_time(const World& world, Instant now, const Hash& salt);

  // Reads; any thread.
  // When keep_time has something to do; nothing when nobody owes anything.
  Result<std::optional<Instant>> next_alarm() const;
  // What a desk owes, by message, after that one: at most 1,000.
  Reply obligations(std::string_view desk, const MessageId& after) const;
  // How desks answer, in counts.
  Reply overview(const World& world, Day today) const;
  Known known() const;  // lives as long as the ledger
  // Elements that the desk's organisation had evaluated on a day, in a domain and of a type.
  Result<std::uint64_t> evaluated(const Evaluation& evaluation, Day day) const;
  // Is there anything in the queue of this desk after the cursor?
  Result<bool> waits(std::string_view desk, std::uint64_t after) const;
  Reply follow(std::string_view desk, const MessageId& message) const;
  // The newest delivery record of a message for this desk: salt || record, and the proof under today's head.
  Reply record(std::string_view desk, const MessageId& message) const;
  // What stands in the log of a message that was refused: salt || tombstone, and the proof.
  Reply tombstone(const Hash& manifest) const;
  // Leaves from `after` on, at most 1 MiB of them, for who supervises the log.
  Reply audit(std::string_view log_name, std::uint64_t after) const;
  // How much was evaluated on the days before today, over all organisations.
  Reply counts(Day today) const;
  // The organisations that have tokens of a kind, by name.
  Reply crowd(const TokenKind& kind) const;
  // Where the parts of an answer of this desk stand on the board, as far as their day is closed.
  Reply posted(std::string_view desk, const Hash& h0, std::uint32_t seq) const;
  // Which days of the board there are (0), or one of them.
  Reply board(std::uint64_t day) const;
  // `log_name`: "quiet" for the log of what names nobody.
  Reply head(std::string_view log_name = {}) const;
  Reply growth(std::string_view log_name, std::uint64_t older, std::uint64_t newer) const;
  Reply cards(Day today) const;

 private:
  store::Store& store_;
  const proof::Signer& log_key_;
  LedgerLimits limits_;
};

Reply refusal_reply(const Refusal& refusal);
Reply error_reply(const Error& error);

}  // namespace seinhuis::broker
