#include "log_store.h"

#include "tables.h"

namespace seinhuis::broker {
namespace {

Bytes node_key(std::uint8_t level, std::uint64_t index) {
  Bytes key{std::byte{level}};
  put_big(key, index, 8);
  return key;
}

store::Table nodes_of(Tree tree) { return tree == Tree::main ? node_table : quiet_node_table; }
store::Table leaves_of(Tree tree) { return tree == Tree::main ? leaf_table : quiet_leaf_table; }
ByteView head_of(Tree tree) { return tree == Tree::main ? view("head") : view("quiet-head"); }

Result<Done> load(const store::Reader& reader, Tree tree, SignedHead& head) {
  const auto kept = reader.get(meta_table, head_of(tree));
  if (!kept) return kept.error();
  if (!*kept) return Done{};
  auto decoded = decode_head(**kept);
  if (!decoded) return Error{Errc::io, "the stored log head cannot be read"};
  head = *decoded;
  return Done{};
}

}  // namespace

Result<LogReader> LogReader::open(const store::Reader& reader, Tree tree) {
  LogReader log(reader, tree);
  if (auto loaded = load(reader, tree, log.head_); !loaded) return loaded.error();
  log.size_ = log.head_.head.size;
  return log;
}

proof::NodeAt LogReader::nodes() const {
  return [this](std::uint8_t level, std::uint64_t index) -> Result<Hash> {
    if (const auto known = seen_.find({level, index}); known != seen_.end()) return known->second;
    const auto kept = reader_->get(nodes_of(tree_), node_key(level, index));
    if (!kept) return kept.error();
    if (!*kept) return Error{Errc::io, "a node of the log is missing"};
    auto node = Hash::parse(**kept);
    if (node) seen_.emplace(std::pair(level, index), *node);
    return node;
  };
}

Result<LogProof> LogReader::prove(std::uint64_t index) const {
  auto path = proof::inclusion_path(index, head_.head.size, nodes());
  if (!path) return path.error();
  return LogProof{index, *std::move(path), head_};
}

Result<std::vector<Hash>> LogReader::growth(std::uint64_t older, std::uint64_t newer) const {
  return proof::consistency_path(older, newer, nodes());
}

Result<std::optional<Bytes>> LogReader::content(std::uint64_t index) const {
  return reader_->get(leaves_of(tree_), number_key(index));
}

Result<LogWriter> LogWriter::open(store::Writer& writer, Tree tree) {
  LogWriter log(writer, tree);
  if (auto loaded = load(writer, tree, log.head_); !loaded) return loaded.error();
  log.size_ = log.head_.head.size;
  return log;
}

Result<std::uint64_t> LogWriter::append(LeafKind kind, const Hash& salt, ByteView record,
                                        store::Shelf shelf) {
  const Hash leaf = proof::log_leaf(kind, salt, record);
  const auto keep = [this](std::uint8_t level, std::uint64_t index, const Hash& node) {
    seen_.insert_or_assign({level, index}, node);
    return writer_->put(nodes_of(tree_), node_key(level, index), node.bytes(), store::permanent);
  };
  if (auto grown = proof::grow(size_, leaf, nodes(), keep); !grown) return grown.error();
  const Bytes content = Packer().number(static_cast<std::uint8_t>(kind)).raw(salt.bytes()).raw(record).take();
  if (auto kept = writer_->put(leaves_of(tree_), number_key(size_), content, shelf); !kept)
    return kept.error();
  return size_++;
}

Result<Done> LogWriter::close(const proof::Signer& key, const Hash& network, const Hash& log) {
  if (size_ == head_.head.size && (size_ == 0 || head_.head.log == log)) return Done{};
  const auto root = proof::root_of(size_, nodes());
  if (!root) return root.error();
  const Hash previous = head_.head.size == 0 ? Hash::zero() : proof::head_hash(head_.head);
  head_.head = {network, log, size_, *root, previous};
  head_.signature = key.sign(encode(head_.head));
  return writer_->put(meta_table, head_of(tree_), encode(head_), store::permanent);
}

}  // namespace seinhuis::broker
