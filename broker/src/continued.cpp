#include "continued.h"

#include <algorithm>

#include "seinhuis/broker/restored.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/wire/new_log.h"
#include "tables.h"

namespace seinhuis::broker {
namespace {

constexpr auto grace = std::chrono::hours(24);

Result<Done> hold_until(store::Writer& writer, Instant until) {
  return writer.put(meta_table, view("held-until"), number_key(milliseconds_of(until)), store::permanent);
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

constexpr std::size_t most_shown = 8;
constexpr std::size_t most_restores = 1000;
const Bytes newest_origin = copy(view("origin"));
const Bytes former_origin = copy(view("former-origin/"));  // and the leaf's index

// As it stands in the table: the leaf's index, its salt, the record.
struct Origin {
  std::uint64_t leaf = 0;
  Hash salt = Hash::zero();
  Bytes record;
};
Origin origin_in(ByteView raw) {
  Unpacker in(raw);
  Origin origin{in.number<std::uint64_t>(), in.id<Hash>(), {}};
  origin.record = copy(in.rest());
  return origin;
}
Result<std::optional<Bytes>> last_origin(const store::Reader& reader) {
  return reader.get(meta_table, newest_origin);
}

Result<Done> keep_origin(store::Writer& writer, std::uint64_t leaf, const Hash& salt, ByteView record) {
  const auto last = last_origin(writer);
  if (!last) return last.error();
  if (*last) {
    Bytes key = former_origin;
    append(key, number_key(origin_in(**last).leaf));
    if (auto put = writer.put(meta_table, key, **last, store::permanent); !put) return put;
  }
  const Bytes origin = Packer().number(leaf).raw(salt.bytes()).raw(record).take();
  return writer.put(meta_table, newest_origin, origin, store::permanent);
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
  if (auto kept = keep_origin(writer, *leaf, own, raw); !kept) return kept;
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

Result<std::optional<Day>> continued_on(const store::Reader& reader) {
  const auto last = last_origin(reader);
  if (!last) return last.error();
  if (!*last) return std::optional<Day>{};
  const auto record = decode_new_log(origin_in(**last).record);
  return record ? Result<std::optional<Day>>(record->day) : record.error();
}

Result<std::vector<Bytes>> origins_of(const store::Reader& reader) {
  const auto last = last_origin(reader);
  const auto former = reader.scan(meta_table, former_origin, {}, most_restores);
  if (!last || !former) return last ? former.error() : last.error();
  std::vector<Bytes> shown;
  if (!*last) return shown;
  std::vector<Origin> origins;
  for (const store::Record& one : *former) origins.push_back(origin_in(one.value));
  origins.push_back(origin_in(**last));
  const auto log = LogReader::open(reader);
  if (!log) return log.error();
  for (std::size_t n = origins.size(); n-- > 0 && shown.size() < most_shown;) {
    Origin& origin = origins[n];
    auto proof = log->prove(origin.leaf);
    if (!proof) return proof.error();
    shown.push_back(encode(Accepted{origin.salt, std::move(origin.record), *std::move(proof)}));
  }
  return shown;
}

Result<Instant> held_until(const store::Reader& reader) {
  const auto kept = reader.get(meta_table, view("held-until"));
  if (!kept) return kept.error();
  return *kept ? Instant(std::chrono::milliseconds(static_cast<std::int64_t>(big(**kept)))) : Instant{};
}

}  // namespace seinhuis::broker
