#include "simulation/memory_store.h"

namespace seinhuis::simulation {
namespace {

std::string place(store::Table table, ByteView key) {
  std::string out;
  out.reserve(key.size() + 1);
  out.push_back(static_cast<char>(table));
  out.append(text_of(key));
  return out;
}

}  // namespace

class MemoryStore::View final : public store::Writer {
 public:
  View(Records& records, bool full) : records_(records), full_(full) {}

  Result<std::optional<Bytes>> get(store::Table table, ByteView key) const override {
    const auto found = records_.find(place(table, key));
    return found == records_.end() ? std::optional<Bytes>{} : std::optional(found->second.value);
  }
  Result<std::vector<store::Record>> scan(store::Table table, ByteView prefix, ByteView after,
                                          std::size_t limit) const override {
    const std::string wanted = place(table, prefix);
    const std::string behind = place(table, after);
    auto at = after.empty() || behind < wanted ? records_.lower_bound(wanted) : records_.upper_bound(behind);
    std::vector<store::Record> found;
    for (; at != records_.end() && found.size() < limit && at->first.starts_with(wanted); ++at)
      found.push_back({copy(view(at->first).subspan(1)), at->second.value});
    return found;
  }
  Result<Done> put(store::Table table, ByteView key, ByteView value, store::Shelf shelf) override {
    if (full_) return Error{Errc::full, "no room"};
    Kept& record = remember(place(table, key))->second;
    record.value.assign(value.begin(), value.end());
    record.shelf = shelf;
    return Done{};
  }
  Result<Done> put_new(store::Table table, ByteView key, ByteView value, store::Shelf shelf) override {
    if (records_.contains(place(table, key))) return Error{Errc::conflict, "taken"};
    return put(table, key, value, shelf);
  }
  Result<Done> erase(store::Table table, ByteView key) override {
    const auto found = records_.find(place(table, key));
    if (found == records_.end()) return Done{};
    before_.emplace_back(found->first, std::move(found->second));
    records_.erase(found);
    return Done{};
  }
  Result<bool> has_room(std::uint64_t) const override { return !full_; }

  bool changed() const { return !before_.empty(); }
  void undo() {
    for (auto change = before_.rbegin(); change != before_.rend(); ++change) {
      if (change->second) {
        records_.insert_or_assign(change->first, *std::move(change->second));
      } else {
        records_.erase(change->first);
      }
    }
  }

 private:
  // The record to be changed; what it was is kept.
  Records::iterator remember(std::string key) {
    const auto [found, fresh] = records_.try_emplace(std::move(key));
    before_.emplace_back(found->first,
                         fresh ? std::optional<Kept>{} : std::optional(std::move(found->second)));
    return found;
  }

  Records& records_;
  bool full_;
  std::vector<std::pair<std::string, std::optional<Kept>>> before_;
};

Result<Done> MemoryStore::read(const std::function<Result<Done>(const store::Reader&)>& work) const {
  const View reading(const_cast<Records&>(records_), false);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  return work(reading);
}

Result<Done> MemoryStore::write(const std::function<Result<Done>(store::Writer&)>& work) {
  const Trouble trouble = std::exchange(next_, Trouble::none);
  View writing(records_, trouble == Trouble::disk_full);
  auto done = work(writing);
  if (!done || trouble == Trouble::lost) {
    writing.undo();
    return done ? Error{Errc::io, "the write was lost"} : done;
  }
  if (writing.changed()) ++changes_;
  if (trouble == Trouble::unknown) return Error{Errc::io, "nobody knows whether it was written"};
  return done;
}

// All at once.
Result<bool> MemoryStore::forget_before(std::uint16_t month, std::size_t) {
  const auto gone = std::erase_if(records_, [&](const auto& record) {
    return record.second.shelf.retention != 0 && record.second.shelf.month < month;
  });
  if (gone > 0) ++changes_;
  return false;
}

}  // namespace seinhuis::simulation
