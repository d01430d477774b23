#include "owed.h"

#include "tables.h"

namespace seinhuis::broker {
namespace {

constexpr std::uint64_t bytes_a_delivery =
    8192;  // record, receipt, their leaves and nodes, and pages not filled

Result<std::uint64_t> owed(const store::Writer& writer) {
  const auto kept = writer.get(meta_table, view("owed"));
  if (!kept) return kept.error();
  return *kept ? big(**kept) : 0;
}

}  // namespace

Result<Done> owe(store::Writer& writer, std::size_t slots) {
  const auto now = owed(writer);
  if (!now) return now.error();
  return writer.put(meta_table, view("owed"), number_key(*now + slots), store::permanent);
}

Result<Done> settle(store::Writer& writer, std::size_t slots) {
  const auto now = owed(writer);
  if (!now) return now.error();
  require(*now >= slots, "what is settled was owed");
  return writer.put(meta_table, view("owed"), number_key(*now - slots), store::permanent);
}

Result<bool> has_room(const store::Writer& writer, std::size_t bytes) {
  const auto now = owed(writer);
  if (!now) return now.error();
  return writer.has_room(*now * bytes_a_delivery + bytes);
}

}  // namespace seinhuis::broker
