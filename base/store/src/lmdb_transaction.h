#pragma once

#include <lmdb.h>

#include <memory>

#include "seinhuis/store/store.h"
#include "seinhuis/store/vault.h"

// What one transaction of LMDB does with records.
namespace seinhuis::store {

Error lmdb_error(const char* step, int rc);

struct AbortTxn {
  void operator()(MDB_txn* txn) const noexcept { mdb_txn_abort(txn); }
};
using Txn = std::unique_ptr<MDB_txn, AbortTxn>;

// A record that would not fit on a page with another is split: LMDB would want pages for it that lie side by
// side, and look through all free ones for them. At the key stands 2 || shelf, as in a whole record || u32
// size; its parts stand under 0xFF || table || key || u16 number (big-endian).
class Transaction final : public Writer {
 public:
  Transaction(MDB_txn* txn, MDB_dbi dbi, Vault& vault) : txn_(txn), dbi_(dbi), vault_(vault) {}

  Result<std::optional<Bytes>> get(Table table, ByteView key) const override;
  Result<std::vector<Record>> scan(Table table, ByteView prefix, ByteView after,
                                   std::size_t limit) const override;
  Result<Done> put(Table table, ByteView key, ByteView value, Shelf shelf) override {
    return put_with(table, key, value, shelf, 0);
  }
  Result<Done> put_new(Table table, ByteView key, ByteView value, Shelf shelf) override {
    return put_with(table, key, value, shelf, MDB_NOOVERWRITE);
  }
  Result<Done> erase(Table table, ByteView key) override;
  Result<bool> has_room(std::uint64_t bytes) const override;

  // Looks at no more than `limit` records behind `after`, takes those away whose shelf expired before
  // `month`, and gives where it ended; nothing at the end.
  Result<std::optional<Bytes>> take_away(Bytes after, std::uint16_t month, std::size_t limit);
  // Opens every record, and counts them. Fails as Store::check.
  Result<std::uint64_t> open_all() const;
  Result<Done> commit();

 private:
  Result<Done> put_with(Table table, ByteView key, ByteView value, Shelf shelf, unsigned flags);
  Result<Done> put_parts(ByteView place, ByteView sealed);
  Result<Done> erase_parts(ByteView place);
  // The sealed record that stands in `found`, or in the parts it names.
  Result<Bytes> assembled(ByteView place, ByteView found) const;
  Result<Bytes> opened(ByteView place, ByteView found) const;

  Txn txn_;
  MDB_dbi dbi_;
  Vault& vault_;
  mutable std::optional<std::size_t> freed_;  // pages, counted once
};

}  // namespace seinhuis::store
