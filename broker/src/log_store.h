#pragma once

#include <map>

#include "seinhuis/proof/log.h"
#include "seinhuis/proof/sign.h"
#include "seinhuis/store/store.h"

namespace seinhuis::broker {

// The broker keeps two: what names nobody goes to the quiet one, once a day (quiet.h).
enum class Tree : std::uint8_t { main, quiet };

// The log as it stands in a transaction.
class LogReader {
 public:
  // Fails as the store does.
  static Result<LogReader> open(const store::Reader& reader, Tree tree = Tree::main);

  std::uint64_t size() const { return size_; }
  const SignedHead& head() const { return head_; }  // size 0 and no signature before the first
  Result<LogProof> prove(std::uint64_t index) const;
  // u8 kind || salt || record; nothing when it is erased. Fails with absent when the key of its month is
  // gone.
  Result<std::optional<Bytes>> content(std::uint64_t index) const;
  // H32(0x00 || leaf) of the leaf at `index` < size().
  Result<Hash> node(std::uint64_t index) const { return nodes()(0, index); }
  // 0 < `older` <= `newer` <= size().
  Result<std::vector<Hash>> growth(std::uint64_t older, std::uint64_t newer) const;

 protected:
  LogReader(const store::Reader& reader, Tree tree) : reader_(&reader), tree_(tree) {}
  proof::NodeAt nodes() const;

  const store::Reader* reader_;
  Tree tree_;
  std::uint64_t size_ = 0;
  SignedHead head_;
  // Nodes read or written in this transaction: the proofs of one commit share most of their paths.
  mutable std::map<std::pair<std::uint8_t, std::uint64_t>, Hash> seen_;
};

// Appends within one write transaction; one head signs all of it.
class LogWriter : public LogReader {
 public:
  static Result<LogWriter> open(store::Writer& writer, Tree tree = Tree::main);

  // Gives the leaf's index. The record is kept for audit under `shelf`, the hash for ever.
  Result<std::uint64_t> append(LeafKind kind, const Hash& salt, ByteView record, store::Shelf shelf);
  // Signs a new head if anything was appended, or the last is of another log.
  Result<Done> close(const proof::Signer& key, const Hash& network, const Hash& log);

 private:
  LogWriter(store::Writer& writer, Tree tree) : LogReader(writer, tree), writer_(&writer) {}
  store::Writer* writer_;
};

}  // namespace seinhuis::broker
