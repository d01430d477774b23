#include "lmdb_transaction.h"

#include <cerrno>
#include <cstring>

#include "seinhuis/base/packed.h"

namespace seinhuis::store {
namespace {

constexpr std::size_t max_key = 500;    // LMDB takes 511; a part has a table, a mark and a number more
constexpr std::size_t max_node = 2000;  // key and value: two lie on a page of 4,096 bytes
// Of a part, place and content. A page that is full and gets another behind its last leaves all but one
// behind: seven of eight of this size, so pages are nearly full. (Of two that fill a page one would stay.)
constexpr std::size_t max_part = 560;
constexpr std::size_t least_part = 100;
constexpr std::byte parts_mark{0xFF};  // stands in the place of a table
constexpr std::byte split_version{2};  // where a whole record has 1 (vault.h)
constexpr std::size_t split_size = 8;  // 2 || shelf 3 || u32 size
constexpr std::size_t number_size = 2;

MDB_val val(Bytes& bytes) { return {bytes.size(), bytes.data()}; }
ByteView bytes_of(const MDB_val& value) {
  return {static_cast<const std::byte*>(value.mv_data), value.mv_size};
}

// table[1] || key: one table's records lie side by side.
Bytes place_of(Table table, ByteView key) {
  require(key.size() <= max_key, "store keys are short");
  Bytes out;
  out.reserve(key.size() + 1);
  out.push_back(static_cast<std::byte>(table));
  append(out, key);
  return out;
}

Bytes part_place(ByteView place, std::size_t number) {
  Bytes out;
  out.reserve(place.size() + 1 + number_size);
  out.push_back(parts_mark);
  append(out, place);
  out.push_back(static_cast<std::byte>(number >> 8U));
  out.push_back(static_cast<std::byte>(number & 0xFFU));
  return out;
}

std::size_t part_size(ByteView place) {
  return std::max(least_part, max_part - std::min(max_part, place.size()));
}

bool is_part(ByteView place) { return !place.empty() && place[0] == parts_mark; }
bool is_split(ByteView found) { return found.size() == split_size && found[0] == split_version; }
std::size_t size_of_split(ByteView found) { return Unpacker(found.subspan(4)).number<std::uint32_t>(); }
std::size_t parts_of(ByteView place, ByteView found) {
  return (size_of_split(found) + part_size(place) - 1) / part_size(place);
}

bool starts_with(ByteView bytes, ByteView prefix) {
  return bytes.size() >= prefix.size() && std::ranges::equal(bytes.first(prefix.size()), prefix);
}

Error altered(const char* what) { return {Errc::unauthentic, what}; }

struct CloseCursor {
  void operator()(MDB_cursor* cursor) const noexcept { mdb_cursor_close(cursor); }
};
using Cursor = std::unique_ptr<MDB_cursor, CloseCursor>;

Result<Cursor> cursor_in(MDB_txn* txn, MDB_dbi dbi) {
  MDB_cursor* raw = nullptr;
  if (const int rc = mdb_cursor_open(txn, dbi, &raw); rc != 0) return lmdb_error("cursor", rc);
  return Cursor(raw);
}

// Pages that were freed and not used again: LMDB keeps them as lists in its table 0, each behind its
// length, for read transactions to see.
Result<std::size_t> freed_pages(MDB_env* env) {
  constexpr MDB_dbi free_pages = 0;
  MDB_txn* begun = nullptr;
  if (const int rc = mdb_txn_begin(env, nullptr, MDB_RDONLY, &begun); rc != 0) return lmdb_error("begin", rc);
  const Txn reading(begun);
  const auto cursor = cursor_in(begun, free_pages);
  if (!cursor) return cursor.error();
  std::size_t pages = 0;
  MDB_val key{};
  MDB_val value{};
  int rc = 0;
  while ((rc = mdb_cursor_get(cursor->get(), &key, &value, MDB_NEXT)) == 0) {
    std::size_t length = 0;
    std::memcpy(&length, value.mv_data, sizeof length);
    pages += length;
  }
  if (rc != MDB_NOTFOUND) return lmdb_error("free pages", rc);
  return pages;
}

}  // namespace

Error lmdb_error(const char* step, int rc) {
  const Errc code = rc == MDB_MAP_FULL || rc == ENOSPC ? Errc::full
                    : rc == MDB_KEYEXIST               ? Errc::conflict
                                                       : Errc::io;
  return {code, std::string("store ") + step + ": " + mdb_strerror(rc)};
}

Result<Bytes> Transaction::assembled(ByteView place, ByteView found) const {
  if (!is_split(found)) return copy(found);
  const std::size_t size = size_of_split(found);
  Bytes whole;
  for (std::size_t n = 0; n < parts_of(place, found); ++n) {
    Bytes wanted_place = part_place(place, n);
    MDB_val wanted = val(wanted_place);
    MDB_val part{};
    const int rc = mdb_get(txn_.get(), dbi_, &wanted, &part);
    if (rc == MDB_NOTFOUND) return altered("a part of a stored record is not there");
    if (rc != 0) return lmdb_error("get", rc);
    append(whole, bytes_of(part));
  }
  if (whole.size() != size) return altered("the parts of a stored record are not of its size");
  return whole;
}

Result<Bytes> Transaction::opened(ByteView place, ByteView found) const {
  const auto sealed = assembled(place, found);
  if (!sealed) return sealed.error();
  return vault_.open(Table{std::to_integer<std::uint8_t>(place[0])}, place.subspan(1), *sealed);
}

Result<std::optional<Bytes>> Transaction::get(Table table, ByteView key) const {
  Bytes place = place_of(table, key);
  MDB_val wanted = val(place);
  MDB_val found{};
  const int rc = mdb_get(txn_.get(), dbi_, &wanted, &found);
  if (rc == MDB_NOTFOUND) return std::optional<Bytes>{};
  if (rc != 0) return lmdb_error("get", rc);
  auto value = opened(place, bytes_of(found));
  if (!value) return value.error();
  return std::optional(*std::move(value));
}

Result<std::vector<Record>> Transaction::scan(Table table, ByteView prefix, ByteView after,
                                              std::size_t limit) const {
  const auto cursor = cursor_in(txn_.get(), dbi_);
  if (!cursor) return cursor.error();
  const Bytes wanted = place_of(table, prefix);
  const Bytes behind = place_of(table, after);
  Bytes first = std::max(wanted, behind);
  MDB_val key = val(first);
  MDB_val value{};
  std::vector<Record> found;
  int rc = mdb_cursor_get(cursor->get(), &key, &value, MDB_SET_RANGE);
  for (; rc == 0 && found.size() < limit && starts_with(bytes_of(key), wanted);
       rc = mdb_cursor_get(cursor->get(), &key, &value, MDB_NEXT)) {
    if (!after.empty() && std::ranges::equal(bytes_of(key), behind)) continue;
    auto record = opened(bytes_of(key), bytes_of(value));
    if (!record) return record.error();
    found.push_back({copy(bytes_of(key).subspan(1)), *std::move(record)});
  }
  if (rc != 0 && rc != MDB_NOTFOUND) return lmdb_error("scan", rc);
  return found;
}

Result<Done> Transaction::put_parts(ByteView place, ByteView sealed) {
  constexpr std::size_t most = 0x10000;
  for (std::size_t n = 0; !sealed.empty(); ++n) {
    require(n < most, "a record is a few megabytes at most");
    Bytes own_place = part_place(place, n);
    Bytes content = copy(sealed.first(std::min(sealed.size(), part_size(place))));
    MDB_val key = val(own_place);
    MDB_val part = val(content);
    if (const int rc = mdb_put(txn_.get(), dbi_, &key, &part, 0); rc != 0) return lmdb_error("put", rc);
    sealed = sealed.subspan(content.size());
  }
  return Done{};
}

// Those of the record that stands there, if it is split.
Result<Done> Transaction::erase_parts(ByteView place) {
  Bytes own_place = copy(place);
  MDB_val wanted = val(own_place);
  MDB_val found{};
  const int rc = mdb_get(txn_.get(), dbi_, &wanted, &found);
  if (rc == MDB_NOTFOUND || (rc == 0 && !is_split(bytes_of(found)))) return Done{};
  if (rc != 0) return lmdb_error("get", rc);
  const std::size_t parts = parts_of(place, bytes_of(found));
  for (std::size_t n = 0; n < parts; ++n) {
    Bytes part = part_place(place, n);
    MDB_val key = val(part);
    const int gone = mdb_del(txn_.get(), dbi_, &key, nullptr);
    if (gone == MDB_NOTFOUND) break;  // the size is not to be believed
    if (gone != 0) return lmdb_error("erase", gone);
  }
  return Done{};
}

Result<Done> Transaction::put_with(Table table, ByteView key, ByteView value, Shelf shelf, unsigned flags) {
  const auto sealed = vault_.seal(table, key, value, shelf);
  if (!sealed) return sealed.error();
  Bytes place = place_of(table, key);
  const bool whole = place.size() + sealed->size() <= max_node;
  Bytes record = whole ? *sealed : copy(ByteView(*sealed).first(4));
  if (!whole) {
    record[0] = split_version;
    append(record, Packer().number(static_cast<std::uint32_t>(sealed->size())).bytes());
  }
  if ((flags & MDB_NOOVERWRITE) == 0) {
    if (auto gone = erase_parts(place); !gone) return gone;
  }
  MDB_val wanted = val(place);
  MDB_val content = val(record);
  if (const int rc = mdb_put(txn_.get(), dbi_, &wanted, &content, flags); rc != 0)
    return lmdb_error("put", rc);
  return whole ? Result<Done>(Done{}) : put_parts(place, *sealed);
}

Result<Done> Transaction::erase(Table table, ByteView key) {
  Bytes place = place_of(table, key);
  if (auto gone = erase_parts(place); !gone) return gone;
  MDB_val wanted = val(place);
  const int rc = mdb_del(txn_.get(), dbi_, &wanted, nullptr);
  if (rc != 0 && rc != MDB_NOTFOUND) return lmdb_error("erase", rc);
  return Done{};
}

Result<std::optional<Bytes>> Transaction::take_away(Bytes after, std::uint16_t month, std::size_t limit) {
  const auto cursor = cursor_in(txn_.get(), dbi_);
  if (!cursor) return cursor.error();
  MDB_val key = val(after);
  MDB_val value{};
  int rc = mdb_cursor_get(cursor->get(), &key, &value, after.empty() ? MDB_FIRST : MDB_SET_RANGE);
  Bytes last;
  // Parts go with their record; they stand behind all of them.
  for (; rc == 0 && limit > 0 && !is_part(bytes_of(key));
       rc = mdb_cursor_get(cursor->get(), &key, &value, MDB_NEXT), --limit) {
    last = copy(bytes_of(key));
    const Shelf shelf = Vault::shelf_of(bytes_of(value));
    if (shelf.retention == 0 || shelf.month >= month) continue;
    if (auto gone = erase_parts(last); !gone) return gone.error();
    if (const int gone = mdb_cursor_del(cursor->get(), 0); gone != 0) return lmdb_error("forget", gone);
  }
  if (rc != 0 && rc != MDB_NOTFOUND) return lmdb_error("walk", rc);
  const bool more = rc == 0 && !is_part(bytes_of(key));
  return more ? std::optional(std::move(last)) : std::nullopt;
}

Result<std::uint64_t> Transaction::open_all() const {
  const auto cursor = cursor_in(txn_.get(), dbi_);
  if (!cursor) return cursor.error();
  MDB_val key{};
  MDB_val value{};
  std::uint64_t found = 0;
  std::uint64_t named = 0;  // parts, by records
  std::uint64_t parts = 0;
  Bytes last;
  int rc = mdb_cursor_get(cursor->get(), &key, &value, MDB_FIRST);
  for (; rc == 0; rc = mdb_cursor_get(cursor->get(), &key, &value, MDB_NEXT)) {
    const ByteView place = bytes_of(key);
    const bool ascends = last.empty() || std::ranges::lexicographical_compare(last, place);
    if (place.empty() || !ascends) return altered("records of the store are not in their order");
    last = copy(place);
    ++(is_part(place) ? parts : found);
    if (is_part(place)) continue;
    if (is_split(bytes_of(value))) named += parts_of(place, bytes_of(value));
    if (const auto record = opened(place, bytes_of(value)); !record) return record.error();
  }
  if (rc != MDB_NOTFOUND) return lmdb_error("walk", rc);
  if (parts != named) return altered("the store holds parts of records that are not there");
  MDB_stat stat{};
  if (const int bad = mdb_stat(txn_.get(), dbi_, &stat); bad != 0) return lmdb_error("count", bad);
  if (stat.ms_entries != found + parts)
    return Error{Errc::io, "the store holds " + std::to_string(found + parts) + " records and says " +
                               std::to_string(stat.ms_entries)};
  return found;
}

Result<bool> Transaction::has_room(std::uint64_t bytes) const {
  MDB_env* env = mdb_txn_env(txn_.get());
  MDB_envinfo info{};
  MDB_stat stat{};
  if (const int rc = mdb_env_info(env, &info); rc != 0) return lmdb_error("info", rc);
  if (const int rc = mdb_env_stat(env, &stat); rc != 0) return lmdb_error("stat", rc);
  const std::size_t pages = info.me_mapsize / stat.ms_psize;
  const std::size_t fresh = pages - std::min(pages, info.me_last_pgno + 1);
  const std::size_t wanted = bytes / stat.ms_psize + pages / 8;
  if (fresh > wanted) return true;
  if (!freed_) {
    const auto freed = freed_pages(env);
    if (!freed) return freed.error();
    freed_ = *freed;
  }
  return fresh + *freed_ > wanted;
}

Result<Done> Transaction::commit() {
  if (const int rc = mdb_txn_commit(txn_.release()); rc != 0) return lmdb_error("commit", rc);
  return Done{};
}

}  // namespace seinhuis::store
