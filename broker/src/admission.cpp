#include "seinhuis/broker/admission.h"

#include <algorithm>
#include <map>
#include <set>

#include "planned.h"
#include "postings.h"
#include "seinhuis/policy/calendar.h"
#include "seinhuis/policy/pseudonym.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/keyset.h"
#include "seinhuis/proof/sign.h"
#include "sender.h"

namespace seinhuis::broker {
namespace {

constexpr auto one_hour = std::chrono::hours(1);  // days begin by the clocks of Amsterdam
constexpr std::uint32_t days_on_the_way = 5;
constexpr std::uint32_t days_in_frames = 20;  // a large one leaves in several daily frames

using MaybeRefusal = std::optional<Refusal>;

class Admission {
 public:
  Admission(const World& world, std::string_view desk, const Known& known, Instant now)
      : world_(world), desk_(desk), known_(known), now_(now), today_(Day::of(now)) {}

  std::variant<Admitted, Refused> judge(Submission submission) {
    made_.submission = std::move(submission);
    Refused refused;
    if (auto refusal = read_prologue()) {
      refused.refusal = *std::move(refusal);
      return refused;
    }
    refused.message = made_.prologue.message;
    for (auto step : {&Admission::check_network, &Admission::check_versions, &Admission::check_life,
                      &Admission::check_sender}) {
      if (auto refusal = (this->*step)()) return no_unless_accepted(std::move(refused), *std::move(refusal));
    }
    refused.manifest = made_.digest.manifest;
    refused.signature = made_.submission.signature;
    for (auto step : {&Admission::check_parent, &Admission::check_statements, &Admission::check_labels,
                      &Admission::check_slots, &Admission::check_plan, &Admission::check_pseudonyms,
                      &Admission::check_outcome}) {
      auto refusal = (this->*step)();
      if (!refusal) continue;
      if (refusal->code == Code::awaited) refused.manifest.reset();  // it is not final
      return no_unless_accepted(std::move(refused), *std::move(refusal));
    }
    return std::move(made_);
  }

 private:
  // What was accepted in time and is sent again, because the answer was lost, is not refused for being late.
  Refused no_unless_accepted(Refused refused, Refusal refusal) const {
    refused.refusal = std::move(refusal);
    const bool own = identified() ? made_.prologue.sender == desk_ : desk_ == anonymous_peer;
    if (!own) return refused;
    const auto kept = known_.accepted(made_.prologue.message);
    if (kept && *kept && **kept == proof::digest(made_.submission).manifest) refused.accepted = **kept;
    return refused;
  }

  bool identified() const { return made_.prologue.mode == Mode::identified; }

  MaybeRefusal read_prologue() {
    auto prologue = decode_prologue(made_.submission.prologue);
    if (!prologue) {
      const Code code = prologue.error().code == Errc::unsupported ? Code::unsupported : Code::malformed;
      return no(code, prologue.error().detail);
    }
    made_.prologue = *std::move(prologue);
    if (made_.submission.fields.size() != made_.prologue.entries.size())
      return no(Code::malformed, "not one ciphertext for each entry");
    for (std::size_t e = 0; e < made_.submission.fields.size(); ++e) {
      if (made_.submission.fields[e].ciphertext.size() != made_.prologue.entries[e].size + tag_size) {
        return no(Code::malformed, "a ciphertext is not of its size class");
      }
    }
    return {};
  }

  MaybeRefusal check_network() {
    const Prologue& p = made_.prologue;
    if (p.network != world_.network.id) return no(Code::wrong_network, "the message is for another network");
    if (p.expires <= now_) return no(Code::expired, "the message has expired");
    const Day created = Day::of(p.created);
    if (created > today_) return no(Code::expired, "the message is made in the future; is your clock right?");
    const std::uint32_t days = identified() ? days_on_the_way : days_in_frames;
    if (created.plus(days) < today_)
      return no(Code::expired, "the message is older than " + std::to_string(days) + " days; make it again");
    return {};
  }

  MaybeRefusal check_versions() {
    const Day created = Day::of(made_.prologue.created);
    if (!world_.network.directory_held(made_.prologue.directory, created) ||
        !world_.network.policy_held(made_.prologue.policy, created)) {
      return no(Code::stale_metadata,
                "the message names a directory or policy that was not in force on its day; synchronise and "
                "send again");
    }
    made_policy_ = world_.policy(made_.prologue.policy);
    policy_ = world_.policy(world_.network.policy_on(today_)->version);
    require(made_policy_ != nullptr && policy_ != nullptr, "verified policies are compiled");
    return {};
  }

  MaybeRefusal check_life() {
    const Prologue& p = made_.prologue;
    if (p.expires > p.created + std::chrono::days(policy::message_life(made_policy_->source())) + one_hour)
      return no(Code::malformed, "it lives longer than its policy has messages live");
    return {};
  }

  MaybeRefusal check_sender() {
    const Prologue& p = made_.prologue;
    made_.cell_key = std::exchange(made_.submission.cell_key, {});
    if (auto refusal = judge_sender(world_, desk_, made_, today_)) return refusal;
    made_.digest = proof::digest(made_.submission);
    if (!proof::verifies(p.signer, made_.submission.signature,
                         proof::manifest_message(made_.digest.manifest))) {
      return no(Code::bad_signature, "the signature does not hold");
    }
    return {};
  }

  // After a restore an answer may come before what it answers comes again.
  Refusal no_parent() const {
    const auto restored = known_.restored();
    if (!restored) return no(Code::internal, "when the log went on cannot be read");
    if (*restored && (*restored)->plus(days_on_the_way) >= today_)
      return no(Code::awaited,
                "the message it is about was lost here in a restore, and may be handed in again");
    return no(Code::bad_thread, "the message it is about is not known here");
  }

  MaybeRefusal check_parent() {
    const Prologue& p = made_.prologue;
    if (p.parent.is_zero()) {
      return is_about_parent(p.kind)
                 ? MaybeRefusal(no(Code::bad_thread, "a message of this kind is about another one"))
                 : std::nullopt;
    }
    auto parent = known_.parent(p.parent);
    if (!parent) return no(Code::internal, "the parent cannot be read");
    if (!*parent) return no_parent();
    const Parent& seen = **parent;
    if (seen.prologue.thread != p.thread) return no(Code::bad_thread, "the parent is of another thread");
    const bool recipient = std::ranges::find(seen.recipients, p.sender) != seen.recipients.end();
    const bool own = seen.prologue.sender == p.sender;
    if (answers_parent(p.kind) ? !recipient : is_about_parent(p.kind) ? !own : !(own || recipient)) {
      return no(Code::bad_thread, "the parent is not yours");
    }
    if (p.kind == Kind::hit) {
      const auto registered = known_.hit(p.parent);
      if (!registered) return no(Code::internal, "hits cannot be read");
      if (!*registered) return no(Code::bad_thread, "no hit of the parent is in the log");
    }
    if (is_about_parent(p.kind) && !inherits(seen.prologue)) {
      return no(Code::bad_thread, "theme, class, region and age band are those of the parent");
    }
    made_.parent = *std::move(*parent);
    return {};
  }

  bool inherits(const Prologue& parent) const {
    const Prologue& p = made_.prologue;
    return p.theme == parent.theme && p.weight == parent.weight && p.region == parent.region &&
           p.age == parent.age;
  }

  MaybeRefusal check_statements() {
    if (made_.submission.statements.size() != made_.prologue.statements.size()) {
      return no(Code::bad_statement, "not every statement that the message names is there");
    }
    for (const StatementCopy& copy : made_.submission.statements) {
      auto statement = policy::check_statement(*made_policy_, world_.network, made_.prologue, copy);
      if (!statement) return no(Code::bad_statement, statement.error().detail);
      statements_.push_back(*std::move(statement));
      if (auto refusal = look_up_revocation(copy)) return refusal;
    }
    return {};
  }

  // What its issuer revoked at the broker counts for today's plan, not for that of the day it was made.
  MaybeRefusal look_up_revocation(const StatementCopy& copy) {
    const auto found = known_.revocation(proof::h32(copy.body), statements_.back().issuer);
    if (!found) return no(Code::internal, "revocations cannot be read");
    if (!*found) return {};
    auto revocation = policy::check_revocation(world_.network, made_.prologue, {Hash::zero(), **found});
    if (revocation) revocations_.push_back(*std::move(revocation));
    return {};
  }

  // Labels may be added, never left off: those of the sender's regime and those of the thread.
  // Where nobody is named those of the class count by themselves (policy::facts_of).
  MaybeRefusal check_labels() {
    if (!identified()) return {};
    const policy::Index from = policy_->desk(made_.prologue.sender);
    if (from == policy::none) return no(Code::refused, "the policy does not know the sender");
    bundle::Texts wanted = policy_->label_names(policy_->desks()[from].labels);
    if (made_.parent)
      wanted.insert(wanted.end(), made_.parent->prologue.labels.begin(), made_.parent->prologue.labels.end());
    for (const std::string& label : wanted) {
      if (!std::ranges::binary_search(made_.prologue.labels, label))
        return no(Code::malformed, "the label '" + label + "' is left off");
    }
    return {};
  }

  // Every leaf opens to one desk, once, sealed to a card that the timestamp names.
  MaybeRefusal check_slots() {
    const Prologue& p = made_.prologue;
    if (made_.submission.slots.size() != p.leaves.size())
      return no(Code::bad_slot, "not one slot for each recipient leaf");
    std::set<std::string> desks;
    std::set<std::uint16_t> used;
    for (std::size_t j = 0; j < p.leaves.size(); ++j) {
      const Slot& slot = made_.submission.slots[j];
      if (proof::recipient_leaf(slot.salt, slot.desk, slot.card) != p.leaves[j])
        return no(Code::bad_slot, "a recipient leaf does not open");
      if (!desks.insert(slot.desk).second) return no(Code::bad_slot, "a desk stands twice");
      if (!known_card(slot))
        return no(Code::bad_slot, "a slot is sealed to a key card that is not published");
      for (const Wrap& wrap : slot.wraps) {
        if (wrap.entry >= p.entries.size()) return no(Code::malformed, "a wrap for no entry");
        used.insert(wrap.entry);
      }
    }
    if (used.size() != p.entries.size()) return no(Code::malformed, "an entry that nobody may open");
    return {};
  }

  bool known_card(const Slot& slot) const {
    const KeyCard::Use use = slot.activation == 0 ? KeyCard::Use::current : KeyCard::Use::standby;
    const KeyCard* card = proof::card_on(world_.network, slot.desk, use, Day::of(made_.prologue.created));
    return card != nullptr && encode(*card) == slot.card;
  }

  MaybeRefusal check_plan() {
    const Prologue& p = made_.prologue;
    const auto then =
        policy::facts_of(*made_policy_, world_.network.directory_named(p.directory), p, statements_,
                         context_of(*made_policy_, made_.parent), Day::of(p.created));
    std::vector<Statement> all = statements_;
    all.insert(all.end(), revocations_.begin(), revocations_.end());
    const auto now = policy::facts_of(*policy_, world_.network.directory_on(today_), p, all,
                                      context_of(*policy_, made_.parent), today_);
    if (!then || !now) return no(Code::malformed, then ? now.error().detail : then.error().detail);
    for (const Slot& slot : made_.submission.slots) {
      if (slot.activation > 0) continue;
      if (auto refusal = check_row(*then, *now, slot)) return refusal;
    }
    for (const Slot& slot : made_.submission.slots) {
      if (slot.activation == 0) continue;
      if (auto refusal = check_dormant(*then, slot)) return refusal;
    }
    for (ObligedDesk& desk : made_.obliged) desk.chain = chain_of(*policy_, desk, made_.submission.slots);
    const bool obliging = p.kind == Kind::signal || p.kind == Kind::request;
    if (obliging && made_.obliged.empty())
      return no(Code::nobody_obliged, "no recipient of this message has to answer it");
    return {};
  }

  MaybeRefusal check_row(const policy::Facts& then, const policy::Facts& now, const Slot& slot) {
    const policy::Index desk_then = made_policy_->desk(slot.desk);
    const policy::Index desk_now = policy_->desk(slot.desk);
    if (desk_then == policy::none || desk_now == policy::none)
      return no(Code::bad_slot, "the policy does not know " + slot.desk);
    const policy::Row planned = policy::row_for(*made_policy_, then, desk_then);
    if (auto refusal = check_cells(then, planned, slot)) return refusal;
    if (const bundle::Rule* rule = policy::obligation(*made_policy_, planned)) owed_then_.push_back(rule);
    const policy::Row row = policy::row_for(*policy_, now, desk_now);
    if (row.outcome != policy::Outcome::deliver) return refused_row(*policy_, now, row);
    if (const bundle::Rule* rule = policy::obligation(*policy_, row)) {
      made_.obliged.push_back({slot.desk, rule->id, policy::lengths_of(*rule, made_.prologue.urgent), {}});
      made_.retention_days = std::max(made_.retention_days, rule->retention_days);
    }
    return {};
  }

  MaybeRefusal check_cells(const policy::Facts& then, const policy::Row& planned, const Slot& slot) const {
    for (const Wrap& wrap : slot.wraps) {
      const Entry& entry = made_.prologue.entries[wrap.entry];
      if (!policy::gives(*made_policy_, planned, entry))
        return refused_cell(*made_policy_, then, planned, entry);
    }
    return {};
  }

  // Planned for the step of the chain that it says. What today's policy says is asked when it wakes.
  MaybeRefusal check_dormant(const policy::Facts& then, const Slot& slot) const {
    const policy::Index desk = made_policy_->desk(slot.desk);
    if (desk == policy::none || slot.activation != policy::step_of(*made_policy_, owed_then_, desk))
      return no(Code::bad_slot, "no chain comes to " + slot.desk + " at this step");
    return check_cells(then, policy::row_for(*made_policy_, then, desk, policy::Turn::standby), slot);
  }

  // A pseudonym has somebody who can check it, and the elements of its message were evaluated for that
  // message: all that its shape takes, or none when no evaluator answered and the value says so.
  MaybeRefusal check_pseudonyms() {
    const Prologue& p = made_.prologue;
    std::map<std::pair<std::string, IdentifierType>, std::size_t> fields;
    for (const Entry& entry : p.entries) {
      const bundle::Form* form = policy::form_of(*made_policy_, entry);
      if (form == nullptr || form->how != bundle::Form::How::pseudonym) continue;
      const bool checked = std::ranges::any_of(made_.submission.slots, [&](const Slot& slot) {
        return slot.activation == 0 &&
               policy::checks(*made_policy_, entries_of(slot), entry.field, form->domain);
      });
      if (!checked) {
        return Refusal{Code::refused,
                       entry.field + " (" + entry.form +
                           "): niemand krijgt de gewone waarde en kan het pseudoniem controleren",
                       {},
                       Gate::minimisation};
      }
      ++fields[{form->domain, made_policy_->source().fields[made_policy_->field(entry.field)].identifier}];
    }
    for (const auto& [key, count] : fields) {
      const auto evaluated = known_.evaluated({p.sender, p.message, key.first, key.second});
      if (!evaluated) return no(Code::internal, "evaluations cannot be read");
      if (*evaluated && **evaluated < count * proof::identifiers_per_field)
        return no(Code::refused, "more pseudonyms of domain " + key.first + " than were evaluated");
    }
    return {};
  }

  std::vector<Entry> entries_of(const Slot& slot) const {
    std::vector<Entry> entries;
    for (const Wrap& wrap : slot.wraps) entries.push_back(made_.prologue.entries[wrap.entry]);
    return entries;
  }

  MaybeRefusal check_outcome() {
    const Prologue& p = made_.prologue;
    if (p.kind != Kind::feedback) {
      return made_.submission.outcome.empty()
                 ? std::nullopt
                 : MaybeRefusal(no(Code::bad_outcome, "only feedback has an outcome"));
    }
    auto outcome = decode_outcome(made_.submission.outcome);
    if (!outcome) return no(Code::bad_outcome, outcome.error().detail);
    if (outcome->network != p.network || outcome->parent != p.parent || outcome->desk != p.sender ||
        outcome->manifest != made_.digest.manifest ||
        !proof::verifies(p.signer, outcome->signature, unsigned_bytes(*outcome))) {
      return no(Code::bad_outcome, "the outcome statement is not of this feedback");
    }
    if (!says_why(*policy_, *outcome)) {
      return no(Code::bad_outcome, "closing needs a reason code of the policy (WGS art. 1.7 lid 4)");
    }
    made_.outcome = *std::move(outcome);
    return {};
  }

  const World& world_;
  std::string_view desk_;
  const Known& known_;
  Instant now_;
  Day today_;
  const policy::Policy* made_policy_ = nullptr;  // in force on the day the message was made
  const policy::Policy* policy_ = nullptr;       // in force today
  std::vector<Statement> statements_;
  std::vector<Statement> revocations_;
  std::vector<const bundle::Rule*> owed_then_;  // of the policy of its day
  Admitted made_;
};

}  // namespace

Instant Admitted::received(Instant now) const {
  return prologue.mode == Mode::identified ? now : Day::of(now).begins();
}

std::size_t Admitted::bytes() const {
  std::size_t size = 2 * submission.prologue.size();
  for (const SealedField& field : submission.fields) size += field.ciphertext.size() + commitment_size;
  for (const Slot& slot : submission.slots) size += slot.card.size() + slot.wraps.size() * (wrap_size + 8);
  for (const StatementCopy& copy : submission.statements) size += 2 * copy.body.size();
  return size;
}

policy::ThreadContext context_of(const policy::Policy& policy, const std::optional<Parent>& parent) {
  policy::ThreadContext context;
  if (!parent) return context;
  context.giver = policy.desk(parent->prologue.sender);
  context.recipients = policy.desks_named(parent->recipients);
  context.obliged = policy.desks_named(parent->obliged);
  return context;
}

std::variant<Admitted, Refused> admit(const World& world, std::string_view desk, Submission submission,
                                      const Known& known, Instant now) {
  return Admission(world, desk, known, now).judge(std::move(submission));
}

}  // namespace seinhuis::broker
