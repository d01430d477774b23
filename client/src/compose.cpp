#include "seinhuis/client/compose.h"

#include <algorithm>

#include "seinhuis/base/message_id.h"
#include "seinhuis/policy/calendar.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/leaves.h"

namespace seinhuis::client {
namespace {

// The signed statements of a draft, each behind a fresh salt: a plain hash would be a pseudonym of the
// person.
Result<std::vector<StatementCopy>> copies_of(const policy::Draft& draft, Random& random) {
  std::vector<StatementCopy> copies;
  for (const policy::StatementDraft& statement : draft.statements) {
    if (statement.signed_form.empty()) {
      return Error{Errc::refused,
                   "statement " + statement.type + " is not signed; make it with: seinhuis attest"};
    }
    copies.push_back({random.draw<Hash>(), statement.signed_form});
  }
  std::ranges::sort(copies, {}, [](const StatementCopy& copy) { return proof::statement_fact(copy); });
  return copies;
}

// The thread that the draft names, or that all its statements are of, or a fresh one.
Result<ThreadId> thread_of(const policy::Draft& draft, Random& random) {
  std::optional<ThreadId> thread = draft.thread;
  for (const policy::StatementDraft& one : draft.statements) {
    const auto statement = decode_statement(one.signed_form);
    if (!statement) return statement.error();
    if (thread && *thread != statement->thread)
      return Error{Errc::refused, "the statements are of different threads"};
    thread = statement->thread;
  }
  return thread ? *thread : random.draw<ThreadId>();
}

// Of what names nobody the day.
Instant creation(const Sender& sender, Mode mode) {
  return mode == Mode::identified ? sender.now : Day::of(sender.now).begins();
}

Prologue prologue_of(const Sender& sender, const Planned& planned, const policy::Policy& policy) {
  const Day today = Day::of(sender.now);
  Prologue p;
  p.kind = planned.draft.kind;
  p.network = sender.trusted.network.id;
  p.message = planned.message;
  p.thread = planned.thread;
  p.parent = planned.parent;
  p.mode = planned.draft.mode;
  p.directory = sender.trusted.network.directory_on(today)->version;
  p.policy = sender.trusted.network.policy_on(today)->version;
  p.theme = planned.draft.theme;
  p.weight = planned.draft.weight;
  p.urgent = planned.draft.urgent;
  p.purposes = planned.draft.purposes;
  std::ranges::sort(p.purposes);
  p.region = planned.draft.region;
  p.age = planned.draft.age;
  p.labels = policy.label_names(planned.facts.labels);
  std::ranges::sort(p.labels);
  for (const StatementCopy& copy : planned.statements) p.statements.push_back(proof::statement_fact(copy));
  p.shape = policy.source().shapes[planned.plan.shape].id;
  p.created = creation(sender, p.mode);
  if (p.mode == Mode::identified) {
    p.sender = sender.desk;
    p.expires = sender.now + std::chrono::days(policy::message_life(policy.source()));
  } else {
    p.role_class = planned.facts.giver_class;
    p.expires = today.plus(policy::message_life(policy.source())).begins();
    p.reply = planned.reply;
  }
  return p;
}

bool kept_back(const policy::Draft& draft, const std::string& desk, const std::string& field) {
  const auto found = draft.withhold.find(desk);
  return found != draft.withhold.end() && std::ranges::find(found->second, field) != found->second.end();
}

// The entries and their padded values: for every field of the shape every form that a recipient is given.
class Sealing {
 public:
  Sealing(const Sender& sender, const Planned& planned, const policy::Policy& policy, const FormValues& made)
      : sender_(sender),
        planned_(planned),
        policy_(policy),
        made_(made),
        prologue_(prologue_of(sender, planned, policy)) {}

  Result<seal::Sealed> run(const NoteFor& note_for) {
    if (auto addressed = address(note_for); !addressed) return addressed.error();
    if (auto filled = fill(); !filled) return filled.error();
    std::erase_if(recipients_, [](const seal::Recipient& recipient) { return recipient.entries.empty(); });
    if (recipients_.empty()) return Error{Errc::refused, "nobody receives anything of this message"};
    auto sealed = seal::seal(std::move(prologue_), plaintexts_, std::move(recipients_), sender_.signer,
                             sender_.nonce_key, sender_.random);
    if (sealed) sealed->submission.statements = planned_.statements;
    return sealed;
  }

 private:
  Result<Done> address(const NoteFor& note_for) {
    std::vector<const bundle::Rule*> owed;
    for (const policy::Row& row : planned_.plan.rows) {
      if (row.standby > 0 || !leaves_something(row)) continue;
      if (const bundle::Rule* rule = policy::obligation(policy_, row)) owed.push_back(rule);
      const std::string& desk = policy_.source().desks[row.desk].name;
      const KeyCard* card = card_of(desk, KeyCard::Use::current);
      if (card == nullptr)
        return Error{Errc::absent, desk + " has no key card for today; synchronise, or ask the network"};
      rows_.push_back(&row);
      recipients_.push_back({desk, encode(*card), card->key, {}, note_for(desk)});
    }
    for (const policy::Row& row : planned_.plan.rows) {
      if (row.standby > 0 && leaves_something(row)) stand_by(row, owed);
    }
    return Done{};
  }

  // A desk of the chain of what is really owed. Without a card nobody stands by there; the signal does not
  // wait. What sleeps has no number: it would be missed until it wakes.
  void stand_by(const policy::Row& row, const std::vector<const bundle::Rule*>& owed) {
    const std::string& desk = policy_.source().desks[row.desk].name;
    const std::uint8_t step = policy::step_of(policy_, owed, row.desk);
    const KeyCard* card = card_of(desk, KeyCard::Use::standby);
    if (step == 0 || card == nullptr) return;
    rows_.push_back(&row);
    recipients_.push_back({desk, encode(*card), card->key, {}, {}, step});
  }

  const KeyCard* card_of(const std::string& desk, KeyCard::Use use) const {
    return proof::card_on(sender_.trusted.network, desk, use, Day::of(sender_.now));
  }

  // The sender does not keep back all that the row gives.
  bool leaves_something(const policy::Row& row) const {
    return row.outcome == policy::Outcome::deliver &&
           std::ranges::any_of(row.cells, [&](const policy::Cell& cell) {
             return cell.state == policy::CellState::given &&
                    !kept_back(planned_.draft, policy_.source().desks[row.desk].name,
                               policy_.source().fields[cell.field].id);
           });
  }

  Result<Done> fill() {
    for (const bundle::ShapeField& carried : policy_.source().shapes[planned_.plan.shape].fields) {
      const policy::Index field = policy_.field(carried.field);
      const auto& forms = policy_.source().fields[field].forms;
      for (std::size_t form = 0; form < forms.size(); ++form) {
        if (auto filled = fill_form(carried, forms[form]); !filled) return filled;
      }
    }
    return Done{};
  }

  Result<Done> fill_form(const bundle::ShapeField& carried, const bundle::Form& form) {
    Entry entry{carried.field, form.id, 0};
    const auto number = static_cast<std::uint16_t>(prologue_.entries.size());
    if (pseudonymous(form) && !paired(carried.field, form.domain)) return Done{};
    bool granted = false;
    for (std::size_t n = 0; n < rows_.size(); ++n) {
      if (!gets(n, entry)) continue;
      recipients_[n].entries.push_back(number);
      granted = true;
    }
    if (!granted) return Done{};
    seal::Value value = value_of(carried.field, form);
    const auto size = seal::size_class(value, normal_size(carried, form));
    if (!size) return Error{Errc::malformed, carried.field + ": " + size.error().detail};
    entry.size = *size;
    prologue_.entries.push_back(std::move(entry));
    plaintexts_.push_back(seal::pad(value, *size));
    return Done{};
  }

  bool gets(std::size_t row, const Entry& entry) const {
    return policy::gives(policy_, *rows_[row], entry) &&
           !kept_back(planned_.draft, recipients_[row].desk, entry.field);
  }

  static bool pseudonymous(const bundle::Form& form) {
    return form.how == bundle::Form::How::pseudonym || form.how == bundle::Form::How::opening;
  }

  // Somebody gets the pseudonym who may not check it, and somebody who may: also after what the sender keeps
  // back.
  bool paired(const std::string& field, const std::string& domain) const {
    const Entry pseudonym{field, "pseudonym@" + domain, 0};
    const Entry opening{field, "opening@" + domain, 0};
    bool checked = false;
    bool wanted = false;
    for (std::size_t n = 0; n < rows_.size(); ++n) {
      if (rows_[n]->standby > 0) continue;  // it may never come to check
      const bool opens = gets(n, opening);
      checked = checked || opens;
      wanted = wanted || (gets(n, pseudonym) && !opens);
    }
    return checked && wanted;
  }

  seal::Value value_of(const std::string& field, const bundle::Form& form) const {
    if (pseudonymous(form)) {
      const auto made = made_.find({field, form.id});
      return made == made_.end() ? seal::Value{seal::ValueType::unavailable, {}} : made->second;
    }
    const auto written = planned_.draft.fields.find(field);
    if (written == planned_.draft.fields.end()) return {};
    return seal::value_of(policy::coarsen(form, written->second, planned_.draft, Day::of(sender_.now)));
  }

  // One size whatever is in it: how many identifiers there are does not show.
  static std::uint32_t normal_size(const bundle::ShapeField& carried, const bundle::Form& form) {
    constexpr std::uint32_t pseudonyms = 256;
    constexpr std::uint32_t openings = 4096;
    switch (form.how) {
      case bundle::Form::How::pseudonym: return pseudonyms;
      case bundle::Form::How::opening: return openings;
      default: return carried.size;
    }
  }

  const Sender& sender_;
  const Planned& planned_;
  const policy::Policy& policy_;
  const FormValues& made_;
  Prologue prologue_;
  std::vector<const policy::Row*> rows_;
  std::vector<seal::Recipient> recipients_;
  std::vector<SecretBytes> plaintexts_;
};

}  // namespace

Result<Planned> plan_for(const Sender& sender, policy::Draft draft, const policy::ThreadContext& thread,
                         const Hash& parent) {
  const Day today = Day::of(sender.now);
  const policy::Policy& policy = *sender.trusted.policy(sender.trusted.network.policy_on(today)->version);
  Planned planned;
  auto thread_id = thread_of(draft, sender.random);
  if (!thread_id) return thread_id.error();
  auto copies = copies_of(draft, sender.random);
  if (!copies) return copies.error();
  planned.message = new_message_id(creation(sender, draft.mode), sender.random);
  planned.draft = std::move(draft);
  planned.thread = *thread_id;
  planned.statements = *std::move(copies);
  planned.parent = parent;
  // The facts are taken from the prologue that will be sent, by the code that the broker and the recipients
  // use.
  policy::Draft bare = planned.draft;
  bare.statements.clear();
  auto facts = policy::facts_of(policy, bare, today);
  if (!facts) return facts.error();
  planned.facts = *facts;
  planned.plan.shape = policy.shape(planned.draft.kind, facts->theme);
  if (planned.plan.shape == policy::none)
    return Error{Errc::malformed, "the policy has no shape for a message of this kind and theme"};
  const Prologue prologue = prologue_of(sender, planned, policy);
  std::vector<Statement> statements;
  for (const StatementCopy& copy : planned.statements) {
    auto statement = policy::check_statement(policy, sender.trusted.network, prologue, copy);
    if (!statement) return statement.error();
    statements.push_back(*std::move(statement));
  }
  auto whole = policy::facts_of(policy, sender.trusted.network.directory_on(today), prologue, statements,
                                thread, today);
  if (!whole) return whole.error();
  whole->to = facts->to;
  whole->self = facts->self;
  planned.facts = *std::move(whole);
  planned.plan = policy::plan(policy, planned.facts);
  return planned;
}

Result<seal::Sealed> seal_planned(const Sender& sender, const Planned& planned, const NoteFor& note_for,
                                  const FormValues& made) {
  const Day today = Day::of(sender.now);
  const policy::Policy& policy = *sender.trusted.policy(sender.trusted.network.policy_on(today)->version);
  return Sealing(sender, planned, policy, made).run(note_for);
}

}  // namespace seinhuis::client
