#include "seinhuis/client/accept.h"

#include <algorithm>

#include "seinhuis/policy/pseudonym.h"
#include "seinhuis/proof/board.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/leaves.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/proof/token.h"
#include "seinhuis/seal/pseudonym.h"
#include "woken.h"

namespace seinhuis::client {
namespace {

using MaybeAlarm = std::optional<Alarm>;

class Acceptance {
 public:
  Acceptance(const Delivery& delivery, const Knowledge& knowledge)
      : delivery_(delivery),
        knowledge_(knowledge),
        network_(knowledge.trusted.network),
        today_(Day::of(knowledge.now)) {}

  std::variant<Received, Alarm> run() {
    for (auto step : {&Acceptance::read, &Acceptance::check_slot, &Acceptance::check_fields,
                      &Acceptance::check_manifest, &Acceptance::check_record, &Acceptance::check_proof,
                      &Acceptance::check_outcome, &Acceptance::check_statements, &Acceptance::check_turn,
                      &Acceptance::check_decision, &Acceptance::open, &Acceptance::check_pseudonyms}) {
      if (auto alarm = (this->*step)()) return *std::move(alarm);
    }
    return std::move(made_);
  }

 private:
  MaybeAlarm raise(AlarmCode code, std::string text) const {
    return Alarm{code, std::move(text), made_.prologue.message};
  }

  MaybeAlarm read() {
    auto prologue = decode_prologue(delivery_.prologue);
    if (!prologue) return raise(AlarmCode::malformed, prologue.error().detail);
    made_.prologue = *std::move(prologue);
    made_.h0 = proof::h0_of(delivery_.prologue);
    if (made_.prologue.network != network_.id)
      return raise(AlarmCode::wrong_network, "a message of another network");
    if (made_.prologue.expires <= knowledge_.now) return raise(AlarmCode::expired, "the message has expired");
    return {};
  }

  // My leaf opens, and the slot is what the sender sealed: stripped wraps are known by their hashes.
  MaybeAlarm check_slot() {
    const Prologue& p = made_.prologue;
    recipient_leaf_ = proof::recipient_leaf(delivery_.salt, knowledge_.desk, delivery_.card);
    if (delivery_.slot_leaves.size() != p.leaves.size()) {
      return raise(AlarmCode::bad_manifest, "not one slot leaf for each recipient");
    }
    if (delivery_.slot >= p.leaves.size() || p.leaves[delivery_.slot] != recipient_leaf_) {
      return raise(AlarmCode::not_mine, "the slot is not this desk's");
    }
    const proof::SlotParts parts{delivery_.slot, delivery_.activation,     recipient_leaf_,
                                 delivery_.enc,  delivery_.sealed_entries, delivery_.note};
    if (proof::slot_leaf(made_.h0, parts) != delivery_.slot_leaves[delivery_.slot]) {
      return raise(AlarmCode::bad_manifest, "the slot is not the one the sender made");
    }
    for (const SlotEntry& entry : delivery_.sealed_entries) {
      if (entry.entry >= p.entries.size())
        return raise(AlarmCode::bad_manifest, "sealed for an entry that is not there");
      made_.sealed.push_back(entry.entry);
    }
    return {};
  }

  MaybeAlarm check_fields() {
    const Prologue& p = made_.prologue;
    if (delivery_.field_leaves.size() != p.entries.size())
      return raise(AlarmCode::bad_manifest, "not one leaf for each entry");
    for (const PassedField& field : delivery_.passed) {
      const auto sealed = std::ranges::find(delivery_.sealed_entries, field.entry, &SlotEntry::entry);
      if (sealed == delivery_.sealed_entries.end())
        return raise(AlarmCode::broker_added, "a field that the sender did not seal for this desk");
      if (sealed->wrap_hash != proof::h32(field.wrap))
        return raise(AlarmCode::bad_manifest, "a wrap is not the one the sender made");
      const Hash leaf = proof::field_leaf(made_.h0, field.entry, {field.commitment, field.ciphertext});
      if (leaf != delivery_.field_leaves[field.entry] ||
          field.ciphertext.size() != p.entries[field.entry].size + tag_size) {
        return raise(AlarmCode::bad_manifest, "a field is not the one the sender made");
      }
    }
    return {};
  }

  MaybeAlarm check_manifest() {
    made_.manifest = proof::manifest_hash(delivery_.prologue, delivery_.field_leaves, delivery_.slot_leaves);
    if (!proof::verifies(made_.prologue.signer, delivery_.signature,
                         proof::manifest_message(made_.manifest))) {
      return raise(AlarmCode::bad_manifest, "the sender's signature does not hold");
    }
    const proof::DirectoryVersion* directory = network_.directory_named(made_.prologue.directory);
    const Day created = Day::of(made_.prologue.created);
    if (directory == nullptr || !network_.directory_held(made_.prologue.directory, created)) {
      return raise(AlarmCode::unknown_metadata, "names a directory that was not in force on its day");
    }
    if (made_.prologue.mode != Mode::identified) return check_admission();
    const metadata::DeskKeys* keys = proof::find_desk(directory->directory, made_.prologue.sender);
    const bool revoked =
        proof::find_desk(network_.directory_on(today_)->directory, made_.prologue.sender) == nullptr;
    if (revoked || keys == nullptr || keys->signer != made_.prologue.signer)
      return raise(AlarmCode::not_the_sender, "signed by another than the sender");
    return {};
  }

  // Signed with a key of once, for which somebody of the class spent a token.
  MaybeAlarm check_admission() const {
    const proof::Digest digest{made_.h0, {}, {}, made_.manifest};
    if (!proof::admits(network_, delivery_.admission, made_.prologue, digest, today_))
      return raise(AlarmCode::not_admitted, "no receipt for a token that was spent on this message");
    const ReplyAddress& reply = *made_.prologue.reply;
    if (!proof::continues(reply.continues, delivery_.continuation, network_.id, made_.h0, made_.manifest))
      return raise(AlarmCode::not_admitted, "not by the holder of the words that its answers go to");
    return {};
  }

  MaybeAlarm check_record() {
    auto record = decode_record(delivery_.record);
    if (!record) return raise(AlarmCode::record_mismatch, record.error().detail);
    made_.record = *std::move(record);
    const DeliveryRecord& r = made_.record;
    if (r.network != network_.id || r.h0 != made_.h0 || r.desk != knowledge_.desk)
      return raise(AlarmCode::record_mismatch, "the record is of another delivery");
    if (r.day > today_.plus(1) || r.day.plus(1) < today_)
      return raise(AlarmCode::record_date, "the record is dated " + r.day.text());
    if (!network_.policy_held(r.policy, r.day) || r.policy.number < made_.prologue.policy.number) {
      return raise(AlarmCode::old_policy, "decided under policy " + std::to_string(r.policy.number) +
                                              ", which was not current on " + r.day.text());
    }
    if (!network_.directory_held(r.directory, r.day))
      return raise(AlarmCode::old_policy, "decided under a directory that was not current");
    return {};
  }

  MaybeAlarm check_proof() {
    made_.record_leaf = proof::log_leaf(LeafKind::delivery, delivery_.record_salt, delivery_.record);
    if (made_.prologue.mode != Mode::identified) return check_promise();
    auto proof = decode_log_proof(delivery_.proof);
    if (!proof) return raise(AlarmCode::no_proof, proof.error().detail);
    const metadata::Directory& directory = network_.directory_on(today_)->directory;
    if (!proof::proves(*proof, made_.record_leaf, network_.id, directory.log_id, directory.log_key)) {
      return raise(AlarmCode::no_proof, "the record is not in the log");
    }
    made_.proof = *std::move(proof);
    return {};
  }

  // It is in the quiet log when the day is over; that it is, is looked up then.
  MaybeAlarm check_promise() const {
    const auto promise = decode_promise(delivery_.proof);
    const SignerKey& key = network_.directory_on(today_)->directory.log_key;
    if (promise && proof::promises(*promise, made_.record_leaf, made_.record.day, network_.id, key))
      return {};
    return raise(AlarmCode::no_proof, "the record is not promised to the log");
  }

  // The outcome travels beside the manifest: it must be there for feedback, and be its sender's word about
  // this feedback.
  MaybeAlarm check_outcome() {
    const Prologue& p = made_.prologue;
    if (p.kind != Kind::feedback) {
      if (delivery_.outcome.empty()) return {};
      return raise(AlarmCode::bad_outcome, "an outcome on a message that is no feedback");
    }
    const auto outcome = decode_outcome(delivery_.outcome);
    if (!outcome || outcome->network != p.network || outcome->parent != p.parent ||
        outcome->desk != p.sender || outcome->manifest != made_.manifest ||
        !proof::verifies(p.signer, outcome->signature, unsigned_bytes(*outcome))) {
      return raise(AlarmCode::bad_outcome, "the outcome is missing, or not of this feedback");
    }
    return {};
  }

  MaybeAlarm check_statements() {
    made_policy_ = knowledge_.trusted.policy(made_.prologue.policy);
    if (made_policy_ == nullptr ||
        !network_.policy_held(made_.prologue.policy, Day::of(made_.prologue.created)))
      return raise(AlarmCode::unknown_metadata, "names a policy that was not in force on its day");
    for (const StatementCopy& copy : delivery_.statements) {
      const bool named = std::ranges::binary_search(made_.prologue.statements, proof::statement_fact(copy));
      auto statement = named ? policy::check_statement(*made_policy_, network_, made_.prologue, copy)
                             : policy::check_revocation(network_, made_.prologue, copy);
      if (!statement) return raise(AlarmCode::bad_statement, statement.error().detail);
      (named ? statements_ : revocations_).push_back(*std::move(statement));
    }
    return {};
  }

  policy::Turn turn() const { return delivery_.activation == 0 ? policy::Turn::now : policy::Turn::standby; }

  // A slot that sleeps is opened when the log says that the chain has come to this desk, and no sooner.
  MaybeAlarm check_turn() {
    made_.escalated = delivery_.activation > 0;
    if (!made_.escalated) return {};
    const Woken woken = judge_waking(delivery_, made_.prologue, made_.h0, knowledge_, *made_policy_);
    if (woken == Woken::no)
      return raise(AlarmCode::early_release, "a slot that sleeps, and nothing in the log wakes it");
    if (woken == Woken::too_soon)  // the log has it, so who supervises can see it too
      made_.beside.push_back(
          *raise(AlarmCode::early_release, "escalated to this desk before any deadline was over"));
    return {};
  }

  policy::ThreadContext context(const policy::Policy& policy) const {
    policy::ThreadContext context;
    if (made_.prologue.parent.is_zero()) return context;
    const policy::Index me = policy.desk(knowledge_.desk);
    if (knowledge_.sent_by_me(made_.prologue.parent)) context.giver = me;
    if (me != policy::none && knowledge_.held_from(made_.prologue.parent) == made_.prologue.sender)
      context.recipients.set(me);
    if (me != policy::none && knowledge_.obliged_by(made_.prologue.parent)) context.obliged.set(me);
    return context;
  }

  // The decision, made again: what is here must be what was sealed and what the plan of the record's day
  // gives.
  MaybeAlarm check_decision() {
    const policy::Policy& now = *knowledge_.trusted.policy(made_.record.policy);
    const policy::Policy& then = *made_policy_;
    std::vector<Statement> all = statements_;
    all.insert(all.end(), revocations_.begin(), revocations_.end());
    const auto facts = policy::facts_of(now, network_.directory_named(made_.record.directory), made_.prologue,
                                        all, context(now), made_.record.day);
    const auto facts_then =
        policy::facts_of(then, network_.directory_named(made_.prologue.directory), made_.prologue,
                         statements_, context(then), Day::of(made_.prologue.created));
    if (!facts_then || then.desk(knowledge_.desk) == policy::none)
      return raise(AlarmCode::unknown_metadata, "names what the policy of its day does not know");
    const bool known = facts && now.desk(knowledge_.desk) != policy::none;  // by the policy that decided
    if (known) {
      made_.facts = *facts;
      made_.row = policy::row_for(now, *facts, now.desk(knowledge_.desk), turn());
    }
    const policy::Row planned = policy::row_for(then, *facts_then, then.desk(knowledge_.desk), turn());
    made_.obliged = policy::obligation(then, planned) != nullptr ||
                    (known && policy::obligation(now, made_.row) != nullptr);
    for (const std::uint16_t entry : made_.sealed) {
      if (!policy::gives(then, planned, made_.prologue.entries[entry])) {
        return raise(AlarmCode::sender_oversealed,
                     "sealed beyond the plan: " + made_.prologue.entries[entry].field);
      }
    }
    for (const std::uint16_t entry : made_.sealed) {
      const bool passed =
          std::ranges::find(delivery_.passed, entry, &PassedField::entry) != delivery_.passed.end();
      const bool given = policy::gives(now, made_.row, made_.prologue.entries[entry]);
      if (passed && !given)
        return raise(AlarmCode::broker_added,
                     "passed beyond the plan: " + made_.prologue.entries[entry].field);
      if (!passed && given) {
        const auto verdict = std::ranges::find(made_.record.entries, entry, &EntryVerdict::entry);
        const bool said = verdict != made_.record.entries.end() && verdict->passed;
        return raise(
            said ? AlarmCode::dropped : AlarmCode::broker_withheld,
            (said ? "recorded as passed, and not here: " : "the plan gives it, the broker kept it: ") +
                made_.prologue.entries[entry].field);
      }
    }
    const DeliveryRecord expected = known ? policy::record_of(now, made_.row, made_.prologue, made_.sealed)
                                          : policy::nothing_of(made_.sealed);
    if (expected.entries != made_.record.entries || expected.purpose != made_.record.purpose) {
      return raise(AlarmCode::record_mismatch, "the record gives other reasons than the plan");
    }
    return {};
  }

  MaybeAlarm open() {
    const seal::OpeningKey* key = knowledge_.key_of(delivery_.card);
    if (key == nullptr)
      return raise(AlarmCode::not_mine, "sealed to a key card that this desk does not have");
    auto opened = seal::open(delivery_, made_.h0, recipient_leaf_, *key);
    if (!opened) return raise(AlarmCode::does_not_open, opened.error().detail);
    made_.note = opened->note;
    const bool numbered = made_.prologue.mode == Mode::identified && !made_.escalated;
    if (!numbered && made_.note != seal::Note{})
      return raise(AlarmCode::malformed, "a number where there is none: it would tie the message to others");
    made_.values = std::move(opened->values);
    return {};
  }

  // Of another keyset, or not of the identifier beside it: said of the sender, and not held against the rest.
  MaybeAlarm check_pseudonyms() {
    for (auto& [entry, value] : made_.values) {
      const Entry& seen = made_.prologue.entries[entry];
      const bundle::Form* form = policy::form_of(*made_policy_, seen);
      if (form == nullptr || form->how != bundle::Form::How::pseudonym) continue;
      const IdentifierType type = made_policy_->source().fields[made_policy_->field(seen.field)].identifier;
      const metadata::Keyset* keyset =
          proof::keyset_on(network_.directory_named(made_.prologue.directory)->directory, form->domain, type,
                           Day::of(made_.prologue.created));
      seal::Value* opening = value_in(seen.field, bundle::Form::How::opening, form->domain);
      if (opening == nullptr) {
        check_keyset(seen, keyset, value);
      } else {
        check_opening(seen, keyset, value, *opening);
      }
    }
    return {};
  }

  void check_keyset(const Entry& entry, const metadata::Keyset* keyset, seal::Value& pseudonyms) {
    if (pseudonyms.type == seal::ValueType::unavailable || pseudonyms.type == seal::ValueType::empty) return;
    if (keyset != nullptr && seal::read_pseudonyms(pseudonyms, *keyset)) return;
    made_.beside.push_back(
        *raise(AlarmCode::wrong_keyset, entry.field + ": not a pseudonym of the domain's keyset"));
    pseudonyms = {};
  }

  // What stays of an opening is what it showed.
  void check_opening(const Entry& entry, const metadata::Keyset* keyset, const seal::Value& pseudonyms,
                     seal::Value& opening) {
    const seal::Value* exact = value_in(entry.field, bundle::Form::How::exact, {});
    if (exact == nullptr) {  // an opening of nothing opens nothing
      opening = {};
      return;
    }
    const bool unavailable =
        pseudonyms.type == seal::ValueType::unavailable && opening.type == seal::ValueType::unavailable;
    if (unavailable) return;
    const bool holds = keyset != nullptr && seal::check_opening(*keyset, *exact, pseudonyms, opening);
    if (!holds) {
      made_.beside.push_back(*raise(AlarmCode::wrong_pseudonym,
                                    entry.field + ": " + entry.form + " does not match its identifier"));
    }
    opening = {seal::ValueType::opening, {holds ? "matches" : "does not match"}};
  }

  seal::Value* value_in(const std::string& field, bundle::Form::How how, const std::string& domain) {
    for (auto& [entry, value] : made_.values) {
      const Entry& seen = made_.prologue.entries[entry];
      const bundle::Form* form = seen.field == field ? policy::form_of(*made_policy_, seen) : nullptr;
      if (form != nullptr && form->how == how && form->domain == domain) return &value;
    }
    return nullptr;
  }

  const Delivery& delivery_;
  const Knowledge& knowledge_;
  const proof::Network& network_;
  Day today_;
  Hash recipient_leaf_ = Hash::zero();
  const policy::Policy* made_policy_ = nullptr;
  std::vector<Statement> statements_;
  std::vector<Statement> revocations_;  // that the broker got after the message
  Received made_;
};

}  // namespace

const policy::Policy* Trusted::policy(const Version& version) const {
  const auto found = policies.find(version.number);
  return found == policies.end() || network.policy_named(version) == nullptr ? nullptr : found->second.get();
}

Result<Trusted> make_trusted(proof::Network network) {
  Trusted trusted;
  for (const proof::PolicyVersion& version : network.policies) {
    auto compiled = policy::Policy::compile(version.bundle);
    if (!compiled) return compiled.error();
    trusted.policies.emplace(version.version.number, *std::move(compiled));
  }
  trusted.network = std::move(network);
  return trusted;
}

std::variant<Received, Alarm> accept(const Delivery& delivery, const Knowledge& knowledge) {
  return Acceptance(delivery, knowledge).run();
}

}  // namespace seinhuis::client
