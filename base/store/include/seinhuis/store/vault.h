#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <set>

#include "seinhuis/base/random.h"
#include "seinhuis/base/secret.h"
#include "seinhuis/store/store.h"

namespace seinhuis::store {

class RecordKey final : public Secret<RecordKey, 32> {
  friend Secret;
  RecordKey() = default;
};

// Seals records under the key of their shelf. Keys live in one file (0600) beside the database, never in it:
// a deleted record stays on LMDB's pages, and is gone only with its key. Any thread.
class Vault {
 public:
  // Reads or creates `file`. Fails with io, malformed, or refused if others may read it. `random` outlives
  // this.
  static Result<std::unique_ptr<Vault>> open(std::filesystem::path file, Random& random);

  // u8 version || u8 retention || u16 month || nonce 24 || AEAD(value, AAD = table || key || version).
  // Makes the key of a new shelf durable before its first use.
  Result<Bytes> seal(Table table, ByteView key, ByteView value, Shelf shelf);
  // Fails with unauthentic for altered or moved bytes, absent if the shelf's key was destroyed.
  Result<Bytes> open(Table table, ByteView key, ByteView record) const;
  // Where a sealed record lies; `permanent` for what is no record.
  static Shelf shelf_of(ByteView record);

  // Destroys the keys of shelves that expired before `month`, in the file too, which is written over. Not
  // those under which something was sealed since `watch` was called last.
  Result<Done> destroy_before(std::uint16_t month);
  void watch();

 private:
  Vault(std::filesystem::path file, Random& random) : file_(std::move(file)), random_(random) {}
  Result<Done> load() const;  // what the file holds, and nothing else
  Result<Done> save() const;

  std::filesystem::path file_;
  Random& random_;
  mutable std::mutex mutex_;
  mutable std::map<Shelf, RecordKey> keys_;
  std::set<Shelf> used_;  // sealed under, since `watch`
};

}  // namespace seinhuis::store
