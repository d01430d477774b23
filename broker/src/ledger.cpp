#include "seinhuis/broker/ledger.h"

#include "tables.h"
#include "transaction.h"

namespace seinhuis::broker {
namespace {

Code code_of(Errc code) {
  switch (code) {
    case Errc::malformed: return Code::malformed;
    case Errc::unsupported: return Code::unsupported;
    case Errc::unauthentic: return Code::bad_signature;
    case Errc::refused: return Code::refused;
    case Errc::conflict: return Code::replayed;
    case Errc::stale: return Code::stale_metadata;
    case Errc::absent: return Code::absent;
    case Errc::busy:
    case Errc::unreachable: return Code::busy;
    case Errc::full: return Code::full;
    case Errc::io: return Code::internal;
  }
  return Code::internal;
}

// A read-only answer: whatever the store cannot do becomes the reply's code.
Reply answer_from(const store::Store& store,
                  const std::function<Result<Done>(const store::Reader&, Reply&)>& work) {
  Reply reply;
  const auto done = store.read([&](const store::Reader& reader) { return work(reader, reply); });
  return done ? reply : error_reply(done.error());
}

}  // namespace

Reply refusal_reply(const Refusal& refusal) {
  Reply reply;
  reply.code = refusal.code;
  reply.text = refusal.text;
  reply.rule = refusal.rule;
  reply.gate = refusal.gate;
  return reply;
}

Reply error_reply(const Error& error) {
  Reply reply;
  reply.code = code_of(error.code);
  reply.text = error.code == Errc::full ? "no room to keep the message; it was not accepted"
                                        : "the broker could not do this";
  return reply;
}

std::vector<Reply> Ledger::commit(const World& world, const std::vector<Command>& commands, Instant now) {
  std::vector<Reply> replies;
  const auto done = store_.write([&](store::Writer& writer) -> Result<Done> {
    auto log = LogWriter::open(writer);
    if (!log) return log.error();
    Transaction transaction(writer, *log, world, limits_, now);
    for (const Command& command : commands) {
      if (auto applied = transaction.apply(command); !applied) return applied;
    }
    if (auto closed = log->close(log_key_, world.network.id,
                                 world.network.directory_on(Day::of(now))->directory.log_id);
        !closed)
      return closed;
    auto answers = transaction.answers();
    if (!answers) return answers.error();
    replies = *std::move(answers);
    return Done{};
  });
  require(!done || replies.size() == commands.size(), "every command has its answer");
  if (done) return replies;
  replies.clear();
  if (commands.size() == 1) return {error_reply(done.error())};
  for (const Command& command : commands) replies.push_back(commit(world, {command}, now).front());
  return replies;
}

Result<std::size_t> Ledger::sweep(Instant now, std::size_t limit) {
  std::size_t removed = 0;
  const auto done = store_.write([&](store::Writer& writer) -> Result<Done> {
    const auto due = writer.scan(expiry_table, {}, {}, limit);
    if (!due) return due.error();
    for (const store::Record& entry : *due) {
      if (big(ByteView(entry.key).first(4)) >= Day::of(now).days()) break;
      for (const auto& gone : {writer.erase(body_table, ByteView(entry.key).subspan(4)),
                               writer.erase(expiry_table, entry.key)}) {
        if (!gone) return gone;
      }
      ++removed;
    }
    return Done{};
  });
  if (!done) return done.error();
  return removed;
}

Result<std::optional<Parent>> Ledger::find_parent(const Hash& h0) const {
  std::optional<Parent> found;
  const auto done = store_.read([&](const store::Reader& reader) -> Result<Done> {
    auto parent = find_parent_in(reader, h0);
    if (!parent) return parent.error();
    found = *std::move(parent);
    return Done{};
  });
  if (!done) return done.error();
  return found;
}

Result<bool> Ledger::waits(std::string_view desk, std::uint64_t after) const {
  bool any = false;
  const auto done = store_.read([&](const store::Reader& reader) -> Result<Done> {
    const auto queued =
        reader.scan(queue_table, desk_tag(desk), after == 0 ? Bytes{} : desk_key(desk, after), 1);
    if (!queued) return queued.error();
    any = !queued->empty();
    return Done{};
  });
  if (!done) return done.error();
  return any;
}

Reply Ledger::follow(std::string_view desk, const MessageId& message) const {
  return answer_from(store_, [&](const store::Reader& reader, Reply& reply) -> Result<Done> {
    const auto kept = reader.get(signal_table, message.bytes());
    if (!kept) return kept.error();
    const auto signal = *kept ? decode_signal(**kept) : Result<StoredSignal>(Error{Errc::absent, ""});
    const auto prologue =
        signal ? decode_prologue(signal->prologue) : Result<Prologue>(Error{Errc::absent, ""});
    if (!prologue || prologue->sender != desk) {
      reply.code = Code::absent;
      reply.text = "this desk sent no such message";
      return Done{};
    }
    const auto log = LogReader::open(reader);
    if (!log) return log.error();
    const auto steps = reader.scan(status_table, message.bytes(), {}, 1000);
    if (!steps) return steps.error();
    for (const store::Record& step : *steps) {
      auto status = decode_stored_status(step.value);
      if (!status) return status.error();
      auto proof = log->prove(status->leaf);
      if (!proof) return proof.error();
      reply.items.push_back({0, encode(StatusEntry{status->step, status->at, status->desk, status->statement,
                                                   status->salt, *std::move(proof)})});
    }
    return Done{};
  });
}

Reply Ledger::record(std::string_view desk, const MessageId& message) const {
  return answer_from(store_, [&](const store::Reader& reader, Reply& reply) -> Result<Done> {
    const auto kept = reader.get(record_table, joined_key(message, desk_tag(desk)));
    if (!kept) return kept.error();
    if (!*kept) {
      reply.code = Code::absent;
      reply.text = "nothing of this message was delivered to this desk";
      return Done{};
    }
    const auto record = decode_stored_record(**kept);
    if (!record) return record.error();
    const auto log = LogReader::open(reader);
    if (!log) return log.error();
    const auto proof = log->prove(record->leaf);
    if (!proof) return proof.error();
    reply.items.push_back({0, Packer().raw(record->salt.bytes()).raw(record->record).take()});
    reply.items.push_back({1, encode(*proof)});
    return Done{};
  });
}

Reply Ledger::head() const {
  return answer_from(store_, [&](const store::Reader& reader, Reply& reply) -> Result<Done> {
    const auto log = LogReader::open(reader);
    if (!log) return log.error();
    if (log->size() > 0) reply.items.push_back({0, encode(log->head())});
    return Done{};
  });
}

Reply Ledger::growth(std::uint64_t older, std::uint64_t newer) const {
  return answer_from(store_, [&](const store::Reader& reader, Reply& reply) -> Result<Done> {
    const auto log = LogReader::open(reader);
    if (!log) return log.error();
    if (older == 0 || older > newer || newer > log->size()) {
      reply.code = Code::absent;
      reply.text = "the log has no two heads of these sizes";
      return Done{};
    }
    const auto path = log->growth(older, newer);
    if (!path) return path.error();
    Bytes hashes;
    for (const Hash& step : *path) append(hashes, step.bytes());
    reply.items.push_back({0, std::move(hashes)});
    return Done{};
  });
}

Reply Ledger::cards() const {
  return answer_from(store_, [&](const store::Reader& reader, Reply& reply) -> Result<Done> {
    const auto kept = reader.scan(card_table, {}, {}, 4000);
    if (!kept) return kept.error();
    for (const store::Record& card : *kept) reply.items.push_back({0, card.value});
    return Done{};
  });
}

}  // namespace seinhuis::broker
