#pragma once

#include "seinhuis/store/lmdb.h"
#include "simulation/cast.h"
#include "support.h"

// The real ledger on the real store on disk, one message after the other.
namespace seinhuis::fault {

const simulation::Cast& cast();

class Kept {
 public:
  explicit Kept(std::size_t map_bytes = 1U << 24U);
  void open();
  void close() { store_.reset(); }

  broker::Admitted message() { return cast().named(chance_, cast().begin()); }
  // The broker's answer; what it answers with ok is acknowledged.
  Code submit(const broker::Admitted& message);
  // Another message, a fetch by whom they are for, receipts of all that came.
  void some_work();

  struct Acknowledged {
    MessageId message = MessageId::zero();
    std::size_t after = 0;  // calls of the disk that had been made
  };
  const std::vector<Acknowledged>& acknowledged() const { return acknowledged_; }
  // All of these.
  std::vector<MessageId> messages() const;
  store::Store& store() { return *store_; }
  broker::Ledger& ledger() { return *ledger_; }
  const broker::World& world() const { return worlds_[0]; }
  std::filesystem::path folder() const { return home_.path() / "store"; }
  std::filesystem::path data() const { return folder() / "data.mdb"; }

 private:
  Code ask(broker::Command command);

  test::Folder home_;
  std::size_t map_bytes_;
  simulation::Chance chance_{7};
  SystemRandom random_;
  simulation::Cast::Worlds worlds_ = cast().worlds();
  std::unique_ptr<store::Store> store_;
  std::optional<broker::Ledger> ledger_;
  std::vector<Acknowledged> acknowledged_;
};

// What is wrong with a store that says it holds these; empty when nothing is. Opens every record, follows
// every message, and builds the root of the log again.
std::string wrong_with(store::Store& store, const std::vector<MessageId>& messages);
// The same of a copy, `data` beside the keys in `keys`, and that it holds so many records (0: any number).
// Looked at by a process of its own, as LMDB may be led astray by what is no store any more: then "ended".
std::string wrong_with_image(const Bytes& data, const std::filesystem::path& keys,
                             const std::vector<MessageId>& messages, std::uint64_t records = 0);

}  // namespace seinhuis::fault
