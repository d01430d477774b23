#include "board.h"
#include "continued.h"
#include "quiet.h"
#include "seinhuis/broker/ledger.h"
#include "tables.h"
#include "transaction.h"

// What happens when a day is over: what names nobody is released together, and the board's day is closed.
namespace seinhuis::broker {
namespace {

constexpr std::size_t most_released = 10'000;

}  // namespace

Result<Done> Transaction::hold_for_tomorrow(const MessageId& message, const Hash& salt) {
  Bytes key;
  put_big(key, today_.plus(1).days(), 4);
  append(key, proof::h32(Packer().label("held").raw(salt.bytes()).bytes()).bytes());
  return writer_.put(batch_table, key, message.bytes(), shelf_until(today_.plus(60)));
}

Result<Done> Transaction::release_held(DayTurned& turned) {
  const auto held = writer_.scan(batch_table, {}, {}, most_released);
  if (!held) return held.error();
  for (const store::Record& record : *held) {
    if (big(ByteView(record.key).first(4)) > today_.days()) break;
    const auto message = MessageId::parse(record.value);
    const auto stored = message ? signal(*message) : Result<StoredSignal>(message.error());
    const auto prologue = stored ? decode_prologue(stored->prologue) : Result<Prologue>(stored.error());
    if (!prologue) {  // it waits on, and keeps no other
      ++turned.unreadable;
      continue;
    }
    if (auto queued = queue_slots(*prologue, *stored); !queued) return queued;
    const auto awake = stored->awake();
    turned.desks.insert(turned.desks.end(), awake.begin(), awake.end());
    if (auto gone = writer_.erase(batch_table, record.key); !gone) return gone;
  }
  return Done{};
}

Result<DayTurned> Ledger::turn_day(const World& world, Instant now, const Hash& salt) {
  if (!world.vouches_for(now)) return Error{Errc::stale, "the clock is not within the newest timestamp"};
  DayTurned turned;
  const Day today = Day::of(now);
  const auto done = store_.write([&](store::Writer& writer) -> Result<Done> {
    const Hash& log_id = world.network.directory_on(today)->directory.log_id;
    auto log = LogWriter::open(writer);
    if (!log) return log.error();
    if (auto continued = continue_log(writer, *log, log_key_, world, now, salt); !continued) return continued;
    auto quiet = LogWriter::open(writer, Tree::quiet);
    if (!quiet) return quiet.error();
    if (auto appended = append_held(writer, *quiet, today); !appended) return appended;
    if (auto closed_quiet = quiet->close(log_key_, world.network.id, proof::quiet_log_id(log_id));
        !closed_quiet)
      return closed_quiet;
    const auto closed = close_days(writer, *log, quiet->head().head, world.network.id, today, salt);
    if (!closed) return closed.error();
    Transaction transaction(writer, *log, log_key_, world, limits_, now);
    if (auto released = transaction.release_held(turned); !released) return released;
    if (auto forgotten = forget_days(writer, today); !forgotten) return forgotten;
    return log->close(log_key_, world.network.id, log_id);
  });
  if (!done) return done.error();
  return turned;
}

}  // namespace seinhuis::broker
