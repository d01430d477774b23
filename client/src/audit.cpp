#include "seinhuis/wire/audit.h"

#include <algorithm>
#include <map>
#include <set>

#include "seinhuis/client/client.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/leaves.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/wire/board.h"
#include "seinhuis/wire/hit.h"
#include "seinhuis/wire/new_log.h"
#include "seinhuis/wire/obligation.h"

// The whole log read again: every record where it should be, every signature, every decision.
namespace seinhuis::client {
namespace {

constexpr std::size_t max_failures = 1000;

using Verdict = std::optional<std::string>;  // what does not hold

class Audit {
 public:
  Audit(const Trusted& trusted, std::map<Day, std::uint64_t> heads)
      : trusted_(trusted), network_(trusted.network), heads_(std::move(heads)) {}

  // By size: the roots of the quiet log that the closed days of the board name.
  const std::map<std::uint64_t, Hash>& quiet_roots() const { return quiet_roots_; }

  // `before`: the tree of the leaves that stand before this one.
  Verdict judge(const AuditLeaf& leaf, const proof::Regrown& before) {
    const std::uint64_t index = before.size();
    if (proof::leaf_node(proof::log_leaf(leaf.kind, leaf.salt, leaf.record)) != leaf.node)
      return "the record is not the one whose hash is in the log";
    switch (leaf.kind) {
      case LeafKind::accepted: return accepted(leaf.record);
      case LeafKind::refused: return refused(leaf.record);
      case LeafKind::delivery: return delivery(leaf, index);
      case LeafKind::receipt: return signed_by_desk(decode_receipt(leaf.record), &Receipt::desk);
      case LeafKind::outcome: return outcome(leaf.record, index);
      case LeafKind::escalation: return escalation(leaf.record);
      case LeafKind::unreadable: return unreadable(leaf.record);
      case LeafKind::card: return signed_by_desk(decode_card(leaf.record), &KeyCard::desk);
      case LeafKind::board: return board_day(leaf.record);
      case LeafKind::hit: return signed_by_desk(decode_hit(leaf.record), &HitRecord::desk);
      case LeafKind::revocation: return signed_by_desk(decode_statement(leaf.record), &Statement::issuer);
      case LeafKind::new_log: return new_log(leaf.record, before);
    }
    return "a record of an unknown kind";
  }

  // The broker says that it is kept no longer.
  void erased() { erased_ = true; }
  // Where the log goes on after a restore.
  const std::vector<NewLog>& origins() const { return origins_; }

 private:
  // Every day follows the one before: none is left out, none closed twice. Of the first that is still kept
  // nobody can tell any more what it follows.
  Verdict board_day(ByteView raw) {
    const auto day = decode_board_day(raw);
    if (!day) return "a day of the board that cannot be read";
    const auto known = quiet_roots_.find(day->quiet_size);
    const bool grows = (known == quiet_roots_.end() || known->second == day->quiet_root) &&
                       (quiet_roots_.empty() || quiet_roots_.rbegin()->first <= day->quiet_size);
    const bool first = last_board_.is_zero();
    const bool follows = grows && (first ? erased_ || day->previous.is_zero()
                                         : day->previous == last_board_ && day->day == next_board_);
    quiet_roots_.emplace(day->quiet_size, day->quiet_root);
    closed_.emplace(day->day, day->quiet_size);
    last_board_ = proof::h32(raw);
    next_board_ = day->day.plus(1);
    return follows ? Verdict{} : "a day of the board does not follow the one before";
  }

  // The log before it ended where this leaf stands, and was the same up to there.
  Verdict new_log(ByteView raw, const proof::Regrown& before) {
    const auto record = decode_new_log(raw);
    if (!record) return "a beginning of a log that cannot be read";
    origins_.push_back(*record);
    const bool signed_head = std::ranges::any_of(network_.directories, [&](const auto& version) {
      return proof::verifies(version.directory.log_key, record->head.signature, encode(record->head.head));
    });
    return signed_head && record->head.head.size == before.size() && record->head.head.root == before.root()
               ? Verdict()
               : "the log goes on from a head that is not of the leaves before it";
  }

  // By the key that some signed directory gives the desk; one that was revoked since did sign.
  bool signed_by(const std::string& desk, const Signature& signature, ByteView message) const {
    return std::ranges::any_of(network_.directories, [&](const proof::DirectoryVersion& version) {
      const auto keys = std::ranges::find(version.directory.desks, desk, &metadata::DeskKeys::name);
      return keys != version.directory.desks.end() && proof::verifies(keys->signer, signature, message);
    });
  }

  bool was_ever(const std::string& desk) const {
    return std::ranges::any_of(network_.directories, [&](const proof::DirectoryVersion& version) {
      return std::ranges::find(version.directory.desks, desk, &metadata::DeskKeys::name) !=
             version.directory.desks.end();
    });
  }

  template <class Record>
  Verdict signed_by_desk(const Result<Record>& record, std::string Record::*desk) const {
    if (!record) return "a record that cannot be read";
    if (signed_by((*record).*desk, record->signature, unsigned_bytes(*record))) return {};
    return "not signed by " + (*record).*desk;
  }

  Verdict outcome(ByteView raw, std::uint64_t index) {
    const auto said = decode_outcome(raw);
    if (said && !said->next.empty()) called_.emplace(said->parent, said->next);
    if (said) answers_.emplace(std::pair(said->parent, said->desk), index);
    return signed_by_desk(said, &OutcomeStatement::desk);
  }

  // By the words of its melder, whom nobody can name. The answer counts for nothing from here on: its desk
  // may be silent after it.
  Verdict unreadable(ByteView raw) {
    const auto said = decode_unreadable(raw);
    if (!said) return "a complaint that cannot be read";
    answers_.erase({said->h0, said->desk});
    return {};
  }

  // Nobody is called silent who had answered. (Of the last deadline more than one answer may be due.)
  Verdict escalation(ByteView raw) {
    const auto said = decode_escalation(raw);
    if (!said) return "an escalation that cannot be read";
    if (!was_ever(said->desk)) return "an escalation of a desk that never was: " + said->desk;
    if (!said->next.empty()) called_.emplace(said->h0, said->next);
    const auto first = answers_.find({said->h0, said->desk});
    const bool had = first != answers_.end() && first->second < said->log_size;
    return had && said->deadline != Deadline::outcome
               ? Verdict(said->desk + " had answered what it is said to have let pass")
               : Verdict();
  }

  // A tombstone would explain to a recipient why it misses a message: nothing may be both.
  Verdict accepted(ByteView raw) {
    const auto record = decode_accepted_record(raw);
    if (!record) return "an acceptance that cannot be read";
    accepted_.insert(record->manifest);
    return refused_.contains(record->manifest) ? Verdict("a message that was accepted and refused")
                                               : Verdict();
  }

  Verdict refused(ByteView raw) {
    const auto tombstone = decode_tombstone(raw);
    if (!tombstone) return "a refusal that cannot be read";
    refused_.insert(tombstone->manifest);
    if (accepted_.contains(tombstone->manifest)) return "a message that was accepted and refused";
    const Bytes message = proof::manifest_message(tombstone->manifest);
    return signed_by(tombstone->sender, tombstone->signature, message)
               ? Verdict()
               : "a refusal of what " + tombstone->sender + " did not sign";
  }

  // A broker that dates a record back revives a basis that lapsed. What was decided on a day is in the log
  // before the timestamp role asks for its head on a later day.
  Verdict dated_back(Day day, std::uint64_t index) const {
    const auto later = heads_.upper_bound(day);
    return later != heads_.end() && index >= later->second
               ? Verdict("dated " + day.text() + ", and not in the log yet on " + later->first.text())
               : Verdict();
  }

  // The same of what names nobody: it is in the quiet log when its day is closed.
  Verdict dated_back_quietly(Day day, std::uint64_t index) const {
    const auto closed = closed_.find(day);
    return closed != closed_.end() && index >= closed->second
               ? Verdict("dated " + day.text() + ", and not in the quiet log when that day was closed")
               : Verdict();
  }

  Verdict delivery(const AuditLeaf& leaf, std::uint64_t index) const {
    const auto record = decode_record(leaf.record);
    const auto prologue = decode_prologue(leaf.prologue);
    if (!record || !prologue) return "a delivery whose record or message cannot be read";
    if (proof::h0_of(leaf.prologue) != record->h0 || record->network != network_.id)
      return "a delivery record of another message";
    const bool identified = prologue->mode == Mode::identified;
    if (auto late = identified ? dated_back(record->day, index) : dated_back_quietly(record->day, index))
      return late;
    const policy::Policy* now = trusted_.policy(record->policy);
    const policy::Policy* then = trusted_.policy(prologue->policy);
    if (now == nullptr || then == nullptr || !network_.policy_held(record->policy, record->day))
      return "decided under a policy that was not in force on " + record->day.text();
    auto context = context_of(*now, *prologue, leaf);
    if (!context) return "the message it is about is another one";
    std::vector<Statement> statements;
    for (const StatementCopy& copy : leaf.statements) {
      const bool named = std::ranges::binary_search(prologue->statements, proof::statement_fact(copy));
      auto statement = named ? policy::check_statement(*then, network_, *prologue, copy)
                             : policy::check_revocation(network_, *prologue, copy);
      if (!statement) return "a statement: " + statement.error().detail;
      statements.push_back(*std::move(statement));
    }
    if (!network_.directory_held(record->directory, record->day))
      return "decided under a directory that was not in force on " + record->day.text();
    const auto facts = policy::facts_of(*now, network_.directory_named(record->directory), *prologue,
                                        statements, *context, record->day);
    return same_decision(*now, facts, *prologue, *record);
  }

  Verdict same_decision(const policy::Policy& policy, const Result<policy::Facts>& facts,
                        const Prologue& prologue, const DeliveryRecord& record) const {
    const policy::Index desk = policy.desk(record.desk);
    std::vector<std::uint16_t> sealed;
    for (const EntryVerdict& entry : record.entries) {
      if (entry.entry >= prologue.entries.size()) return "a verdict on an entry that is not there";
      sealed.push_back(entry.entry);
    }
    const auto comes_out = [&](policy::Turn turn) {
      const DeliveryRecord again =
          facts && desk != policy::none
              ? policy::record_of(policy, policy::row_for(policy, *facts, desk, turn), prologue, sealed)
              : policy::nothing_of(sealed);
      return again.entries == record.entries && again.purpose == record.purpose;
    };
    // In the quiet log an escalation may stand behind what came of it.
    const bool called =
        prologue.mode != Mode::identified || called_.contains(std::pair(record.h0, record.desk));
    return comes_out(policy::Turn::now) || (called && comes_out(policy::Turn::standby))
               ? Verdict()
               : "the policy decides otherwise for " + record.desk;
  }

  static std::optional<policy::ThreadContext> context_of(const policy::Policy& policy,
                                                         const Prologue& prologue, const AuditLeaf& leaf) {
    policy::ThreadContext context;
    if (prologue.parent.is_zero()) return context;
    const auto parent = decode_prologue(leaf.parent);
    if (!parent || proof::h0_of(leaf.parent) != prologue.parent) return {};
    context.giver = policy.desk(parent->sender);
    context.recipients = policy.desks_named(leaf.recipients);
    context.obliged = policy.desks_named(leaf.obliged);
    return context;
  }

  std::map<std::uint64_t, Hash> quiet_roots_;
  std::map<Day, std::uint64_t> closed_;  // size of the quiet log when the day was closed
  bool erased_ = false;                  // a leaf before
  std::vector<NewLog> origins_;
  Hash last_board_ = Hash::zero();
  Day next_board_{0};
  const Trusted& trusted_;
  const proof::Network& network_;
  std::map<Day, std::uint64_t> heads_;
  std::map<std::pair<Hash, std::string>, std::uint64_t> answers_;  // h0 and desk -> its first outcome
  std::set<std::pair<Hash, std::string>> called_;                  // to whom a chain came
  std::set<Hash> accepted_;                                        // manifests
  std::set<Hash> refused_;
};

// What the head that this desk saw last of the log before counts, and the next log does not, is lost.
std::string told(const NewLog& origin, const std::optional<SignedHead>& seen) {
  const std::uint64_t size = origin.head.head.size;
  const std::string begins = "on " + origin.day.text() + " from a copy of " + utc_text(origin.until) +
                             ": the log goes on from leaf " + std::to_string(size);
  if (!seen || seen->head.size <= size) return begins + "; this desk has seen none that is lost";
  return begins + "; this desk has a signed head of " + std::to_string(seen->head.size) + " leaves, so " +
         std::to_string(seen->head.size - size) + " are lost";
}

}  // namespace

// Reads one of the two logs and judges every leaf; gives its root.
Result<Hash> Client::audit_log(const std::string& name, std::uint64_t size, const JudgeLeaf& judge,
                               AuditReport& report, const Progress& tell) const {
  proof::Regrown tree;
  while (tree.size() < size) {
    Request request;
    request.action = Action::audit;
    request.name = name;
    request.after = tree.size();
    const auto reply = ask(std::move(request));
    if (!reply) return reply.error();
    if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
    if (reply->code != Code::ok) return Error{Errc::refused, reply->text};
    if (reply->items.empty()) return Error{Errc::unauthentic, "the broker does not show the whole log"};
    for (const Item& item : reply->items) {
      if (tree.size() == size) break;  // what came after the head
      const auto leaf = decode_audit_leaf(item.body);
      if (!leaf) return Error{Errc::unauthentic, "a leaf of the log that cannot be read"};
      const std::string place =
          name + (name.empty() ? "leaf " : " leaf ") + std::to_string(tree.size()) + ": ";
      const auto wrong = judge(*leaf, tree);
      tree.add(leaf->node);
      if (leaf->erased) ++report.erased;
      if (!leaf->erased && !wrong) ++report.replayed;
      if (wrong && report.failures.size() < max_failures) report.failures.push_back(place + *wrong);
    }
    if (tell) tell(tree.size(), size);
  }
  return tree.root();
}

Result<AuditReport> Client::audit(const Progress& tell) {
  const auto head = newest_head();
  if (!head) return head.error();
  AuditReport report;
  if (!*head) return report;
  report.head = (*head)->head;
  auto heads = signed_heads();
  if (!heads) return heads.error();
  Audit audit(trusted_, *std::move(heads));
  const auto judged = [&](const AuditLeaf& leaf, const proof::Regrown& tree) {
    if (!leaf.erased) return audit.judge(leaf, tree);
    audit.erased();
    return Verdict();
  };
  const auto root = audit_log("", report.head.size, judged, report, tell);
  if (!root) return root.error();
  if (*root != report.head.root)
    return Error{Errc::unauthentic, "the leaves are not those of the signed head"};
  for (const NewLog& origin : audit.origins()) {
    const auto seen = last_head("former-head-" + origin.head.head.log.hex());
    if (!seen) return seen.error();
    report.restored.push_back(told(origin, *seen));
  }
  // The quiet log is as long as the last closed day says, and was on every day what that day says.
  const std::map<std::uint64_t, Hash>& roots = audit.quiet_roots();
  if (roots.empty()) return report;
  const auto in_quiet = [&](const AuditLeaf& leaf, const proof::Regrown& tree) {
    const auto anchored = roots.find(tree.size());
    if (tree.size() > 0 && anchored != roots.end() && anchored->second != tree.root())
      return Verdict("the quiet log is not the one that a closed day names");
    return judged(leaf, tree);
  };
  const auto quiet = audit_log("quiet", roots.rbegin()->first, in_quiet, report, tell);
  if (!quiet) return quiet.error();
  const auto& [size, named] = *roots.rbegin();
  if (size > 0 && *quiet != named)
    report.failures.emplace_back("quiet log: not the one that the last closed day names");
  report.quiet = roots.rbegin()->first;
  return report;
}

}  // namespace seinhuis::client
