#include "h0_index.h"

#include "seinhuis/base/packed.h"
#include "tables.h"

namespace seinhuis::broker {
namespace {

const Bytes newest_key = copy(view("h0-newest"));
constexpr std::size_t day_size = 4;

Bytes key_of(std::uint32_t day, const Hash& h0) {
  Bytes key;
  put_big(key, day, day_size);
  append(key, h0.bytes());
  return key;
}

Result<std::uint32_t> newest_day(const store::Reader& reader) {
  const auto kept = reader.get(meta_table, newest_key);
  if (!kept) return kept.error();
  return *kept ? static_cast<std::uint32_t>(big(**kept)) : 0;
}

Result<std::optional<MessageId>> found_at(const store::Reader& reader, store::Table table, ByteView key) {
  const auto kept = reader.get(table, key);
  if (!kept) return kept.error();
  if (!*kept) return std::optional<MessageId>{};
  const auto message = MessageId::parse(**kept);
  return message ? Result<std::optional<MessageId>>(*message) : message.error();
}

}  // namespace

Result<Done> index_h0(store::Writer& writer, const Hash& h0, Day came, const MessageId& message,
                      store::Shelf shelf) {
  const auto newest = newest_day(writer);
  if (!newest) return newest.error();
  if (*newest < came.days()) {
    if (auto put = writer.put(meta_table, newest_key, number_key(came.days()), store::permanent); !put)
      return put;
  }
  return writer.put(h0_day_table, key_of(came.days(), h0), message.bytes(), shelf);
}

Result<std::optional<MessageId>> message_of(const store::Reader& reader, const Hash& h0) {
  const auto newest = newest_day(reader);
  const auto first = reader.scan(h0_day_table, {}, {}, 1);
  if (!newest || !first) return newest ? first.error() : newest.error();
  if (!first->empty()) {
    const auto oldest = big(ByteView(first->front().key).first(day_size));
    for (std::uint32_t day = *newest; day >= oldest && day > 0; --day) {
      auto found = found_at(reader, h0_day_table, key_of(day, h0));
      if (!found || *found) return found;
    }
  }
  return found_at(reader, old_h0_table, h0.bytes());
}

}  // namespace seinhuis::broker
