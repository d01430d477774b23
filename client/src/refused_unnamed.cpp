#include "tables.h"
#include "unnamed.h"

// What a desk keeps of messages that named nobody and were refused later.
namespace seinhuis::client {
namespace {

constexpr std::size_t most_shown = 1000;

}  // namespace

// Of what was refused a desk keeps the day and why, and not what it was.
Result<Done> Unnamed::note_refusal(store::Writer& writer, const Outcome& outcome) const {
  Bytes key = ordered_key(client_.today().days());
  append(key, client_.parts_.random.draw<MessageId>().bytes());
  const std::string why = std::string(to_string(outcome.code)) + ": " + outcome.text;
  return writer.put(refused_unnamed_table, key, view(why), store::permanent);
}

Result<std::vector<std::pair<Day, std::string>>> Client::refused_unnamed() const {
  std::vector<std::pair<Day, std::string>> all;
  const auto read = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto kept = reader.scan(refused_unnamed_table, {}, {}, most_shown);
    if (!kept) return kept.error();
    for (const store::Record& record : *kept)
      all.emplace_back(Day(static_cast<std::uint32_t>(number_in(ByteView(record.key).first(8)))),
                       std::string(text_of(record.value)));
    return Done{};
  });
  if (!read) return read.error();
  return all;
}

}  // namespace seinhuis::client
