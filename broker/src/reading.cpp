#include "board.h"
#include "continued.h"
#include "evaluations.h"
#include "h0_index.h"
#include "quiet.h"
#include "seinhuis/broker/ledger.h"
#include "seinhuis/wire/audit.h"
#include "tables.h"
#include "tokens.h"
#include "transaction.h"

// The answers of the ledger that change nothing.
namespace seinhuis::broker {
namespace {

Tree tree_named(std::string_view name) { return name == "quiet" ? Tree::quiet : Tree::main; }

Result<Done> show_days(const store::Reader& reader, Reply& reply) {
  const auto oldest = reader.scan(board_table, {}, {}, 1);
  const auto next = reader.get(meta_table, view("board-next"));
  if (!oldest || !next) return oldest ? next.error() : oldest.error();
  if (oldest->empty() || !*next) return Done{};
  reply.items.push_back({big(oldest->front().key), {}});
  reply.items.push_back({big(**next) - 1, {}});
  return Done{};
}

Result<Done> show_day(const store::Reader& reader, std::uint64_t day, Reply& reply) {
  Bytes key;
  put_big(key, day, 4);
  const auto kept = reader.get(board_table, key);
  if (!kept) return kept.error();
  if (!*kept) {
    reply.code = Code::absent;
    reply.text = "the board has no such day";
    return Done{};
  }
  Unpacker in(**kept);
  const auto leaf = in.number<std::uint64_t>();
  const ByteView record = in.sized(1024);
  const auto log = LogReader::open(reader);
  if (!log) return log.error();
  const auto proof = log->prove(leaf);
  if (!proof) return proof.error();
  reply.items.push_back({0, copy(record)});
  reply.items.push_back({0, encode(*proof)});
  reply.items.push_back({0, copy(in.rest())});
  return Done{};
}

constexpr std::size_t max_audit_leaves = 512;
constexpr std::size_t max_audit_bytes = 1U << 20U;

// A read-only answer: whatever the store cannot do becomes the reply's code.
Reply answer_from(const store::Store& store,
                  const std::function<Result<Done>(const store::Reader&, Reply&)>& work) {
  Reply reply;
  const auto done = store.read([&](const store::Reader& reader) { return work(reader, reply); });
  return done ? reply : error_reply(done.error());
}

// What the decision behind a delivery record was made from, as far as it is still here.
Result<Done> add_context(const store::Reader& reader, std::uint64_t index, AuditLeaf& leaf) {
  const auto record = decode_record(leaf.record);
  if (!record) return Error{Errc::io, "a stored delivery record cannot be read"};
  const auto id = message_of(reader, record->h0);
  if (!id) return id.error();
  const auto kept =
      *id ? reader.get(signal_table, (*id)->bytes()) : Result<std::optional<Bytes>>(std::nullopt);
  if (!kept) return kept.error();
  if (!*kept) return Done{};
  auto signal = decode_signal(**kept);
  if (!signal) return signal.error();
  leaf.prologue = std::move(signal->prologue);
  leaf.statements = std::move(signal->statements);
  const auto applied = reader.get(applied_table, number_key(index));  // of the main log
  if (!applied) return applied.error();
  if (*applied && signal->cell_key.empty()) {
    Unpacker in(**applied);
    while (!in.failed() && !in.rest().empty())
      leaf.statements.push_back({Hash::zero(), copy(in.sized(max_audit_bytes))});
  }
  const auto prologue = decode_prologue(leaf.prologue);
  if (!prologue) return prologue.error();
  if (prologue->parent.is_zero()) return Done{};
  const auto parent = find_parent_in(reader, prologue->parent);
  if (!parent) return parent.error();
  if (!*parent) return Done{};
  leaf.parent = (*parent)->raw;
  leaf.recipients = (*parent)->recipients;
  std::ranges::sort(leaf.recipients);
  leaf.obliged = (*parent)->obliged;
  std::ranges::sort(leaf.obliged);
  return Done{};
}

Result<AuditLeaf> audit_leaf(const store::Reader& reader, const LogReader& log, std::uint64_t index) {
  AuditLeaf leaf;
  const auto node = log.node(index);
  if (!node) return node.error();
  leaf.node = *node;
  const auto content = log.content(index);
  const bool destroyed = !content && content.error().code == Errc::absent;  // the key of its month
  if (!content && !destroyed) return content.error();
  leaf.erased = destroyed || !*content;
  if (leaf.erased) return leaf;
  Unpacker in(**content);
  leaf.kind = static_cast<LeafKind>(in.number<std::uint8_t>());
  leaf.salt = in.id<Hash>();
  leaf.record = copy(in.rest());
  if (leaf.kind != LeafKind::delivery) return leaf;
  if (auto added = add_context(reader, index, leaf); !added) return added.error();
  return leaf;
}

}  // namespace

Reply Ledger::follow(std::string_view desk, const MessageId& message) const {
  return answer_from(store_, [&](const store::Reader& reader, Reply& reply) -> Result<Done> {
    const auto kept = reader.get(signal_table, message.bytes());
    if (!kept) return kept.error();
    const auto signal = *kept ? decode_signal(**kept) : Result<StoredSignal>(Error{Errc::absent, ""});
    const auto prologue =
        signal ? decode_prologue(signal->prologue) : Result<Prologue>(Error{Errc::absent, ""});
    if (!prologue || prologue->sender != desk) {
      reply.code = Code::absent;
      reply.text = "this desk sent no such message";
      return Done{};
    }
    const auto log = LogReader::open(reader);
    if (!log) return log.error();
    const auto steps = reader.scan(status_table, message.bytes(), {}, max_steps);
    if (!steps) return steps.error();
    for (const store::Record& step : *steps) {
      auto status = decode_stored_status(step.value);
      if (!status) return status.error();
      auto proof = log->prove(status->leaf);
      if (!proof) return proof.error();
      reply.items.push_back({0, encode(StatusEntry{status->step, status->at, status->desk, status->statement,
                                                   status->salt, *std::move(proof)})});
    }
    return Done{};
  });
}

Reply Ledger::record(std::string_view desk, const MessageId& message) const {
  return answer_from(store_, [&](const store::Reader& reader, Reply& reply) -> Result<Done> {
    const auto kept = reader.get(record_table, joined_key(message, desk_tag(desk)));
    if (!kept) return kept.error();
    if (!*kept) {
      reply.code = Code::absent;
      reply.text = "nothing of this message was delivered to this desk";
      return Done{};
    }
    const auto record = decode_stored_record(**kept);
    if (!record) return record.error();
    const bool quiet = record->leaf == held_leaf;
    const auto index =
        quiet ? quiet_index(reader, proof::log_leaf(LeafKind::delivery, record->salt, record->record))
              : Result<std::optional<std::uint64_t>>(record->leaf);
    if (!index) return index.error();
    if (!*index) {
      reply.code = Code::absent;
      reply.text = "it is in the log when the day is over";
      return Done{};
    }
    const auto log = LogReader::open(reader, quiet ? Tree::quiet : Tree::main);
    if (!log) return log.error();
    const auto proof = log->prove(**index);
    if (!proof) return proof.error();
    reply.items.push_back({0, Packer().raw(record->salt.bytes()).raw(record->record).take()});
    reply.items.push_back({1, encode(*proof)});
    return Done{};
  });
}

Reply Ledger::tombstone(const Hash& manifest) const {
  return answer_from(store_, [&](const store::Reader& reader, Reply& reply) -> Result<Done> {
    const auto index = reader.get(refusal_table, manifest.bytes());
    if (!index) return index.error();
    const auto leaf = *index ? reader.get(leaf_table, **index) : Result<std::optional<Bytes>>(std::nullopt);
    if (!leaf) return leaf.error();
    if (!*leaf) {
      reply.code = Code::absent;
      reply.text = "no message with this manifest was refused";
      return Done{};
    }
    const auto log = LogReader::open(reader);
    if (!log) return log.error();
    const auto proof = log->prove(big(**index));
    if (!proof) return proof.error();
    reply.items.push_back({0, copy(ByteView(**leaf).subspan(1))});  // behind the kind: salt || tombstone
    reply.items.push_back({1, encode(*proof)});
    return Done{};
  });
}

Reply Ledger::counts(Day today) const {
  return answer_from(store_, [&](const store::Reader& reader, Reply& reply) -> Result<Done> {
    auto counts = evaluated_before(reader, today);
    if (!counts) return counts.error();
    for (Bytes& count : *counts) reply.items.push_back({0, std::move(count)});
    return Done{};
  });
}

Reply Ledger::crowd(const TokenKind& kind) const {
  return answer_from(store_, [&](const store::Reader& reader, Reply& reply) -> Result<Done> {
    const auto names = crowd_of(reader, kind);
    if (!names) return names.error();
    for (const std::string& name : *names) reply.items.push_back({0, copy(view(name))});
    return Done{};
  });
}

Reply Ledger::head(std::string_view log_name) const {
  return answer_from(store_, [&](const store::Reader& reader, Reply& reply) -> Result<Done> {
    const auto log = LogReader::open(reader, tree_named(log_name));
    if (!log) return log.error();
    if (log->size() == 0) return Done{};
    reply.items.push_back({0, encode(log->head())});
    auto origins = origins_of(reader);
    if (!origins) return origins.error();
    for (Bytes& origin : *origins) reply.items.push_back({0, std::move(origin)});
    return Done{};
  });
}

Reply Ledger::growth(std::string_view log_name, std::uint64_t older, std::uint64_t newer) const {
  return answer_from(store_, [&](const store::Reader& reader, Reply& reply) -> Result<Done> {
    const auto log = LogReader::open(reader, tree_named(log_name));
    if (!log) return log.error();
    if (older == 0 || older > newer || newer > log->size()) {
      reply.code = Code::absent;
      reply.text = "the log has no two heads of these sizes";
      return Done{};
    }
    const auto path = log->growth(older, newer);
    if (!path) return path.error();
    Bytes hashes;
    for (const Hash& step : *path) append(hashes, step.bytes());
    reply.items.push_back({0, std::move(hashes)});
    return Done{};
  });
}

Reply Ledger::cards(Day today) const {
  return answer_from(store_, [&](const store::Reader& reader, Reply& reply) -> Result<Done> {
    constexpr std::size_t page = 1000;
    Bytes after;
    for (;;) {
      const auto kept = reader.scan(card_table, {}, after, page);
      if (!kept) return kept.error();
      for (const store::Record& one : *kept) {
        const auto card = decode_card(one.value);
        if (!card) return card.error();
        if (card->until >= today) reply.items.push_back({0, one.value});
      }
      if (kept->size() < page) return Done{};
      after = kept->back().key;
    }
  });
}

Reply Ledger::audit(std::string_view log_name, std::uint64_t after) const {
  return answer_from(store_, [&](const store::Reader& reader, Reply& reply) -> Result<Done> {
    const auto log = LogReader::open(reader, tree_named(log_name));
    if (!log) return log.error();
    std::size_t bytes = 0;
    for (std::uint64_t index = after; index < log->size(); ++index) {
      const auto leaf = audit_leaf(reader, *log, index);
      if (!leaf) return leaf.error();
      reply.items.push_back({index + 1, encode(*leaf)});
      bytes += reply.items.back().body.size();
      if (reply.items.size() >= max_audit_leaves || bytes >= max_audit_bytes) break;
    }
    return Done{};
  });
}

Reply Ledger::posted(std::string_view desk, const Hash& h0, std::uint32_t seq) const {
  return answer_from(store_, [&](const store::Reader& reader, Reply& reply) -> Result<Done> {
    const auto parts = reader.scan(posted_table, posted_key(h0, desk, seq), {}, cells_of_a_desk);
    if (!parts) return parts.error();
    for (const store::Record& part : *parts) reply.items.push_back({0, part.value});
    return Done{};
  });
}

Reply Ledger::board(std::uint64_t day) const {
  return answer_from(store_, [&](const store::Reader& reader, Reply& reply) {
    return day == 0 ? show_days(reader, reply) : show_day(reader, day, reply);
  });
}

}  // namespace seinhuis::broker
