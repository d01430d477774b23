#include "seinhuis/store/lmdb.h"

#include <lmdb.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "seinhuis/base/files.h"
#include "seinhuis/base/packed.h"

namespace seinhuis::store {
namespace {

constexpr std::size_t max_key = 500;  // LMDB takes 511, one is the table
constexpr Table format_table{0};      // "format" -> u32, little-endian

Error lmdb_error(const char* step, int rc) {
  const Errc code = rc == MDB_MAP_FULL || rc == ENOSPC ? Errc::full
                    : rc == MDB_KEYEXIST               ? Errc::conflict
                                                       : Errc::io;
  return {code, std::string("store ") + step + ": " + mdb_strerror(rc)};
}

MDB_val val(Bytes& bytes) { return {bytes.size(), bytes.data()}; }
ByteView bytes_of(const MDB_val& value) {
  return {static_cast<const std::byte*>(value.mv_data), value.mv_size};
}

// table[1] || key: one table's records lie side by side.
Bytes place(Table table, ByteView key) {
  require(key.size() <= max_key, "store keys are short");
  Bytes out;
  out.reserve(key.size() + 1);
  out.push_back(static_cast<std::byte>(table));
  append(out, key);
  return out;
}

bool starts_with(ByteView bytes, ByteView prefix) {
  return bytes.size() >= prefix.size() && std::ranges::equal(bytes.first(prefix.size()), prefix);
}

struct Abort {
  void operator()(MDB_txn* txn) const noexcept { mdb_txn_abort(txn); }
};

class Transaction final : public Writer {
 public:
  Transaction(MDB_txn* txn, MDB_dbi dbi, Vault& vault) : txn_(txn), dbi_(dbi), vault_(vault) {}

  Result<std::optional<Bytes>> get(Table table, ByteView key) const override {
    Bytes place_bytes = place(table, key);
    MDB_val wanted = val(place_bytes);
    MDB_val found{};
    const int rc = mdb_get(txn_.get(), dbi_, &wanted, &found);
    if (rc == MDB_NOTFOUND) return std::optional<Bytes>{};
    if (rc != 0) return lmdb_error("get", rc);
    auto value = vault_.open(table, key, bytes_of(found));
    if (!value) return value.error();
    return std::optional(*std::move(value));
  }

  Result<std::vector<Record>> scan(Table table, ByteView prefix, ByteView after,
                                   std::size_t limit) const override {
    MDB_cursor* raw = nullptr;
    if (const int rc = mdb_cursor_open(txn_.get(), dbi_, &raw); rc != 0) return lmdb_error("cursor", rc);
    const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> cursor(raw, mdb_cursor_close);
    const Bytes wanted = place(table, prefix);
    const Bytes behind = place(table, after);
    Bytes first = std::max(wanted, behind);
    MDB_val key = val(first);
    MDB_val value{};
    std::vector<Record> found;
    int rc = mdb_cursor_get(raw, &key, &value, MDB_SET_RANGE);
    for (; rc == 0 && found.size() < limit && starts_with(bytes_of(key), wanted);
         rc = mdb_cursor_get(raw, &key, &value, MDB_NEXT)) {
      if (!after.empty() && std::ranges::equal(bytes_of(key), behind)) continue;
      const ByteView own_key = bytes_of(key).subspan(1);
      auto opened = vault_.open(table, own_key, bytes_of(value));
      if (!opened) return opened.error();
      found.push_back({copy(own_key), *std::move(opened)});
    }
    if (rc != 0 && rc != MDB_NOTFOUND) return lmdb_error("scan", rc);
    return found;
  }

  Result<Done> put(Table table, ByteView key, ByteView value, Shelf shelf) override {
    return put_with(table, key, value, shelf, 0);
  }
  Result<Done> put_new(Table table, ByteView key, ByteView value, Shelf shelf) override {
    return put_with(table, key, value, shelf, MDB_NOOVERWRITE);
  }
  Result<Done> erase(Table table, ByteView key) override {
    Bytes place_bytes = place(table, key);
    MDB_val wanted = val(place_bytes);
    const int rc = mdb_del(txn_.get(), dbi_, &wanted, nullptr);
    if (rc != 0 && rc != MDB_NOTFOUND) return lmdb_error("erase", rc);
    return Done{};
  }

  // Looks at no more than `limit` records behind `after`, takes those away whose shelf expired before
  // `month`, and gives where it ended; nothing at the end.
  Result<std::optional<Bytes>> take_away(Bytes after, std::uint16_t month, std::size_t limit) {
    MDB_cursor* raw = nullptr;
    if (const int rc = mdb_cursor_open(txn_.get(), dbi_, &raw); rc != 0) return lmdb_error("cursor", rc);
    const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> cursor(raw, mdb_cursor_close);
    MDB_val key = val(after);
    MDB_val value{};
    int rc = mdb_cursor_get(raw, &key, &value, after.empty() ? MDB_FIRST : MDB_SET_RANGE);
    Bytes last;
    for (; rc == 0 && limit > 0; rc = mdb_cursor_get(raw, &key, &value, MDB_NEXT), --limit) {
      last = copy(bytes_of(key));
      const Shelf shelf = Vault::shelf_of(bytes_of(value));
      if (shelf.retention == 0 || shelf.month >= month) continue;
      if (const int gone = mdb_cursor_del(raw, 0); gone != 0) return lmdb_error("forget", gone);
    }
    if (rc != 0 && rc != MDB_NOTFOUND) return lmdb_error("walk", rc);
    return rc == 0 ? std::optional(std::move(last)) : std::nullopt;
  }

  Result<std::uint64_t> open_all() const {
    MDB_cursor* raw = nullptr;
    if (const int rc = mdb_cursor_open(txn_.get(), dbi_, &raw); rc != 0) return lmdb_error("cursor", rc);
    const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> cursor(raw, mdb_cursor_close);
    MDB_val key{};
    MDB_val value{};
    std::uint64_t found = 0;
    Bytes last;
    int rc = mdb_cursor_get(raw, &key, &value, MDB_FIRST);
    for (; rc == 0; rc = mdb_cursor_get(raw, &key, &value, MDB_NEXT), ++found) {
      const ByteView whole = bytes_of(key);
      const bool ascends = last.empty() || std::ranges::lexicographical_compare(last, whole);
      if (whole.empty() || !ascends) return out_of_place();
      last = copy(whole);
      const auto opened =
          vault_.open(Table{std::to_integer<std::uint8_t>(whole[0])}, whole.subspan(1), bytes_of(value));
      if (!opened) return opened.error();
    }
    if (rc != MDB_NOTFOUND) return lmdb_error("walk", rc);
    MDB_stat stat{};
    if (const int bad = mdb_stat(txn_.get(), dbi_, &stat); bad != 0) return lmdb_error("count", bad);
    if (stat.ms_entries != found)
      return Error{Errc::io, "the store holds " + std::to_string(found) + " records and says " +
                                 std::to_string(stat.ms_entries)};
    return found;
  }

  Result<bool> has_room(std::uint64_t bytes) const override {
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

  Result<Done> commit() {
    if (const int rc = mdb_txn_commit(txn_.release()); rc != 0) return lmdb_error("commit", rc);
    return Done{};
  }

 private:
  static Error out_of_place() { return {Errc::unauthentic, "records of the store are not in their order"}; }

  // Pages that were freed and not used again: LMDB keeps them as lists in its table 0, each behind its
  // length, for read transactions to see.
  static Result<std::size_t> freed_pages(MDB_env* env) {
    constexpr MDB_dbi free_pages = 0;
    MDB_txn* begun = nullptr;
    if (const int rc = mdb_txn_begin(env, nullptr, MDB_RDONLY, &begun); rc != 0)
      return lmdb_error("begin", rc);
    const std::unique_ptr<MDB_txn, Abort> reading(begun);
    MDB_cursor* raw = nullptr;
    if (const int rc = mdb_cursor_open(begun, free_pages, &raw); rc != 0) return lmdb_error("cursor", rc);
    const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> cursor(raw, mdb_cursor_close);
    std::size_t pages = 0;
    MDB_val key{};
    MDB_val value{};
    int rc = 0;
    while ((rc = mdb_cursor_get(raw, &key, &value, MDB_NEXT)) == 0) {
      std::size_t length = 0;
      std::memcpy(&length, value.mv_data, sizeof length);
      pages += length;
    }
    if (rc != MDB_NOTFOUND) return lmdb_error("free pages", rc);
    return pages;
  }

  Result<Done> put_with(Table table, ByteView key, ByteView value, Shelf shelf, unsigned flags) {
    auto sealed = vault_.seal(table, key, value, shelf);
    if (!sealed) return sealed.error();
    Bytes place_bytes = place(table, key);
    MDB_val wanted = val(place_bytes);
    MDB_val record = val(*sealed);
    if (const int rc = mdb_put(txn_.get(), dbi_, &wanted, &record, flags); rc != 0)
      return lmdb_error("put", rc);
    return Done{};
  }

  std::unique_ptr<MDB_txn, Abort> txn_;
  MDB_dbi dbi_;
  Vault& vault_;
  mutable std::optional<std::size_t> freed_;  // counted once
};

class LmdbStore final : public Store {
 public:
  LmdbStore(std::filesystem::path folder, std::unique_ptr<Vault> vault)
      : folder_(std::move(folder)), vault_(std::move(vault)) {}

  Result<Done> start(std::size_t map_bytes) {
    MDB_env* raw = nullptr;
    if (const int rc = mdb_env_create(&raw); rc != 0) return lmdb_error("create", rc);
    env_.reset(raw);
    if (const int rc = mdb_env_set_mapsize(raw, map_bytes); rc != 0) return lmdb_error("map size", rc);
    if (const int rc = mdb_env_open(raw, folder_.c_str(), MDB_NOTLS, 0600); rc != 0)
      return lmdb_error("open", rc);
    int dead = 0;
    if (const int rc = mdb_reader_check(raw, &dead); rc != 0) return lmdb_error("reader check", rc);
    auto txn = begin(0);
    if (!txn) return txn.error();
    if (const int rc = mdb_dbi_open(*txn, nullptr, 0, &dbi_); rc != 0) return lmdb_error("table", rc);
    if (auto committed = Transaction(*txn, dbi_, *vault_).commit(); !committed) return committed;
    const auto known = write(check_format);
    const bool full = !known && known.error().code == Errc::full;  // one of before; it is opened all the same
    return full ? Result<Done>(Done{}) : known;
  }

  Result<Done> read(const std::function<Result<Done>(const Reader&)>& work) const override {
    const auto txn = begin(MDB_RDONLY);
    if (!txn) return txn.error();
    const Transaction reading(*txn, dbi_, *vault_);
    return work(reading);
  }

  Result<Done> write(const std::function<Result<Done>(Writer&)>& work) override {
    const auto txn = begin(0);
    if (!txn) return txn.error();
    Transaction writing(*txn, dbi_, *vault_);
    if (auto outcome = work(writing); !outcome) return outcome;
    auto committed = writing.commit();
    if (!committed && committed.error().code == Errc::io && disk_is_full())
      return Error{Errc::full, committed.error().detail};
    return committed;
  }

  Result<bool> forget_before(std::uint16_t month, std::size_t limit) override {
    if (walked_.empty()) {
      vault_->watch();
      month_ = month;
    }
    const auto txn = begin(0);
    if (!txn) return txn.error();
    Transaction walking(*txn, dbi_, *vault_);
    auto ended = walking.take_away(walked_, month_, limit);
    if (!ended) return ended.error();
    if (auto committed = walking.commit(); !committed) return committed.error();
    walked_ = ended->value_or(Bytes{});
    if (!walked_.empty()) return true;
    const auto locked = begin(0);  // no other process draws a key meanwhile
    if (!locked) return locked.error();
    const std::unique_ptr<MDB_txn, Abort> ended_later(*locked);
    if (auto destroyed = vault_->destroy_before(month_); !destroyed) return destroyed.error();
    return month_ != month;
  }

  Result<std::uint64_t> check() const override {
    if (auto follow = heads_follow(); !follow) return follow.error();
    const auto txn = begin(MDB_RDONLY);
    if (!txn) return txn.error();
    const Transaction reading(*txn, dbi_, *vault_);
    return reading.open_all();
  }
  bool failed() const override { return failed_.load(); }

 private:
  // Stores of before they said so are of format 1, and become what this version writes.
  static Result<Done> check_format(Writer& writer) {
    const Bytes key = copy(view("format"));
    const auto kept = writer.get(format_table, key);
    if (!kept) return kept.error();
    if (!*kept) return writer.put(format_table, key, Packer().number(store_format).bytes(), permanent);
    const auto format = Unpacker(**kept).number<std::uint32_t>();
    if (format <= store_format) return Done{};
    return Error{Errc::unsupported, "the store was written by a newer version (format " +
                                        std::to_string(format) + "; this one knows " +
                                        std::to_string(store_format) + ")"};
  }

  // LMDB takes the later of its two heads, and commits write them by turns. A later one that is damaged would
  // make the store go back by one commit and not say so. Where its number stands in a head: lmdb 0.9, mdb.c,
  // MDB_meta.
  Result<Done> heads_follow() const {
    constexpr std::size_t head_size = 4096;
    constexpr std::size_t number_at = 144;
    std::array<std::uint64_t, 2> numbers{};
    const auto writing = begin(0);  // nobody commits meanwhile
    if (!writing) return writing.error();
    const std::unique_ptr<MDB_txn, Abort> ended(*writing);
    std::ifstream file(folder_ / "data.mdb", std::ios::binary);
    for (std::size_t n = 0; n < numbers.size(); ++n) {
      std::array<char, sizeof(std::uint64_t)> raw{};
      file.seekg(static_cast<std::streamoff>(n * head_size + number_at));
      file.read(raw.data(), raw.size());
      std::memcpy(&numbers[n], raw.data(), raw.size());
    }
    const std::uint64_t apart = std::max(numbers[0], numbers[1]) - std::min(numbers[0], numbers[1]);
    if (!file || apart > 1 || (apart == 0 && numbers[0] != 0))
      return Error{Errc::unauthentic, "the two heads of the store do not follow each other"};
    return Done{};
  }

  // LMDB reports a short write, which is what a full disk gives, as an I/O error.
  bool disk_is_full() const {
    constexpr std::uintmax_t little = 1U << 20U;
    std::error_code failed;
    const auto space = std::filesystem::space(folder_, failed);
    return !failed && space.available < little;
  }

  Result<MDB_txn*> begin(unsigned flags) const {
    MDB_txn* raw = nullptr;
    const int rc = mdb_txn_begin(env_.get(), nullptr, flags, &raw);
    if (rc == MDB_PANIC) failed_.store(true);
    if (rc != 0) return lmdb_error("begin", rc);
    return raw;
  }

  struct Close {
    void operator()(MDB_env* env) const noexcept { mdb_env_close(env); }
  };
  std::filesystem::path folder_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<MDB_env, Close> env_;
  MDB_dbi dbi_ = 0;
  mutable std::atomic<bool> failed_{false};
  Bytes walked_;             // where forgetting has come to; empty: nowhere
  std::uint16_t month_ = 0;  // and what it forgets
};

}  // namespace

Result<std::unique_ptr<Store>> open_lmdb(const std::filesystem::path& folder, std::size_t map_bytes,
                                         Random& random) {
  return open_lmdb(folder, folder / "keys", map_bytes, random);
}

Result<std::unique_ptr<Store>> open_lmdb(const std::filesystem::path& folder,
                                         const std::filesystem::path& keys, std::size_t map_bytes,
                                         Random& random) {
  if (auto made = make_folder(folder, Readers::owner); !made) return made.error();
  auto vault = Vault::open(keys, random);
  if (!vault) return vault.error();
  auto store = std::make_unique<LmdbStore>(folder, *std::move(vault));
  if (auto started = store->start(map_bytes); !started) return started.error();
  return std::unique_ptr<Store>(std::move(store));
}

Result<Done> copy_lmdb(const std::filesystem::path& folder, const std::filesystem::path& to) {
  const std::filesystem::path file = to / "data.mdb";
  if (!std::filesystem::exists(folder / "data.mdb"))
    return Error{Errc::absent, folder.string() + " holds no store"};
  if (std::filesystem::exists(file)) return Error{Errc::conflict, file.string() + " is there already"};
  if (auto made = make_folder(to, Readers::owner); !made) return made;
  MDB_env* raw = nullptr;
  if (const int rc = mdb_env_create(&raw); rc != 0) return lmdb_error("create", rc);
  const std::unique_ptr<MDB_env, void (*)(MDB_env*)> env(raw, mdb_env_close);
  if (const int rc = mdb_env_open(raw, folder.c_str(), MDB_RDONLY | MDB_NOTLS, 0600); rc != 0)
    return lmdb_error("open", rc);
  if (const int rc = mdb_env_copy2(raw, to.c_str(), MDB_CP_COMPACT); rc != 0) {
    std::filesystem::remove(file);
    return lmdb_error("copy", rc);
  }
  std::filesystem::permissions(file,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return make_durable(file);
}

}  // namespace seinhuis::store
