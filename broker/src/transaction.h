#pragma once

#include "log_store.h"
#include "obligations.h"
#include "seinhuis/broker/ledger.h"
#include "seinhuis/wire/audit.h"
#include "stored.h"

namespace seinhuis::broker {

// One transaction of the ledger: commands in order, then one signed head, then the proofs of every answer.
class Transaction {
 public:
  Transaction(store::Writer& writer, LogWriter& log, const proof::Signer& log_key, const World& world,
              const LedgerLimits& limits, Instant now)
      : writer_(writer),
        log_(log),
        log_key_(log_key),
        world_(world),
        limits_(limits),
        now_(now),
        today_(Day::of(now)) {}

  Result<Done> apply(const Command& command);
  // Queues what was held until today, in an order that says nothing of when it came.
  Result<Done> release_held(DayTurned& turned);
  // Reminds, escalates and forgets what is due, at most 500.
  struct Passed {
    std::size_t done = 0;
    std::size_t unreadable = 0;  // and so not done; the others are
  };
  Result<Passed> keep_deadlines(const Hash& salt);
  // Gives whether there is more of it.
  Result<bool> take_over_old();  // broker/src/old_obligations.cpp
  // The same of what desks owe that are not in the directory any more; not all: of the rest when it is called
  // again, or when it is offered.
  struct Removed {
    std::size_t done = 0;
    bool all = true;
  };
  Result<Removed> escalate_removed(const Hash& salt);
  // Desks that have something to fetch since.
  const std::vector<std::string>& woken() const { return woken_; }
  // After the log is closed: fills the proofs in.
  Result<std::vector<Reply>> answers();

 private:
  // A reply, and which leaf each of its items must prove.
  struct Answer {
    Reply reply;
    std::vector<Accepted> accepted;
    std::vector<HitAnswer> hits;
    std::vector<std::pair<std::uint64_t, Delivery>> deliveries;  // cursor
    std::vector<std::uint64_t> leaves;
    std::vector<Promise> promises;  // one for each that waits for the quiet log, in order
    std::size_t bytes = 0;
  };

  Result<Done> take(const Submit& submit, const Hash& salt);
  Result<Done> take(const Entomb& entomb, const Hash& salt);  // broker/src/tombstones.cpp
  Result<Done> bury(const Tombstone& tombstone, const Hash& salt);
  Result<std::optional<Code>> refused_before(const Hash& manifest) const;
  Result<Done> take(const Fetch& fetch, const Hash& salt);
  Result<Done> take(const TakeReceipt& taken, const Hash& salt);
  Result<Done> take(const KeepCard& keep, const Hash& salt);
  Result<Done> take(const Revoke& revoke, const Hash& salt);
  Result<Done> take(const Evaluate& evaluate, const Hash& salt);  // broker/src/evaluations.cpp
  Result<Done> take(const RegisterHit& hit, const Hash& salt);    // broker/src/hits.cpp
  Result<Done> take(const Issue& issue, const Hash& salt);        // broker/src/tokens.cpp
  Result<Done> take(const Redeem& redeem, const Hash& salt);
  Result<Done> take(const Post& post, const Hash& salt);      // broker/src/postings.cpp
  Result<Done> take(const Reopen& reopen, const Hash& salt);  // broker/src/reopening.cpp
  Result<Done> run_anew(const MessageId& message, const std::string& desk);
  Result<Done> tell_melder(const StoredSignal& signal, StatusEntry::Step step, const std::string& desk,
                           const Bytes& statement, const Hash& salt);
  Result<std::uint64_t> cells_used(const OutcomeStatement& outcome) const;
  Result<bool> posted_before(const Post& post) const;

  Result<Done> take_entry(const std::string& desk, const store::Record& entry, const Hash& salt,
                          Answer& made);
  Result<Done> store_signal(const Admitted& admitted, const Hash& salt);
  // Those that do not sleep.
  Result<Done> queue_slots(const Prologue& prologue, const StoredSignal& signal);
  Result<Done> queue_slot(const Prologue& prologue, std::uint16_t slot, const std::string& desk);
  Result<Done> hold_for_tomorrow(const MessageId& message, const Hash& salt);  // broker/src/turning.cpp

  // broker/src/answering.cpp
  const bundle::Calendar& calendar() const;
  Result<Done> oblige(const Admitted& admitted, const StoredSignal& signal);
  Result<Done> begin(Obligation obligation, Instant offered, bool urgent);
  Result<Done> picked_up(const MessageId& message, const std::string& desk);
  Result<Done> answered(const MessageId& message, const OutcomeStatement& outcome);
  struct Heard {
    Code code = Code::ok;
    const char* why = "";  // not, for who said it
  };
  Result<Heard> keep_outcome(const OutcomeStatement& outcome, const MessageId& message, const Hash& salt);

  // broker/src/deadlines.cpp
  Result<Done> take_over(const MessageId& message, ByteView tag, Obligation made);
  Result<Done> keep_deadline(Obligation obligation, const Hash& salt);
  Result<Done> escalate(Obligation obligation, Deadline deadline, const Hash& salt);
  Result<Done> escalate_all_of(ByteView tag, const Hash& salt, Removed& removed);

  bool is_there(std::string_view desk) const;
  static Instant moment(const StoredSignal& signal, Instant now);
  Result<bool> within_quota(std::string_view desk);
  Result<std::uint64_t> next_cursor();
  // To the log of the message: the quiet one where it names nobody; then the index is held_leaf.
  Result<std::uint64_t> append_to_log(const StoredSignal& signal, LeafKind kind, const Hash& salt,
                                      ByteView record, store::Shelf shelf);
  Promise promise(LeafKind kind, const Hash& salt, ByteView record, Day day) const;
  Result<Done> add_status(const MessageId& message, const StoredStatus& status, store::Shelf shelf);
  void answer_accepted(const StoredSignal& signal);
  void answer(Code code, std::string text);

  // broker/src/release.cpp
  struct Release {
    Delivery delivery;
    std::uint64_t leaf = 0;
    Promise promise;  // when that is held_leaf
  };
  // A message as it is released to one slot.
  struct Leaving {
    MessageId message = MessageId::zero();
    StoredSignal signal;
    Submission body;
    Prologue prologue;
    std::uint16_t slot = 0;
    std::vector<StatementCopy> revocations;  // that came after it
    const std::string& desk() const { return body.slots[slot].desk; }
  };
  Result<std::optional<Release>> release(const MessageId& message, std::uint16_t slot, std::string_view desk,
                                         const Hash& salt);
  Result<Done> leave_queue(StoredSignal& stored, const MessageId& message, const std::string& desk);
  Result<StoredRecord> record_for(const Leaving& leaving, const Hash& salt);
  Result<DeliveryRecord> decide(const Leaving& leaving) const;
  Result<std::vector<StatementCopy>> revocations_of(const Submission& body) const;
  // What today's policy plans for the slot's desk; nothing when it does not know the desk or the message.
  Result<std::optional<policy::Row>> row_today(const Leaving& leaving) const;
  Result<StoredSignal> signal(const MessageId& message) const;

  // broker/src/waking.cpp
  struct Woken {
    MessageId message = MessageId::zero();
    std::string desk;
    Hash salt = Hash::zero();
    std::uint64_t leaf = 0;
    Day day{0};
    Bytes record;  // Escalation, or the outcome that handed the matter over
  };
  // Whether a desk owes the matter that is handed over to it: it did, or its slot was woken for it.
  enum class Taken : std::uint8_t { no, owed, woken };
  Result<Done> take_back(Obligation obligation);
  Result<Taken> hand_over(Obligation from, const std::string& next, StoredSignal& stored);
  // The next of the chain to whom the message may go; its slot wakes. Empty: nobody is left.
  struct HandedOn {
    std::string next;  // empty: nobody is left
    std::vector<std::string> passed;
  };
  Result<HandedOn> hand_on(Obligation& from, StoredSignal& stored);
  Result<bool> wake(const Obligation& from, const Leaving& leaving, StoredSignal& stored);
  Result<std::optional<Leaving>> leaving_of(const MessageId& message, const StoredSignal& stored) const;
  Result<Done> keep_reason(const Woken& woken, store::Shelf shelf);
  Result<Bytes> reason_of(const MessageId& message, std::string_view desk) const;
  Result<Done> let_sleep(const MessageId& message);
  Result<std::optional<Parent>> parent_of(const Prologue& prologue) const;

  store::Writer& writer_;
  LogWriter& log_;
  const proof::Signer& log_key_;
  const World& world_;
  const LedgerLimits& limits_;
  Instant now_;
  Day today_;
  std::vector<Answer> answers_;
  std::vector<std::string> woken_;
};

Result<std::optional<Parent>> find_parent_in(const store::Reader& reader, const Hash& h0);
Result<std::optional<Bytes>> find_revocation_in(const store::Reader& reader, const Hash& statement,
                                                const std::string& issuer);

}  // namespace seinhuis::broker
