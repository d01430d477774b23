#include "seinhuis/base/packed.h"
#include "seinhuis/client/client.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/wire/audit.h"
#include "tables.h"

// Every message from one desk to another has a number, sealed in its note: what the broker keeps back is
// missed.
namespace seinhuis::client {
namespace {

Bytes key_of(const Received& received) {
  return Packer().raw(received.prologue.signer.bytes()).raw(received.note.instance.bytes()).take();
}

// The number that this message should have, and the manifest of the one before it.
Result<seal::Note> expected(const store::Reader& reader, const Received& received) {
  seal::Note note;
  const auto last = reader.get(note_in_table, key_of(received));
  if (!last) return last.error();
  if (!*last) return note;
  Unpacker in(**last);
  note.seq = in.number<std::uint64_t>() + 1;
  note.previous = in.id<Hash>();
  return note;
}

}  // namespace

Result<seal::Note> Client::next_note(const std::string& desk) const {
  seal::Note note;
  const auto done = parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    const auto instance = writer.get(state_table, view("instance"));
    if (!instance) return instance.error();
    note.instance = *instance ? *Hash::parse(**instance) : parts_.random.draw<Hash>();
    if (!*instance) {
      if (auto put = writer.put(state_table, view("instance"), note.instance.bytes(), store::permanent); !put)
        return put;
    }
    const auto counter = writer.get(note_out_table, view(desk));
    if (!counter) return counter.error();
    if (*counter) {
      Unpacker in(**counter);
      note.seq = in.number<std::uint64_t>();
      note.previous = in.id<Hash>();
    }
    return Done{};
  });
  if (!done) return done.error();
  return note;
}

Result<Client::Sent> Client::send(policy::Draft draft) { return send_with(std::move(draft), {}); }

// Remembered in the transaction that makes the message durable. Its id is random all the same: evaluators and
// the broker keep to the first message of an id, which may have been stopped before it was kept.
Result<Client::Sent> Client::send_once(policy::Draft draft, ByteView name) {
  const Bytes labelled = Packer().label("send-once").raw(name).take();
  const Hash key =
      proof::h32_keyed({labelled}, parts_.keys.nonce_key().reveal());  // the name may hold content
  std::optional<MessageId> before;
  const auto looked = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto kept = reader.get(once_table, key.bytes());
    if (!kept) return kept.error();
    if (!*kept) return Done{};
    const auto message = MessageId::parse(**kept);
    if (!message) return Error{Errc::io, "what was sent before cannot be read"};
    before = *message;
    return Done{};
  });
  if (!looked) return looked.error();
  if (before) {
    auto kept = kept_sent(*before);
    if (!kept) return kept.error();
    require(kept->has_value(), "what was sent under a name is known as sent");
    return Sent{**std::move(kept), {}, {}, true};
  }
  auto planned = plan(std::move(draft));
  if (!planned) return planned.error();
  const auto remember = [&](store::Writer& writer, const MessageId& message) -> Result<Done> {
    const auto meanwhile = writer.get(once_table, key.bytes());
    if (!meanwhile) return meanwhile.error();
    if (*meanwhile) return Error{Errc::refused, "another process of this desk has sent it just now"};
    return writer.put(once_table, key.bytes(), message.bytes(), store::permanent);
  };
  return send_planned(*std::move(planned), {}, remember, Unavailable::follows);
}

// The next number to each recipient, in the transaction that makes the message durable. Fails with conflict
// when a number was taken since it was sealed.
Result<Done> Client::count_notes(store::Writer& writer, const Notes& notes, const Hash& manifest) {
  for (const auto& [desk, note] : notes) {
    const auto counter = writer.get(note_out_table, view(desk));
    if (!counter) return counter.error();
    const std::uint64_t seq = *counter ? Unpacker(**counter).number<std::uint64_t>() : 0;
    if (seq != note.seq) return Error{Errc::conflict, "another message to " + desk + " took this number"};
    const Bytes next = Packer().number(seq + 1).raw(manifest.bytes()).raw(note.previous.bytes()).take();
    if (auto put = writer.put(note_out_table, view(desk), next, store::permanent); !put) return put;
  }
  return Done{};
}

// A refused message leaves no hole, as long as it is the last one to a desk; else its tombstone explains it.
Result<Done> Client::take_back_notes(store::Writer& writer, const KeptSent& refused) {
  for (const std::string& desk : refused.recipients) {
    const auto counter = writer.get(note_out_table, view(desk));
    if (!counter) return counter.error();
    if (!*counter) continue;
    Unpacker in(**counter);
    const auto next = in.number<std::uint64_t>();
    const auto last = in.id<Hash>();
    const auto before = in.id<Hash>();
    if (next == 0 || last != refused.manifest || (next > 1 && before.is_zero())) continue;
    const Bytes back = Packer().number(next - 1).raw(before.bytes()).raw(Hash::zero().bytes()).take();
    if (auto put = writer.put(note_out_table, view(desk), back, store::permanent); !put) return put;
  }
  return Done{};
}

// The one message that is missing before this one was refused by the broker, and the log says so: no reason
// for an alarm. A tombstone explains a hole of one, and nothing behind it.
Result<bool> Client::excuse(const Received& received) {
  if (received.prologue.mode != Mode::identified || received.escalated) return false;
  std::uint64_t seq = 0;
  const auto read = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto note = expected(reader, received);
    if (!note) return note.error();
    seq = note->seq;
    return Done{};
  });
  if (!read) return read.error();
  if (received.note.seq != seq + 1) return false;
  Request request;
  request.action = Action::tombstone;
  request.body = copy(received.note.previous.bytes());
  const auto reply = ask(std::move(request));
  if (!reply) return reply.error();
  if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
  if (reply->items.size() != 2 || reply->items[0].body.size() < Hash::size) return false;
  const ByteView raw = reply->items[0].body;
  const Hash salt = Hash::from_bytes(raw.first<Hash::size>());
  const auto tombstone = decode_tombstone(raw.subspan(Hash::size));
  const auto proof = decode_log_proof(reply->items[1].body);
  if (!tombstone || !proof || tombstone->manifest != received.note.previous ||
      !proof::verifies(received.prologue.signer, tombstone->signature,
                       proof::manifest_message(tombstone->manifest)))
    return false;
  return in_history(*proof, proof::log_leaf(LeafKind::refused, salt, raw.subspan(Hash::size)));
}

// Counts the message in. A hole or a second one in its place is an alarm, not a verdict: the message is
// shown.
Result<Done> Client::count_note(store::Writer& writer, const Received& received, bool excused) {
  if (received.prologue.mode != Mode::identified || received.escalated)
    return Done{};  // without a number: it would tie them together
  const auto due = expected(writer, received);
  if (!due) return due.error();
  const seal::Note& note = received.note;
  if (note.seq >= due->seq) {
    const Bytes now = Packer().number(note.seq).raw(received.manifest.bytes()).take();
    if (auto put = writer.put(note_in_table, key_of(received), now, store::permanent); !put) return put;
  }
  const MessageId& id = received.prologue.message;
  if (note.seq > due->seq) {
    if (excused && note.seq == due->seq + 1) return Done{};
    const std::string missing = std::to_string(note.seq - due->seq);
    return raise_in(writer,
                    {AlarmCode::gap, missing + " message(s) of this sender are missing before this one", id});
  }
  if (note.seq < due->seq || note.previous != due->previous) {
    return raise_in(writer,
                    {AlarmCode::fork, "another message of this sender was here before at this place", id});
  }
  return Done{};
}

}  // namespace seinhuis::client
