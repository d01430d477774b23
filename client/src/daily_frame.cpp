#include "frame.h"
#include "seinhuis/base/packed.h"
#include "tables.h"
#include "unnamed.h"

// One frame a day to the anonymous endpoints, from every desk: a message that names nobody, or nothing that
// looks like one. Who watches the network sees the same from a desk that reports and one that does not.
namespace seinhuis::client {
namespace {

const Bytes due_key = copy(view("frame-due"));

}  // namespace

Result<Done> Unnamed::set_frame(store::Writer& writer, Instant due) {
  const auto at = static_cast<std::uint64_t>(due.time_since_epoch().count());
  return writer.put(state_table, due_key, ordered_key(at), store::permanent);
}

// Some moment of the day; in a sandbox, where nobody watches, its first.
Result<Instant> Unnamed::next_frame(Day day) const {
  if (client_.trusted_.network.root.sandbox) return day.begins();
  std::array<std::byte, 8> raw{};
  client_.parts_.random.fill(raw);
  const auto length = static_cast<std::uint64_t>((day.plus(1).begins() - day.begins()).count());
  return day.begins() + std::chrono::milliseconds(Unpacker(raw).number<std::uint64_t>() % length);
}

Result<Done> Unnamed::frame_when_due() {
  std::optional<Instant> due;
  auto looked = client_.parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto kept = reader.get(state_table, due_key);
    if (!kept) return kept.error();
    if (*kept) due = Instant(std::chrono::milliseconds(static_cast<std::int64_t>(number_in(**kept))));
    return Done{};
  });
  if (!looked) return looked;
  const Day today = client_.today();
  if (!due) {
    const auto first = next_frame(today);
    if (!first) return first.error();
    due = *first;
    auto kept = client_.parts_.store.write([&](store::Writer& writer) { return set_frame(writer, *due); });
    if (!kept) return kept;
  }
  if (client_.parts_.clock() < *due) return Done{};
  // Whatever comes of it: a desk that tried and failed does not come back sooner than one that had nothing.
  const auto next = next_frame(today.plus(1));
  if (!next) return next.error();
  auto kept = client_.parts_.store.write([&](store::Writer& writer) { return set_frame(writer, *next); });
  if (!kept) return kept;
  auto all = waiting();
  if (!all) return all.error();
  Frame frame(
      client_.trusted_.network, client_.policy(), today, client_.parts_.random,
      [this](Office office, Action action, Bytes body) { return ask(office, action, std::move(body)); });
  frame_ = &frame;
  if (all->empty()) {
    auto finished = frame.finish();
    frame_ = nullptr;
    return finished;
  }
  const auto outcome = settle(all->front().first, std::move(all->front().second));
  auto finished = frame.finish();
  frame_ = nullptr;
  if (!finished) return finished;
  return outcome ? Result<Done>(Done{}) : outcome.error();
}

}  // namespace seinhuis::client
