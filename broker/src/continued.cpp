#include "continued.h"

#include <algorithm>

#include "seinhuis/broker/restored.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/wire/new_log.h"
#include "tables.h"

namespace seinhuis::broker {
namespace {

constexpr auto grace = std::chrono::hours(24);

std::uint64_t milliseconds(Instant at) { return static_cast<std::uint64_t>(at.time_since_epoch().count()); }

Result<Done> hold_until(store::Writer& writer, Instant until) {
  return writer.put(meta_table, view("held-until"), number_key(milliseconds(until)), store::permanent);
}

// Signs the head of what names nobody for the new log; gives the one before.
Result<std::optional<SignedHead>> continue_quiet(store::Writer& writer, const proof::Signer& key,
                                                 const World& world, const Hash& log_id) {
  auto quiet = LogWriter::open(writer, Tree::quiet);
  if (!quiet) return quiet.error();
  if (quiet->size() == 0) return std::optional<SignedHead>{};
  const SignedHead last = quiet->head();
  if (auto closed = quiet->close(key, world.network.id, proof::quiet_log_id(log_id)); !closed)
    return closed.error();
  return std::optional(last);
}

}  // namespace

Result<Done> continue_log(store::Writer& writer, LogWriter& log, const proof::Signer& key, const World& world,
                          Instant now, const Hash& salt) {
  const Hash& id = world.network.directory_on(Day::of(now))->directory.log_id;
  if (log.size() == 0 || log.head().head.log == id) return Done{};
  const auto mark = restored_mark(writer);
  if (!mark) return mark.error();
  const auto quiet = continue_quiet(writer, key, world, id);
  if (!quiet) return quiet.error();
  const NewLog record{world.network.id, *mark ? (*mark)->until : now, Day::of(now), log.head(), *quiet};
  const Bytes raw = encode(record);
  const Hash own = proof::h32(Packer().label("salt-new-log").raw(salt.bytes()).bytes());
  const auto leaf = log.append(LeafKind::new_log, own, raw, store::permanent);
  if (!leaf) return leaf.error();
  const Bytes origin = Packer().number(*leaf).raw(own.bytes()).raw(raw).take();
  if (auto put = writer.put(meta_table, view("origin"), origin, store::permanent); !put) return put;
  if (!*mark) return Done{};
  if (auto gone = clear_restored_mark(writer); !gone) return gone;
  return hold_until(writer, now + grace);
}

// Not longer than from now on: the clock ran ahead when it began.
Result<bool> hold(store::Writer& writer, Instant now) {
  const auto held = held_until(writer);
  if (!held) return held.error();
  if (*held > now + grace) {
    if (auto shorter = hold_until(writer, now + grace); !shorter) return shorter.error();
  }
  return now < *held;
}

namespace {

// As it stands in the table: the leaf's index, its salt, the record.
struct Origin {
  std::uint64_t leaf = 0;
  Hash salt = Hash::zero();
  Bytes record;
};
Result<std::optional<Origin>> last_origin(const store::Reader& reader) {
  const auto kept = reader.get(meta_table, view("origin"));
  if (!kept) return kept.error();
  if (!*kept) return std::optional<Origin>{};
  Unpacker in(**kept);
  Origin origin{in.number<std::uint64_t>(), in.id<Hash>(), {}};
  origin.record = copy(in.rest());
  return std::optional(std::move(origin));
}

}  // namespace

Result<std::optional<Day>> continued_on(const store::Reader& reader) {
  const auto origin = last_origin(reader);
  if (!origin) return origin.error();
  if (!*origin) return std::optional<Day>{};
  const auto record = decode_new_log((*origin)->record);
  return record ? Result<std::optional<Day>>(record->day) : record.error();
}

Result<std::optional<Bytes>> origin_of(const store::Reader& reader) {
  auto origin = last_origin(reader);
  if (!origin) return origin.error();
  if (!*origin) return std::optional<Bytes>{};
  const auto log = LogReader::open(reader);
  if (!log) return log.error();
  auto proof = log->prove((*origin)->leaf);
  if (!proof) return proof.error();
  return std::optional(encode(Accepted{(*origin)->salt, std::move((*origin)->record), *std::move(proof)}));
}

Result<Instant> held_until(const store::Reader& reader) {
  const auto kept = reader.get(meta_table, view("held-until"));
  if (!kept) return kept.error();
  return *kept ? Instant(std::chrono::milliseconds(static_cast<std::int64_t>(big(**kept)))) : Instant{};
}

}  // namespace seinhuis::broker
