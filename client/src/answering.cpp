#include <algorithm>

#include "all_given.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/client/client.h"
#include "tables.h"

// Feedback and withdrawal.
namespace seinhuis::client {
namespace {

// The field of the message's shape whose id ends so: the policy set chooses the ids, the shape says which
// they are.
std::string field_ending(const policy::Policy& policy, Kind kind, const std::string& theme,
                         std::string_view ending) {
  const policy::Index shape = policy.shape(kind, policy.theme(theme));
  if (shape == policy::none) return {};
  for (const bundle::ShapeField& field : policy.source().shapes[shape].fields) {
    if (field.field.ends_with(ending)) return field.field;
  }
  return {};
}

// The purposes for which rules let messages of this kind through.
bundle::Texts purposes_for(const policy::Policy& policy, Kind kind) {
  bundle::Texts purposes;
  for (const bundle::Rule& rule : policy.source().rules) {
    const bool of_kind = std::ranges::find(rule.kinds, kind) != rule.kinds.end();
    if (of_kind && std::ranges::find(purposes, rule.purpose) == purposes.end())
      purposes.push_back(rule.purpose);
  }
  std::ranges::sort(purposes);
  if (purposes.size() > 4) purposes.resize(4);
  return purposes;
}

// The statement type by which this desk says that it has read and redacted a text.
const bundle::StatementType* redaction_type(const policy::Policy& policy, const std::string& desk) {
  const policy::Index own = policy.desk(desk);
  for (const bundle::StatementType& type : policy.source().statements) {
    const bool may = own != policy::none &&
                     std::ranges::find(type.roles, policy.source().desks[own].role) != type.roles.end();
    if (may && type.sort == bundle::StatementType::Sort::redaction) return &type;
  }
  return nullptr;
}

bool closes(const FeedbackDraft& draft) {
  return draft.status == Status::gesloten || draft.status == Status::onvoldoende || !draft.to.empty();
}

// What needs no look at the signal.
Result<Done> well_formed(const FeedbackDraft& draft, const policy::Policy& policy) {
  if (draft.reason.empty() && (draft.status == Status::gesloten || draft.status == Status::onvoldoende)) {
    return Error{Errc::refused,
                 std::string(to_string(draft.status)) + " needs a --reason (WGS art. 1.7 lid 4)"};
  }
  if (!draft.to.empty() && draft.status != Status::doorgezet)
    return Error{Errc::refused, "a matter is handed over to a desk with doorgezet, and with nothing else"};
  const auto& reasons = policy.source().reasons;
  if (!draft.reason.empty() && std::ranges::find(reasons, draft.reason, &bundle::Term::id) == reasons.end()) {
    std::string known;
    for (const bundle::Term& reason : reasons) known += (known.empty() ? "" : ", ") + reason.id;
    return Error{Errc::refused, "'" + draft.reason + "' is no reason code of the policy; it knows: " + known};
  }
  return Done{};
}

Result<Done> may_take_over(const std::string& desk, const std::string& own,
                           const metadata::Directory& directory) {
  if (desk == own)
    return Error{Errc::refused, "a matter is handed over to another desk, and " + desk + " is this one"};
  if (proof::find_desk(directory, desk) == nullptr)
    return Error{Errc::refused, "there is no desk " + desk + " in the directory"};
  return Done{};
}

}  // namespace

Result<KeptDelivery> Client::answerable(const MessageId& message) const {
  const auto held = kept(message);
  if (!held) return held.error();
  if (!*held) {
    const auto own = kept_sent(message);
    if (!own) return own.error();
    return Error{Errc::absent,
                 *own ? "this desk sent " + message.hex() + " itself; who received it gives feedback on it"
                      : "this desk received no signal " + message.hex() +
                            "; what waits for it is taken in with inbox"};
  }
  const Kind kind = (*held)->kind;
  if (kind != Kind::signal && kind != Kind::request && kind != Kind::supplement) {
    return Error{Errc::refused, "feedback answers a signal or a request, not a message of kind " +
                                    std::string(to_string(kind))};
  }
  return **held;
}

policy::Draft Client::answer_to(Kind kind, const KeptDelivery& signal) const {
  policy::Draft draft;
  draft.kind = kind;
  draft.from = parts_.desk;
  draft.theme = signal.theme;
  draft.weight = signal.weight;
  draft.region = signal.region;
  draft.age = signal.age;
  draft.labels = signal.labels;
  draft.thread = signal.thread;
  draft.parent = signal.message;
  draft.purposes = purposes_for(policy(), kind);
  return draft;
}

Result<OutcomeStatement> Client::next_outcome(const FeedbackDraft& draft, const Hash& parent) {
  OutcomeStatement outcome{trusted_.network.id, parent,       parts_.desk,       0,       draft.status,
                           draft.reason,        Hash::zero(), Signature::zero(), draft.to};
  const auto done = parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    const auto last = writer.get(outcome_table, parent.bytes());
    if (!last) return last.error();
    outcome.seq = (*last ? Unpacker(**last).number<std::uint32_t>() : 0) + 1;
    return writer.put(outcome_table, parent.bytes(), Packer().number(outcome.seq).take(), store::permanent);
  });
  if (!done) return done.error();
  return outcome;
}

Result<Client::Sent> Client::feedback(const FeedbackDraft& draft) {
  const auto held = answerable(draft.signal);
  if (!held) return held.error();
  const KeptDelivery& signal = *held;
  if (auto formed = well_formed(draft, policy()); !formed) return formed.error();
  if (!draft.to.empty()) {
    if (auto may = may_take_over(draft.to, parts_.desk, trusted_.network.directory_on(today())->directory);
        !may)
      return may.error();
  }
  policy::Draft message = answer_to(Kind::feedback, signal);
  const bool named = signal.mode == Mode::identified;
  if (named) message.to = {signal.from};
  const auto put = [&](std::string_view ending, const std::string& value) {
    const std::string field = field_ending(policy(), Kind::feedback, signal.theme, ending);
    if (!field.empty() && !value.empty()) message.fields[field] = {value};
  };
  put(".status", std::string(to_string(draft.status)));
  put(".reden", draft.reason);
  put(".tekst", draft.text);
  if (draft.redacted) {
    const bundle::StatementType* type = redaction_type(policy(), parts_.desk);
    if (type == nullptr) return Error{Errc::refused, "the policy lets this desk sign no redaction"};
    Statement statement;
    statement.thread = signal.thread;
    statement.giver = std::string(policy::organisation_of(parts_.desk));
    statement.nonce = parts_.random.draw<MessageId>();
    statement.type = type->id;
    statement.to = message.to;
    statement.purposes = message.purposes;
    statement.from = statement.until = today();
    message.statements.push_back({type->id,
                                  {},
                                  statement.to,
                                  statement.purposes,
                                  {today().days(), today().days()},
                                  seinhuis::encode(attest(statement))});
  }
  if (!named) return post(draft, std::move(message), signal);
  if (closes(draft) && !draft.text.empty()) {  // a text that is held back now could not follow
    const auto planned = plan(message);
    if (!planned) return planned.error();
    policy::Draft text;
    text.fields = message.fields;
    std::erase_if(text.fields, [](const auto& field) { return !field.first.ends_with(".tekst"); });
    for (const policy::Row& row : planned->plan.rows) {
      if (auto given = all_given(policy(), planned->facts, row, text); !given) return given.error();
    }
  }
  auto outcome = next_outcome(draft, signal.h0);
  if (!outcome) return outcome.error();
  return send_with(std::move(message), [&](seal::Sealed& sealed) -> Result<Done> {
    outcome->manifest = sealed.digest.manifest;
    outcome->signature = parts_.keys.signer().sign(unsigned_bytes(*outcome));
    sealed.submission.outcome = seinhuis::encode(*outcome);
    return Done{};
  });
}

Result<Client::Sent> Client::withdraw(const MessageId& signal, const std::string& reason) {
  const auto mine = kept_sent(signal);
  if (!mine) return mine.error();
  if (!*mine) return Error{Errc::absent, "this desk sent no signal " + signal.hex()};
  const auto prologue = decode_prologue((*mine)->prologue);
  if (!prologue) return prologue.error();
  KeptDelivery about;
  about.message = signal;
  about.thread = prologue->thread;
  about.theme = prologue->theme;
  about.weight = prologue->weight;
  about.region = prologue->region;
  about.age = prologue->age;
  about.labels = prologue->labels;
  policy::Draft draft = answer_to(Kind::withdrawal, about);
  const std::string field = field_ending(policy(), Kind::withdrawal, about.theme, ".reden");
  if (!field.empty() && !reason.empty()) draft.fields[field] = {reason};
  return send(std::move(draft));
}

}  // namespace seinhuis::client
