#include "seinhuis/broker/restored.h"

#include <algorithm>

#include "log_store.h"
#include "tables.h"

namespace seinhuis::broker {
namespace {

constexpr std::size_t at_once = 1000;
constexpr std::size_t max_keys = 10'000;

Result<Done> forget_all(store::Store& store, store::Table table) {
  for (;;) {
    std::size_t found = 0;
    auto done = store.write([&](store::Writer& writer) -> Result<Done> {
      const auto some = writer.scan(table, {}, {}, at_once);
      if (!some) return some.error();
      found = some->size();
      for (const store::Record& one : *some) {
        if (auto gone = writer.erase(table, one.key); !gone) return gone;
      }
      return Done{};
    });
    if (!done || found < at_once) return done;
  }
}

}  // namespace

Result<Done> note_copy(store::Store& store, Instant now) {
  return store.write([&](store::Writer& writer) {
    return writer.put(meta_table, view("copied"), number_key(milliseconds_of(now)), store::permanent);
  });
}

Result<RestoredMark> mark_restored(store::Store& store, const metadata::Directory& directory) {
  for (const store::Table table : {issued_table, crowd_table, spent_table}) {
    if (auto gone = forget_all(store, table); !gone) return gone.error();
  }
  RestoredMark mark;
  if (proof::find_notary(directory) == nullptr) {
    for (const metadata::TokenKey& key : directory.token_keys) mark.tokens.push_back(key.key);
  }
  const auto done = store.write([&](store::Writer& writer) -> Result<Done> {
    const auto copied = writer.get(meta_table, view("copied"));
    if (!copied) return copied.error();
    if (!*copied) return Error{Errc::malformed, "this is no copy that `seinhuisd backup` made"};
    mark.until = Instant(std::chrono::milliseconds(static_cast<std::int64_t>(big(**copied))));
    Packer out;
    out.raw(**copied).number(static_cast<std::uint32_t>(mark.tokens.size()));
    for (const PointBytes& key : mark.tokens) out.raw(key.bytes());
    return writer.put(meta_table, view("restored"), out.bytes(), store::permanent);
  });
  if (!done) return done.error();
  return mark;
}

Result<std::optional<RestoredMark>> restored_mark(const store::Reader& reader) {
  const auto kept = reader.get(meta_table, view("restored"));
  if (!kept) return kept.error();
  if (!*kept) return std::optional<RestoredMark>{};
  Unpacker in(**kept);
  RestoredMark mark;
  mark.until = Instant(std::chrono::milliseconds(static_cast<std::int64_t>(big(in.bytes(8)))));
  const auto count = in.number<std::uint32_t>();
  for (std::uint32_t n = 0; n < std::min<std::size_t>(count, max_keys) && !in.failed(); ++n)
    mark.tokens.push_back(in.id<PointBytes>());
  if (!in.ok()) return Error{Errc::io, "the mark of a restored store cannot be read"};
  return std::optional(std::move(mark));
}

Result<Done> clear_restored_mark(store::Writer& writer) { return writer.erase(meta_table, view("restored")); }

Result<std::uint64_t> log_size(const store::Store& store) {
  std::uint64_t size = 0;
  const auto read = store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto log = LogReader::open(reader);
    if (!log) return log.error();
    size = log->size();
    return Done{};
  });
  if (!read) return read.error();
  return size;
}

Result<Done> check_continued(const store::Store& store, const metadata::Directory& directory) {
  return store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto mark = restored_mark(reader);
    if (!mark) return mark.error();
    if (!*mark) return Done{};
    const auto log = LogReader::open(reader);
    if (!log) return log.error();
    const bool same_log = log->size() > 0 && log->head().head.log == directory.log_id;
    const bool same_tokens = std::ranges::any_of(directory.token_keys, [&](const metadata::TokenKey& key) {
      return std::ranges::find((*mark)->tokens, key.key) != (*mark)->tokens.end();
    });
    if (!same_log && !same_tokens) return Done{};
    return Error{Errc::refused,
                 std::string("this store was put back from a copy, and the directory still names ") +
                     (same_log ? "the log" : "token keys") +
                     " of before; sign what follows with: seinhuis network restored FOLDER, then publish it"};
  });
}

}  // namespace seinhuis::broker
