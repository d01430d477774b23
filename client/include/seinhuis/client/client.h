#pragma once

#include <functional>
#include <map>

#include "seinhuis/client/parts.h"
#include "seinhuis/client/reports.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/seal/words.h"
#include "seinhuis/wire/audit.h"

namespace seinhuis::client {

// Told during long work: how much of it is done.
using Progress = std::function<void(std::uint64_t done, std::uint64_t all)>;

// What one desk does. Whatever leaves is in the durable outbox first, whatever arrives is in the durable
// inbox before it is acknowledged. One thread; several clients of one desk may run side by side.
class Client {
 public:
  using Parts = client::Parts;
  // `files` is the network's metadata as this desk last had it. When it is too old to rely on, the broker is
  // asked for newer first. Fails as proof::verify_network does, and with unreachable then.
  static Result<std::unique_ptr<Client>> open(Parts parts, proof::Files files);
  // Asks the broker over this desk's session. Fails with unreachable.
  Result<Reply> ask(Request request) const;
  const Trusted& trusted() const { return trusted_; }
  const policy::Policy& policy() const;
  Day today() const { return Day::of(parts_.clock()); }
  // The verified metadata, to be kept for the next start.
  const proof::Files& files() const { return files_; }

  // Fetches newer metadata and checks that the listed key cards are this desk's own.
  // Fails with unreachable when the broker does not answer, busy when it says so, stale when the metadata has
  // expired and the broker has none that is newer; without fresh metadata nothing is planned, sent or taken
  // in.
  Result<Done> refresh();
  // Uploads missing key cards, sends what is queued, supplements what could not be made before, tells alarms,
  // fetches tokens when their time comes: each as far as it goes. Fails with what stopped the first of them;
  // taking in does not depend on it.
  Result<Done> send_waiting();
  Result<Done> sync();  // both
  // What would happen, without sending. `about`: the message that this one is about.
  Result<Planned> plan(policy::Draft draft);
  using Sent = client::Sent;
  // Plans, seals, keeps, sends. Accepted, or refused (kept.state), or queued when the broker does not answer.
  Result<Sent> send(policy::Draft draft);
  // The same, once for a `name`: what was sent under it before is not sent again.
  Result<Sent> send_once(policy::Draft draft, ByteView name);
  // Sends what names nobody, answered where `words` lead. Fails as `hindered`; never sends it in another
  // mode. Accepted, refused or queued as `send`; nothing of it stays here once it is accepted.
  Result<Sent> send_unnamed(Planned planned, const seal::ReceiptWords& words);
  // As refresh, but over a connection that names nobody: for what is urgent and names nobody.
  Result<Done> refresh_unnamed();
  // Once a day a message that names nobody, or what looks like one; by a process that opens no session.
  Result<Done> daily_frame();
  // Fails with refused when desk, network or moment do not allow it: also when too few could hide it.
  Result<Done> hindered(const Planned& planned);
  // Sends everything in the outbox. Fails as sync does.
  Result<Done> flush();

  Result<Sent> feedback(const FeedbackDraft& draft);
  Result<Sent> withdraw(const MessageId& signal, const std::string& reason);

  // Takes in what waits: verifies, keeps, acknowledges. Waits up to `wait`. Gives how many; again until none.
  Result<std::size_t> fetch(std::chrono::milliseconds wait);
  Result<std::vector<KeptDelivery>> inbox() const;  // oldest first
  Result<Done> mark_seen(const MessageId& message);
  Result<std::vector<KeptAlarm>> alarms() const;
  Result<Done> mark_seen(const KeptAlarm& alarm);
  // Sends what was caught and not acknowledged yet to who supervises the log, sealed, and again each day
  // until that desk's receipt is in. Without a rule that says who that is, alarms stay here.
  Result<Done> report_alarms();
  Result<std::vector<KeptSent>> sent() const;
  // Of messages that named nobody and were refused later: the day, and why.
  Result<std::vector<std::pair<Day, std::string>>> refused_unnamed() const;
  using Step = client::Step;
  // The life of a signal I sent, every step proved. Fails with unauthentic when one is not.
  Result<std::vector<Step>> follow(const MessageId& signal);

  // That the log extends every head I saw, and holds every record of mine.
  Result<LogReport> verify_log();
  // Reads the whole log and makes every decision in it again. For a desk that supervises it.
  Result<AuditReport> audit(const Progress& tell = {});

  // Tells desks that must answer two messages that these share an identifier, where this desk saw so by their
  // pseudonyms: once a day, first to the log, then sealed to each. Gives how many messages it took.
  Result<std::size_t> tell_hits();

  // Fetches this epoch's tokens, all that this desk may have, once; checks who else is said to have some.
  Result<Done> fetch_tokens();
  // Of every kind that this desk may have now.
  bool has_tokens();

  // What an evaluator (broker, notary) says it evaluated on each day before today, over all organisations.
  Result<std::vector<EvaluationCount>> evaluation_counts(const std::string& evaluator);

  // Signs a statement as this desk.
  Statement attest(Statement statement) const;
  // Keeps a signed revocation until the broker has it; sends it now if it can. False: it is queued.
  Result<bool> revoke(const Statement& revocation);

 private:
  friend class ContinuedLog;
  friend class HitTeller;
  friend class Promises;
  friend class Wallet;
  friend class Unnamed;
  Client(Parts parts, proof::Files files) : parts_(std::move(parts)), files_(std::move(files)) {}
  Sender sender() const;
  Result<Done> adopt(proof::Files files);
  Result<Done> catch_up(proof::Files files);
  Result<Done> check_fresh() const;
  Result<Done> refresh_metadata();
  Result<Done> upload_cards();
  Result<policy::ThreadContext> context_for(const policy::Draft& draft, Hash& parent) const;
  Result<KeptDelivery> answerable(const MessageId& message) const;
  Result<seal::Note> next_note(const std::string& desk) const;
  using Notes = std::map<std::string, seal::Note>;  // by recipient
  static Result<Done> count_notes(store::Writer& writer, const Notes& notes, const Hash& manifest);
  static Result<Done> take_back_notes(store::Writer& writer, const KeptSent& refused);
  // `finish` may add what depends on the sealed message. Pseudonyms waited for: fails with unreachable.
  enum class Unavailable : std::uint8_t { follows, wait };
  using Finish = std::function<Result<Done>(seal::Sealed&)>;
  // In the transaction that keeps the message.
  using Also = std::function<Result<Done>(store::Writer&, const MessageId& message)>;
  Result<Sent> send_with(policy::Draft draft, const Finish& finish,
                         Unavailable unavailable = Unavailable::follows);
  Result<Sent> send_planned(Planned planned, const Finish& finish, const Also& also, Unavailable unavailable);
  Result<Done> owe_supplement(store::Writer& writer, const policy::Draft& sent,
                              const MessageId& message) const;
  Result<Done> supplement();
  Result<bool> supplement_one(const MessageId& message, policy::Draft draft);
  Result<Reply> ask_issuer(Request request) const;
  Result<Done> fetch_tokens_when_due();
  Result<Done> flush_unnamed();
  Result<Sent> post(const FeedbackDraft& draft, policy::Draft message, const KeptDelivery& signal);
  Result<Done> flush_postings();
  Result<Done> check_postings();
  Result<Reply> ask_evaluator(const std::string& evaluator, Request request) const;
  Result<Bytes> evaluate(const std::string& evaluator, const Bytes& body) const;
  Result<OutcomeStatement> next_outcome(const FeedbackDraft& draft, const Hash& parent);
  policy::Draft answer_to(Kind kind, const KeptDelivery& signal) const;
  Result<Sent> keep_and_send(Planned planned, seal::Sealed sealed, const Notes& notes, const Also& also);
  Result<Done> flush_revocations();
  Result<Done> transmit(KeptSent& kept, const Bytes& submission);
  Result<Done> take(const Bytes& raw);
  Result<Done> take_new(const Delivery& delivery, const Prologue& prologue);
  Result<Done> take_again(const KeptDelivery& held, const Delivery& delivery, const Prologue& prologue);
  Result<std::optional<Received>> judge(const Delivery& delivery, const Prologue& prologue);
  Result<Done> change_kept(const MessageId& message, const std::function<void(KeptDelivery&)>& change);
  Result<Done> make_own(KeptDelivery& kept);
  Result<Done> keep_pseudonyms(store::Writer& writer, const Received& received, const KeptDelivery& kept);
  Result<std::optional<Alarm>> check_hits(const Received& received);
  bool proof_is_given(const Received& received) const;
  Result<Done> forget_old();
  Result<Done> look_again_for(const Delivery& delivery, const Prologue& prologue);
  Result<Done> raise(const Alarm& alarm);
  Result<Done> raise_in(store::Writer& writer, const Alarm& alarm) const;
  Result<Done> report(KeptAlarm alarm);
  std::optional<policy::Draft> report_of(const KeptAlarm& alarm) const;
  Result<bool> arrived(const MessageId& report);
  Result<Done> keep(const KeptAlarm& alarm);
  Result<bool> excuse(const Received& received);
  Result<bool> in_history(const LogProof& proof, const Hash& leaf);
  Result<Done> check_signed_head();
  Result<Done> check_witness();
  // Size of the log at the first head that the timestamp role took on each day.
  Result<std::map<Day, std::uint64_t>> signed_heads() const;
  Result<std::optional<SignedHead>> newest_head();
  Result<LogProof> verify_record(const KeptDelivery& delivery);
  Result<Done> acknowledge(const Bytes& receipt, const MessageId& message);
  Bytes receipt_for(const Hash& h0, const Hash& record, bool authentic) const;
  Result<Done> count_note(store::Writer& writer, const Received& received, bool excused);
  Result<std::optional<SignedHead>> last_head(std::string_view key) const;
  bool is_quiet(const Head& head) const;
  Result<Done> check_promises();
  using JudgeLeaf = std::function<std::optional<std::string>(const AuditLeaf&, const proof::Regrown&)>;
  Result<Hash> audit_log(const std::string& name, std::uint64_t size, const JudgeLeaf& judge,
                         AuditReport& report, const Progress& tell) const;
  Result<std::optional<Alarm>> check_head(const SignedHead& head);
  Result<std::vector<Hash>> consistency(std::uint64_t older, std::uint64_t newer,
                                        const std::string& log = {}) const;
  Result<std::optional<KeptDelivery>> kept(const MessageId& message) const;
  Result<std::optional<KeptSent>> kept_sent(const MessageId& message) const;
  Result<std::optional<MessageId>> named(ByteView key) const;
  Knowledge knowledge() const;
  Result<Step> check_step(const StatusEntry& entry, const KeptSent& signal,
                          const std::vector<std::string>& asked);

  Parts parts_;
  proof::Files files_;
  Trusted trusted_;
  proof::Floor floor_;
  std::uint64_t cursor_ = 0;             // of the last item taken from the queue
  std::uint32_t checked_timestamp_ = 0;  // whose head was found in this desk's history
  bool again_ = false;                   // a receipt was not taken: start over when the queue is through
};

}  // namespace seinhuis::client
