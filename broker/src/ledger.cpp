#include "seinhuis/broker/ledger.h"

#include "continued.h"
#include "evaluations.h"
#include "hits.h"
#include "owed.h"
#include "tables.h"
#include "tokens.h"
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

// A message that expired is owed to nobody any more.
Result<Done> expire(store::Writer& writer, ByteView message) {
  const auto kept = writer.get(signal_table, message);
  if (!kept) return kept.error();
  if (*kept) {
    auto signal = decode_signal(**kept);
    if (!signal) return signal.error();
    if (auto settled = settle(writer, signal->open_slots); !settled) return settled;
    signal->open_slots = 0;
    if (auto put = writer.put(signal_table, message, encode(*signal), shelf_until(signal->keep_until)); !put)
      return put;
  }
  return writer.erase(body_table, message);
}

template <class Found, class Look>
Result<std::optional<Found>> looked_up(const store::Store& store, const Look& look) {
  std::optional<Found> found;
  const auto read = store.read([&](const store::Reader& reader) -> Result<Done> {
    auto there = look(reader);
    if (!there) return there.error();
    found = *std::move(there);
    return Done{};
  });
  if (!read) return read.error();
  return found;
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
  if (commands.empty()) return replies;
  const auto done = store_.write([&](store::Writer& writer) -> Result<Done> {
    auto log = LogWriter::open(writer);
    if (!log) return log.error();
    if (auto continued = continue_log(writer, *log, log_key_, world, now, commands.front().salt); !continued)
      return continued;
    Transaction transaction(writer, *log, log_key_, world, limits_, now);
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
  if (commands.size() == 1) {
    const auto* fetch = std::get_if<Fetch>(&commands[0].what);
    if (done.error().code != Errc::full || fetch == nullptr || fetch->most == 1)
      return {error_reply(done.error())};
    Command smaller = commands[0];  // in a full store a desk takes in one at a time, which makes room
    std::get<Fetch>(smaller.what).most = 1;
    return commit(world, {smaller}, now);
  }
  for (const Command& command : commands) replies.push_back(commit(world, {command}, now).front());
  return replies;
}

Result<std::size_t> Ledger::sweep(Instant now, std::size_t limit, Day certain) {
  constexpr std::size_t forgotten_at_once = 10'000;
  std::size_t removed = 0;
  const auto done = store_.write([&](store::Writer& writer) -> Result<Done> {
    const auto due = writer.scan(expiry_table, {}, {}, limit);
    if (!due) return due.error();
    const Day today = std::min(certain, Day::of(now));
    for (const store::Record& entry : *due) {
      if (big(ByteView(entry.key).first(4)) >= today.days()) break;
      if (auto gone = expire(writer, ByteView(entry.key).subspan(4)); !gone) return gone;
      if (auto gone = writer.erase(expiry_table, entry.key); !gone) return gone;
      ++removed;
    }
    if (auto forgotten = forget_tokens(writer, today, forgotten_at_once); !forgotten) return forgotten;
    if (auto forgotten = forget_hits(writer, today, forgotten_at_once); !forgotten) return forgotten;
    return forget_evaluations(writer, today, forgotten_at_once);
  });
  if (!done) return done.error();
  return removed;
}

Result<bool> Ledger::forget(Day certain, std::size_t limit) {
  const auto next = next_alarm();
  if (!next) return next.error();
  // What a desk owes is counted, and leaves the counts before its key goes.
  const std::uint16_t month = shelf_until(certain).month;
  if (*next && shelf_until(Day::of(**next)).month < month) return true;
  return store_.forget_before(month, limit);
}

Known Ledger::known() const {
  Known known;
  known.accepted = [this](const MessageId& message) {
    return looked_up<Hash>(store_, [&](const store::Reader& reader) -> Result<std::optional<Hash>> {
      const auto kept = reader.get(signal_table, message.bytes());
      if (!kept) return kept.error();
      if (!*kept) return std::optional<Hash>{};
      const auto signal = decode_signal(**kept);
      return signal ? Result<std::optional<Hash>>(signal->manifest) : signal.error();
    });
  };
  known.parent = [this](const Hash& h0) {
    return looked_up<Parent>(store_, [&](const store::Reader& reader) { return find_parent_in(reader, h0); });
  };
  known.revocation = [this](const Hash& statement, const std::string& issuer) {
    return looked_up<Bytes>(
        store_, [&](const store::Reader& reader) { return find_revocation_in(reader, statement, issuer); });
  };
  known.evaluated = [this](const Evaluation& evaluation) {
    return looked_up<std::uint32_t>(
        store_, [&](const store::Reader& reader) { return find_evaluated_in(reader, evaluation); });
  };
  known.hit = [this](const Hash& h0) {
    const auto found =
        looked_up<Done>(store_, [&](const store::Reader& reader) { return find_hit_in(reader, h0); });
    return found ? Result<bool>(found->has_value()) : found.error();
  };
  known.restored = [this] { return looked_up<Day>(store_, continued_on); };
  return known;
}

Result<std::uint64_t> Ledger::evaluated(const Evaluation& evaluation, Day day) const {
  const auto found = looked_up<std::uint64_t>(
      store_, [&](const store::Reader& reader) { return evaluated_on(reader, evaluation, day); });
  if (!found) return found.error();
  return found->value_or(0);
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

}  // namespace seinhuis::broker
