#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "seinhuis/base/bytes.h"
#include "seinhuis/base/result.h"

namespace seinhuis::store {

// A key space of its own; each user of a store names its tables in one header.
enum class Table : std::uint8_t {};

// Which key a record is sealed under: records that may be forgotten together share a shelf.
struct Shelf {
  std::uint8_t retention = 0;  // 0 = permanent; others as the user of the store numbers them
  std::uint16_t month = 0;     // months since 1970-01 in which the record expires; 0 = never
  friend auto operator<=>(const Shelf&, const Shelf&) = default;
};
constexpr Shelf permanent{};

struct Record {
  Bytes key;
  Bytes value;
};

// A consistent snapshot. Stays on its thread and inside the function it was given to; what it returns is a
// copy.
class Reader {
 public:
  Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  virtual ~Reader() = default;

  // Fails with unauthentic if the record does not open in its place, io if the store fails.
  virtual Result<std::optional<Bytes>> get(Table table, ByteView key) const = 0;
  // At most `limit` records whose key starts with `prefix` and comes after `after`, in byte order of the key.
  virtual Result<std::vector<Record>> scan(Table table, ByteView prefix, ByteView after,
                                           std::size_t limit) const = 0;
};

class Writer : public Reader {
 public:
  // Fails with full when the map or the disk is.
  virtual Result<Done> put(Table table, ByteView key, ByteView value, Shelf shelf) = 0;
  // The same; fails with conflict if the key is taken.
  virtual Result<Done> put_new(Table table, ByteView key, ByteView value, Shelf shelf) = 0;
  // Succeeds whether or not the key was there.
  virtual Result<Done> erase(Table table, ByteView key) = 0;
  // As of the last commit, `bytes` fit and an eighth of the map is still free after that. Who asks before it
  // adds leaves room for what must not fail.
  virtual Result<bool> has_room(std::uint64_t bytes) const = 0;
};

// Durable transactions. Reads on any thread; writes from one thread at a time.
class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  virtual Result<Done> read(const std::function<Result<Done>(const Reader&)>& work) const = 0;
  // Commits with fsync if `work` succeeds; leaves no trace if it fails. After an error of the commit itself
  // the outcome is unknown: retry, the work must be idempotent.
  virtual Result<Done> write(const std::function<Result<Done>(Writer&)>& work) = 0;

  // Takes the records away whose shelf expired before `month` (months since 1970-01), looking at no more than
  // `limit` records at a time, from where the last call ended. When it comes to the end it destroys the keys
  // of these shelves, so that a copy of the store does not open there any more either. Gives whether it must
  // be called again.
  virtual Result<bool> forget_before(std::uint16_t month, std::size_t limit) = 0;

  // Opens every record, and counts them. Fails with unauthentic for one that was altered or is not where it
  // was put, absent for one whose key is not there, io when not as many are found as were stored.
  virtual Result<std::uint64_t> check() const = 0;
  // This process cannot write to it any more: the disk failed while it wrote the store's own head. What was
  // committed is there when it is opened again.
  virtual bool failed() const = 0;
};

}  // namespace seinhuis::store
