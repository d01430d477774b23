#pragma once

#include <functional>

#include "seinhuis/wire/record.h"

// The decision log: an append-only Merkle tree with the shape of RFC 9162, section 2.1, over BLAKE2b-256.
namespace seinhuis::proof {

// L"log" || kind || salt || record: what the log says of a record. Only who has salt and record can tell.
Hash log_leaf(LeafKind kind, const Hash& salt, ByteView record);

// H32(0x00 || leaf): the hash of a leaf in the tree.
Hash leaf_node(const Hash& leaf);

// A tree built again from the nodes of all its leaves, in order.
class Regrown {
 public:
  void add(const Hash& node);
  std::uint64_t size() const { return size_; }
  Hash root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> whole_;  // complete subtrees, the largest first
};

// The hash of leaves [index * 2^level, (index + 1) * 2^level) of a complete subtree. Level 0 is H32(0x00 ||
// leaf).
using NodeAt = std::function<Result<Hash>(std::uint8_t level, std::uint64_t index)>;
using KeepNode = std::function<Result<Done>(std::uint8_t level, std::uint64_t index, const Hash& node)>;

// Adds a leaf to a tree of `size` leaves: keeps its node and those of every subtree that it completes.
Result<Done> grow(std::uint64_t size, const Hash& leaf, const NodeAt& at, const KeepNode& keep);
// Section 2.1.1; the root of no leaves is H32 of nothing.
Result<Hash> root_of(std::uint64_t size, const NodeAt& at);
// Section 2.1.3.1. `index` < `size`.
Result<std::vector<Hash>> inclusion_path(std::uint64_t index, std::uint64_t size, const NodeAt& at);
// Section 2.1.4.1. 0 < `older` <= `size`.
Result<std::vector<Hash>> consistency_path(std::uint64_t older, std::uint64_t size, const NodeAt& at);

// The hashes of a path as they are sent, one behind the other; what is left over is not one.
std::vector<Hash> path_in(ByteView raw);

// Sections 2.1.3.2 and 2.1.4.2.
bool includes(const Hash& leaf, std::uint64_t index, const Head& head, const std::vector<Hash>& path);
bool extends(const Head& newer, const Head& older, const std::vector<Hash>& path);

// The proof shows `leaf`, and its head is one of this network and log, signed by `key`.
bool proves(const LogProof& proof, const Hash& leaf, const Hash& network, const Hash& log,
            const SignerKey& key);
// The promise is of this network, leaf and day, signed by `key`.
bool promises(const Promise& promise, const Hash& leaf, Day day, const Hash& network, const SignerKey& key);
// H32(L"quiet" || log id): the log of what names nobody.
Hash quiet_log_id(const Hash& log);
Hash head_hash(const Head& head);

}  // namespace seinhuis::proof
