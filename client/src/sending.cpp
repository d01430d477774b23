#include <algorithm>
#include <set>

#include "continued_log.h"
#include "outbox.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/client/client.h"
#include "seinhuis/client/pseudonymise.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/log.h"
#include "tables.h"

namespace seinhuis::client {
namespace {

std::set<std::string> recipients_of(const Bytes& raw) {
  std::set<std::string> desks;
  const auto submission = decode_submission(raw);
  require(static_cast<bool>(submission), "what is in the outbox was sealed here");
  for (const Slot& slot : submission->slots) desks.insert(slot.desk);
  return desks;
}

}  // namespace

Result<Bytes> next_outbox_key(store::Writer& writer, const KeptSent& kept) {
  const auto last = writer.get(state_table, view("outbox"));
  if (!last) return last.error();
  const auto now = static_cast<std::uint64_t>(kept.created.time_since_epoch().count());
  const std::uint64_t place = *last ? std::max(now, number_in(**last) + 1) : now;
  Bytes key = ordered_key(place);
  if (auto put = writer.put(state_table, view("outbox"), key, store::permanent); !put) return put.error();
  append(key, kept.message.bytes());
  return key;
}

Result<std::optional<KeptSent>> Client::kept_sent(const MessageId& message) const {
  std::optional<KeptSent> found;
  const auto done = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto raw = reader.get(sent_table, message.bytes());
    if (!raw) return raw.error();
    if (!*raw) return Done{};
    auto kept = decode_sent(**raw);
    if (!kept) return kept.error();
    found = *std::move(kept);
    return Done{};
  });
  if (!done) return done.error();
  return found;
}

Result<std::vector<KeptSent>> Client::sent() const {
  std::vector<KeptSent> all;
  const auto done = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto kept = reader.scan(sent_table, {}, {}, 100'000);
    if (!kept) return kept.error();
    for (const store::Record& record : *kept) {
      auto one = decode_sent(record.value);
      if (!one) return one.error();
      all.push_back(*std::move(one));
    }
    return Done{};
  });
  if (!done) return done.error();
  std::ranges::sort(all, {}, &KeptSent::created);
  return all;
}

// What the policy must know of the message that this one is about; fills in its h0 and, for messages about
// it, inherits what they may not change.
Result<policy::ThreadContext> Client::context_for(const policy::Draft& draft, Hash& parent) const {
  policy::ThreadContext context;
  if (!draft.parent) {
    if (is_about_parent(draft.kind)) return Error{Errc::malformed, "a message of this kind needs a 'parent'"};
    return context;
  }
  const auto mine = kept_sent(*draft.parent);
  if (!mine) return mine.error();
  if (*mine) {
    parent = (*mine)->h0;
    context.giver = policy().desk(parts_.desk);
    for (const std::string& desk : (*mine)->recipients) {
      if (policy().desk(desk) != policy::none) context.recipients.set(policy().desk(desk));
    }
    return context;
  }
  const auto held = kept(*draft.parent);
  if (!held) return held.error();
  if (!*held)
    return Error{Errc::absent, "this desk neither sent nor received message " + draft.parent->hex()};
  parent = (*held)->h0;
  context.giver = policy().desk((*held)->from);
  context.recipients.set(policy().desk(parts_.desk));
  return context;
}

Result<Planned> Client::plan(policy::Draft draft) {
  if (auto fresh = check_fresh(); !fresh) return fresh.error();
  if (draft.from != parts_.desk)
    return Error{Errc::refused, "the signal is from " + draft.from + ", this profile is " + parts_.desk};
  Hash parent = Hash::zero();
  const auto context = context_for(draft, parent);
  if (!context) return context.error();
  if (draft.parent) {
    const auto held = kept(*draft.parent);
    if (!held) return held.error();
    if (*held) {  // what a delivery is labelled, its answer is too
      for (const std::string& label : (*held)->labels) {
        if (std::ranges::find(draft.labels, label) == draft.labels.end()) draft.labels.push_back(label);
      }
      if (!draft.thread) draft.thread = (*held)->thread;
    }
  }
  if (draft.parent && is_about_parent(draft.kind)) {
    const auto mine = kept_sent(*draft.parent);
    if (mine && *mine) {
      const auto prologue = decode_prologue((*mine)->prologue);
      if (!prologue) return prologue.error();
      draft.thread = prologue->thread;
      if (draft.to.empty() && draft.kind != Kind::withdrawal) draft.to = (*mine)->recipients;
    }
  }
  return plan_for(sender(), std::move(draft), *context, parent);
}

Result<Client::Sent> Client::send_with(policy::Draft draft, const Finish& finish, Unavailable unavailable) {
  auto planned = plan(std::move(draft));
  if (!planned) return planned.error();
  return send_planned(*std::move(planned), finish, {}, unavailable);
}

// Sealed again when another process of this desk took the same number in the meantime.
Result<Client::Sent> Client::send_planned(Planned planned, const Finish& finish, const Also& also,
                                          Unavailable unavailable) {
  constexpr int tries = 8;
  std::map<std::string, Error> away;  // who did not answer is not asked again: a signal does not wait
  auto pseudonyms = pseudonymise(
      sender(), planned, [&](const std::string& evaluator, EvaluationRequest request) -> Result<Bytes> {
        if (const auto gone = away.find(evaluator); gone != away.end()) return gone->second;
        request.signature = parts_.keys.signer().sign(unsigned_bytes(request));
        auto answer = evaluate(evaluator, encode(request));
        if (!answer && answer.error().code == Errc::unreachable) away.emplace(evaluator, answer.error());
        return answer;
      });
  if (!pseudonyms) return pseudonyms.error();
  const bool lacking = !pseudonyms->unavailable.empty();
  if (lacking && unavailable == Unavailable::wait)
    return Error{Errc::unreachable, pseudonyms->unavailable.front().second.detail};
  for (int n = 1;; ++n) {
    Notes notes;
    std::optional<Error> failed;
    const auto note_for = [&](const std::string& desk) {
      auto note = next_note(desk);
      if (!note) failed = note.error();
      return notes[desk] = note ? *note : seal::Note{};
    };
    auto sealed = seal_planned(sender(), planned, note_for, pseudonyms->values);
    if (failed) return *failed;
    if (!sealed) return sealed.error();
    if (finish) {
      if (auto finished = finish(*sealed); !finished) return finished.error();
    }
    const auto with_it = [&](store::Writer& writer, const MessageId& message) -> Result<Done> {
      if (lacking) {
        if (auto owed = owe_supplement(writer, planned.draft, message); !owed) return owed;
      }
      return also ? also(writer, message) : Result<Done>(Done{});
    };
    auto sent = keep_and_send(planned, *std::move(sealed), notes, with_it);
    if (sent) sent->unavailable = pseudonyms->unavailable;
    if (sent || sent.error().code != Errc::conflict || n == tries) return sent;
  }
}

// One whose evaluator does not answer, is busy, or says no, is answered with a reason; what it then becomes
// is the caller's to say.
Result<Bytes> Client::evaluate(const std::string& evaluator, const Bytes& body) const {
  Request request;
  request.action = Action::evaluate;
  request.body = body;
  auto reply = ask_evaluator(evaluator, std::move(request));
  if (!reply) return reply.error();
  if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
  if (reply->code != Code::ok || reply->items.size() != 1) return Error{Errc::refused, reply->text};
  return std::move(reply->items[0].body);
}

Result<Reply> Client::ask_evaluator(const std::string& evaluator, Request request) const {
  const bool notary = evaluator == proof::notary_name && parts_.notary != nullptr;
  if (evaluator != "broker" && !notary) return Error{Errc::unreachable, "no way to evaluator " + evaluator};
  if (!notary) return ask(std::move(request));
  auto reply = parts_.notary->ask(std::move(request), parts_.patience);
  if (!reply && reply.error().code == Errc::unreachable)
    return Error{Errc::unreachable, "the notary does not answer"};
  return reply;
}

Result<Client::Sent> Client::keep_and_send(Planned planned, seal::Sealed sealed, const Notes& notes,
                                           const Also& also) {
  const auto prologue = decode_prologue(sealed.submission.prologue);
  require(static_cast<bool>(prologue), "an own prologue decodes");
  KeptSent kept;
  kept.message = prologue->message;
  kept.h0 = sealed.digest.h0;
  kept.manifest = sealed.digest.manifest;
  kept.thread = prologue->thread;
  kept.kind = prologue->kind;
  kept.created = prologue->created;
  kept.prologue = sealed.submission.prologue;
  Notes used;
  for (const Slot& slot : sealed.submission.slots) {
    if (slot.activation > 0) continue;  // not yet
    kept.recipients.push_back(slot.desk);
    used.insert(*notes.find(slot.desk));
  }
  const Bytes submission = encode(sealed.submission);
  const auto stored = parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    if (auto counted = count_notes(writer, used, kept.manifest); !counted) return counted;
    if (auto done = also(writer, kept.message); !done) return done;
    const auto place = next_outbox_key(writer, kept);
    if (!place) return place.error();
    if (auto put = writer.put(outbox_table, *place, submission, store::permanent); !put) return put;
    if (auto put = writer.put(known_table, known_key('s', kept.h0), kept.message.bytes(), store::permanent);
        !put)
      return put;
    return writer.put(sent_table, kept.message.bytes(), encode(kept), store::permanent);
  });
  if (!stored) return stored.error();
  const auto flushed = flush();
  const auto later = [](Errc code) {
    return code == Errc::busy || code == Errc::full || code == Errc::unreachable;
  };
  if (!flushed && !later(flushed.error().code)) return flushed.error();
  auto now = kept_sent(kept.message);
  if (!now) return now.error();
  return Sent{**now, std::move(planned), {}};
}

Result<Done> Client::flush() {
  if (auto revoked = flush_revocations(); !revoked && revoked.error().code != Errc::refused) return revoked;
  std::vector<std::pair<Bytes, KeptSent>> waiting;
  std::vector<Bytes> submissions;
  auto read = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto queued = reader.scan(outbox_table, {}, {}, 1000);
    if (!queued) return queued.error();
    for (const store::Record& record : *queued) {
      const auto raw = reader.get(sent_table, ByteView(record.key).subspan(8));
      if (!raw) return raw.error();
      require(raw->has_value(), "what is in the outbox is known as sent");
      auto kept = decode_sent(**raw);
      if (!kept) return kept.error();
      waiting.emplace_back(record.key, *std::move(kept));
      submissions.push_back(record.value);
    }
    return Done{};
  });
  if (!read) return read;
  std::set<std::string> later;  // who is to have something before: recipients count
  Result<Done> first = Done{};
  for (std::size_t n = 0; n < waiting.size(); ++n) {
    const Bytes& key = waiting[n].first;
    KeptSent& kept = waiting[n].second;
    if (!later.empty() && std::ranges::any_of(recipients_of(submissions[n]),
                                              [&](const std::string& desk) { return later.contains(desk); }))
      continue;
    if (auto done = transmit(kept, submissions[n]); !done) return done;
    if (kept.state == KeptSent::State::queued) {
      later.merge(recipients_of(submissions[n]));
      if (first) first = Error{Errc::busy, kept.text};
      continue;
    }
    auto settled = parts_.store.write([&](store::Writer& writer) -> Result<Done> {
      if (auto gone = writer.erase(outbox_table, key); !gone) return gone;
      if (kept.state == KeptSent::State::accepted) {
        if (auto copied = ContinuedLog::keep_message(writer, kept, submissions[n], today()); !copied)
          return copied;
      }
      if (kept.state == KeptSent::State::refused) {
        if (auto back = take_back_notes(writer, kept); !back) return back;
      }
      return writer.put(sent_table, kept.message.bytes(), encode(kept), store::permanent);
    });
    if (!settled) return settled;
  }
  return first;
}

// The same bytes every time. "Busy" and "full" leave it queued, and so does "awaited", which says nothing of
// others; any other "no" is final.
Result<Done> Client::transmit(KeptSent& kept, const Bytes& submission) {
  Request request;
  request.action = Action::submit;
  request.body = submission;
  const auto reply = ask(std::move(request));
  if (!reply) return reply.error();
  if (reply->code == Code::busy || reply->code == Code::over_quota) return Error{Errc::busy, reply->text};
  if (reply->code == Code::full || reply->code == Code::internal) return Error{Errc::full, reply->text};
  if (reply->code == Code::awaited) {
    kept.text = reply->text;
    return Done{};
  }
  if (reply->code != Code::ok) {
    kept.state = KeptSent::State::refused;
    kept.code = static_cast<std::uint16_t>(reply->code);
    kept.text = reply->text;
    kept.rule = reply->rule;
    kept.gate = reply->gate;
    return Done{};
  }
  const auto accepted = reply->items.size() == 1 ? decode_accepted(reply->items[0].body)
                                                 : Result<Accepted>(Error{Errc::malformed, "no receipt"});
  if (!accepted) return Error{Errc::unauthentic, "the broker's receipt cannot be read"};
  const auto record = decode_accepted_record(accepted->record);
  const metadata::Directory& directory = trusted_.network.directory_on(today())->directory;
  const Hash leaf = proof::log_leaf(LeafKind::accepted, accepted->salt, accepted->record);
  if (!record || record->h0 != kept.h0 || record->manifest != kept.manifest ||
      !proof::proves(accepted->proof, leaf, trusted_.network.id, directory.log_id, directory.log_key)) {
    return Error{Errc::unauthentic, "the broker's receipt proves nothing; the message stays in the outbox"};
  }
  auto alarm = check_head(accepted->proof.head);
  if (!alarm) return alarm.error();
  if (*alarm) {
    if (auto raised = raise(**alarm); !raised) return raised;
  }
  kept.state = KeptSent::State::accepted;
  kept.accepted = encode(*accepted);
  return Done{};
}

}  // namespace seinhuis::client
