#include "seinhuis/proof/log.h"

#include <bit>

#include "seinhuis/base/packed.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/sign.h"

namespace seinhuis::proof {
namespace {

constexpr std::byte leaf_mark{0};
constexpr std::byte node_mark{1};

Hash joined(const Hash& left, const Hash& right) {
  return h32({ByteView(&node_mark, 1), left.bytes(), right.bytes()});
}

// The largest power of two below n (n > 1).
std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

// Hash of leaves [first, first + count); `first` is a multiple of the subtree it starts.
Result<Hash> hash_of(std::uint64_t first, std::uint64_t count, const NodeAt& at) {
  if (std::has_single_bit(count)) {
    const auto level = static_cast<std::uint8_t>(std::countr_zero(count));
    return at(level, first >> level);
  }
  const std::uint64_t k = split(count);
  auto left = hash_of(first, k, at);
  if (!left) return left;
  auto right = hash_of(first + k, count - k, at);
  if (!right) return right;
  return joined(*left, *right);
}

Result<Done> add_hash(std::vector<Hash>& path, std::uint64_t first, std::uint64_t count, const NodeAt& at) {
  const auto hash = hash_of(first, count, at);
  if (!hash) return hash.error();
  path.push_back(*hash);
  return Done{};
}

Result<Done> include(std::vector<Hash>& path, std::uint64_t index, std::uint64_t first, std::uint64_t count,
                     const NodeAt& at) {
  if (count == 1) return Done{};
  const std::uint64_t k = split(count);
  const bool left = index < k;
  if (auto done =
          left ? include(path, index, first, k, at) : include(path, index - k, first + k, count - k, at);
      !done) {
    return done;
  }
  return left ? add_hash(path, first + k, count - k, at) : add_hash(path, first, k, at);
}

Result<Done> connect(std::vector<Hash>& path, std::uint64_t older, std::uint64_t first, std::uint64_t count,
                     bool whole, const NodeAt& at) {
  if (older == count) return whole ? Result<Done>(Done{}) : add_hash(path, first, count, at);
  const std::uint64_t k = split(count);
  if (older <= k) {
    if (auto done = connect(path, older, first, k, whole, at); !done) return done;
    return add_hash(path, first + k, count - k, at);
  }
  if (auto done = connect(path, older - k, first + k, count - k, false, at); !done) return done;
  return add_hash(path, first, k, at);
}

}  // namespace

Hash leaf_node(const Hash& leaf) { return h32({ByteView(&leaf_mark, 1), leaf.bytes()}); }

void Regrown::add(const Hash& node) {
  whole_.push_back(node);
  for (std::uint64_t index = size_++; (index & 1U) != 0; index >>= 1U) {
    const Hash right = whole_.back();
    whole_.pop_back();
    whole_.back() = joined(whole_.back(), right);
  }
}

Hash Regrown::root() const {
  if (whole_.empty()) return h32(ByteView());
  Hash root = whole_.back();
  for (std::size_t n = whole_.size() - 1; n-- > 0;) root = joined(whole_[n], root);
  return root;
}

Hash log_leaf(LeafKind kind, const Hash& salt, ByteView record) {
  return h32(
      {Packer().label("log").number(static_cast<std::uint8_t>(kind)).raw(salt.bytes()).bytes(), record});
}

Result<Done> grow(std::uint64_t size, const Hash& leaf, const NodeAt& at, const KeepNode& keep) {
  Hash node = leaf_node(leaf);
  std::uint64_t index = size;
  for (std::uint8_t level = 0;; ++level, index >>= 1U) {
    if (auto kept = keep(level, index, node); !kept) return kept;
    if ((index & 1U) == 0) return Done{};
    const auto left = at(level, index - 1);
    if (!left) return left.error();
    node = joined(*left, node);
  }
}

Result<Hash> root_of(std::uint64_t size, const NodeAt& at) {
  if (size == 0) return h32(ByteView());
  return hash_of(0, size, at);
}

Result<std::vector<Hash>> inclusion_path(std::uint64_t index, std::uint64_t size, const NodeAt& at) {
  require(index < size, "a leaf is within its tree");
  std::vector<Hash> path;
  if (auto done = include(path, index, 0, size, at); !done) return done.error();
  return path;
}

Result<std::vector<Hash>> consistency_path(std::uint64_t older, std::uint64_t size, const NodeAt& at) {
  require(older > 0 && older <= size, "a tree grows");
  std::vector<Hash> path;
  if (auto done = connect(path, older, 0, size, true, at); !done) return done.error();
  return path;
}

bool includes(const Hash& leaf, std::uint64_t index, const Head& head, const std::vector<Hash>& path) {
  if (index >= head.size) return false;
  std::uint64_t fn = index;
  std::uint64_t sn = head.size - 1;
  Hash r = leaf_node(leaf);
  for (const Hash& p : path) {
    if (sn == 0) return false;
    if ((fn & 1U) != 0 || fn == sn) {
      r = joined(p, r);
      while ((fn & 1U) == 0 && fn != 0) {
        fn >>= 1U;
        sn >>= 1U;
      }
    } else {
      r = joined(r, p);
    }
    fn >>= 1U;
    sn >>= 1U;
  }
  return sn == 0 && r == head.root;
}

bool extends(const Head& newer, const Head& older, const std::vector<Hash>& path) {
  if (older.network != newer.network || older.log != newer.log || older.size > newer.size) return false;
  if (older.size == 0) return path.empty();
  if (older.size == newer.size) return path.empty() && older.root == newer.root;
  std::vector<Hash> steps;
  if (std::has_single_bit(older.size)) steps.push_back(older.root);
  steps.insert(steps.end(), path.begin(), path.end());
  if (steps.empty()) return false;
  std::uint64_t fn = older.size - 1;
  std::uint64_t sn = newer.size - 1;
  while ((fn & 1U) != 0) {
    fn >>= 1U;
    sn >>= 1U;
  }
  Hash fr = steps[0];
  Hash sr = steps[0];
  for (std::size_t n = 1; n < steps.size(); ++n) {
    if (sn == 0) return false;
    if ((fn & 1U) != 0 || fn == sn) {
      fr = joined(steps[n], fr);
      sr = joined(steps[n], sr);
      while ((fn & 1U) == 0 && fn != 0) {
        fn >>= 1U;
        sn >>= 1U;
      }
    } else {
      sr = joined(sr, steps[n]);
    }
    fn >>= 1U;
    sn >>= 1U;
  }
  return sn == 0 && fr == older.root && sr == newer.root;
}

std::vector<Hash> path_in(ByteView raw) {
  std::vector<Hash> path;
  for (; raw.size() >= Hash::size; raw = raw.subspan(Hash::size))
    path.push_back(Hash::from_bytes(raw.first<Hash::size>()));
  return path;
}

bool promises(const Promise& promise, const Hash& leaf, Day day, const Hash& network, const SignerKey& key) {
  return promise.network == network && promise.leaf == leaf && promise.day == day &&
         verifies(key, promise.signature, unsigned_bytes(promise));
}

Hash quiet_log_id(const Hash& log) { return h32(Packer().label("quiet").raw(log.bytes()).bytes()); }

Hash head_hash(const Head& head) { return h32(encode(head)); }

bool proves(const LogProof& proof, const Hash& leaf, const Hash& network, const Hash& log,
            const SignerKey& key) {
  const Head& head = proof.head.head;
  return head.network == network && head.log == log && verifies(key, proof.head.signature, encode(head)) &&
         includes(leaf, proof.index, head, proof.path);
}

}  // namespace seinhuis::proof
