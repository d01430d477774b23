#include "seinhuis/store/lmdb.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "lmdb_transaction.h"
#include "seinhuis/base/files.h"
#include "seinhuis/base/packed.h"

namespace seinhuis::store {
namespace {

constexpr Table format_table{0};  // "format" -> u32, little-endian

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
    const Txn ended_later(*locked);
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
    const auto format = *kept ? Unpacker(**kept).number<std::uint32_t>() : 1;
    if (format == store_format) return Done{};
    if (format < store_format)
      return writer.put(format_table, key, Packer().number(store_format).bytes(), permanent);
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
    const Txn ended(*writing);
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
