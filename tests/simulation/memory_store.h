#pragma once

#include <map>

#include "seinhuis/store/store.h"

namespace seinhuis::simulation {

// What becomes of a transaction.
enum class Trouble : std::uint8_t {
  none,
  lost,      // it fails, and left no trace
  unknown,   // it is said to have failed, and did not
  disk_full  // the first record that is put finds no room
};

// A store in memory, without sealing. One thread.
class MemoryStore final : public store::Store {
 public:
  // Of the next write only.
  void trouble(Trouble next) { next_ = next; }
  // Transactions that left a trace.
  std::uint64_t changes() const { return changes_; }

  Result<Done> read(const std::function<Result<Done>(const store::Reader&)>& work) const override;
  Result<Done> write(const std::function<Result<Done>(store::Writer&)>& work) override;
  Result<bool> forget_before(std::uint16_t month, std::size_t limit) override;
  Result<std::uint64_t> check() const override { return records_.size(); }
  bool failed() const override { return false; }

 private:
  class View;
  struct Kept {
    Bytes value;
    store::Shelf shelf;
  };
  using Records = std::map<std::string, Kept>;  // table || key
  Records records_;
  Trouble next_ = Trouble::none;
  std::uint64_t changes_ = 0;
};

}  // namespace seinhuis::simulation
