#include "quiet.h"

#include "tables.h"

namespace seinhuis::broker {

Result<Done> hold_leaf(store::Writer& writer, LeafKind kind, const Hash& salt, ByteView record,
                       store::Shelf shelf, Day day) {
  const Hash leaf = proof::log_leaf(kind, salt, record);
  const Bytes held = Packer()
                         .day(day)
                         .number(static_cast<std::uint8_t>(shelf.retention))
                         .number(shelf.month)
                         .number(static_cast<std::uint8_t>(kind))
                         .raw(salt.bytes())
                         .raw(record)
                         .take();
  return writer.put(quiet_waiting_table, leaf.bytes(), held, shelf);
}

Result<Done> append_held(store::Writer& writer, LogWriter& quiet, Day today) {
  constexpr std::size_t page = 1000;
  Bytes after;
  for (;;) {
    const auto waiting = writer.scan(quiet_waiting_table, {}, after, page);
    if (!waiting) return waiting.error();
    for (const store::Record& held : *waiting) {
      after = held.key;
      Unpacker in(held.value);
      if (in.day() >= today) continue;
      store::Shelf shelf;
      shelf.retention = in.number<std::uint8_t>();
      shelf.month = in.number<std::uint16_t>();
      const auto kind = static_cast<LeafKind>(in.number<std::uint8_t>());
      const auto salt = in.id<Hash>();
      const auto index = quiet.append(kind, salt, in.rest(), shelf);
      if (!index) return index.error();
      if (auto put = writer.put(quiet_index_table, held.key, number_key(*index), store::permanent); !put)
        return put;
      if (auto gone = writer.erase(quiet_waiting_table, held.key); !gone) return gone;
    }
    if (waiting->size() < page) return Done{};
  }
}

Result<std::optional<std::uint64_t>> quiet_index(const store::Reader& reader, const Hash& leaf) {
  const auto kept = reader.get(quiet_index_table, leaf.bytes());
  if (!kept) return kept.error();
  return *kept ? std::optional(big(**kept)) : std::optional<std::uint64_t>{};
}

}  // namespace seinhuis::broker
