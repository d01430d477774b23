#include "fault/disk.h"
#include "fault/kept.h"
#include "seinhuis/base/files.h"

// The power fails: what was synced is on disk; what was not may be, in part, in any order.
using namespace seinhuis;
using namespace seinhuis::fault;
using namespace seinhuis::test;

namespace {

constexpr std::size_t sector = 512;
constexpr std::size_t largest = 1U << 24U;

void apply(Bytes& image, std::uint64_t offset, ByteView bytes) {
  if (image.size() < offset + bytes.size()) image.resize(offset + bytes.size());
  std::ranges::copy(bytes, image.begin() + static_cast<std::ptrdiff_t>(offset));
}

// The disk after the first `made` calls: all that was synced by then, and of the rest each sector by chance.
Bytes crashed(Bytes image, const std::vector<DiskCall>& calls, std::size_t made, simulation::Chance& chance,
              std::size_t percent) {
  std::vector<const DiskCall*> unsynced;
  for (std::size_t n = 0; n < made; ++n) {
    const DiskCall& call = calls[n];
    if (call.what == DiskCall::What::write && !call.through) {
      unsynced.push_back(&call);
      continue;
    }
    if (call.what == DiskCall::What::write) {
      apply(image, call.offset, call.bytes);
      continue;
    }
    for (const DiskCall* write : unsynced) apply(image, write->offset, write->bytes);
    unsynced.clear();
  }
  for (const DiskCall* write : unsynced) {
    for (std::size_t at = 0; at < write->bytes.size(); at += sector) {
      if (!chance.percent(percent)) continue;
      const ByteView part = ByteView(write->bytes).subspan(at);
      apply(image, write->offset + at, part.first(std::min(sector, part.size())));
    }
  }
  return image;
}

std::vector<MessageId> acknowledged_by(const Kept& kept, std::size_t made) {
  std::vector<MessageId> messages;
  for (const auto& one : kept.acknowledged()) {
    if (one.after <= made) messages.push_back(one.message);
  }
  return messages;
}

}  // namespace

SCENARIO("F2: whenever the power fails, what was acknowledged is there when it is back") {
  Kept kept;
  kept.some_work();
  const Bytes before = must(read_file(kept.data(), largest));
  const auto older = kept.acknowledged();
  watch(kept.data());
  for (int n = 0; n < 12; ++n) kept.some_work();
  stop_watching();
  const auto& made = calls();
  REQUIRE(kept.acknowledged().size() == 13);
  REQUIRE(std::ranges::count(made, DiskCall::What::sync, &DiskCall::what) >= 24);
  REQUIRE(std::ranges::any_of(made, &DiskCall::through));
  simulation::Chance chance(11);
  std::size_t images = 0;
  for (std::size_t n = 0; n <= made.size(); ++n) {
    const auto messages = acknowledged_by(kept, n);
    for (const std::size_t percent : {0U, 50U, 100U}) {
      INFO("after " << n << " of " << made.size() << " calls, " << percent << " % of what was not synced");
      CHECK(wrong_with_image(crashed(before, made, n, chance, percent), kept.folder() / "keys", messages) ==
            "");
      ++images;
    }
  }
  CHECK(images >= 300);
}

SCENARIO("a disk that syncs nothing loses what was acknowledged: the images would show it") {
  Kept kept;
  kept.some_work();
  const Bytes before = must(read_file(kept.data(), largest));
  watch(kept.data());
  for (int n = 0; n < 3; ++n) kept.some_work();
  stop_watching();
  std::vector<DiskCall> lying = calls();
  std::erase_if(lying, [](const DiskCall& call) { return call.what == DiskCall::What::sync; });
  simulation::Chance chance(12);
  const auto messages = acknowledged_by(kept, calls().size());
  std::size_t caught = 0;
  for (int n = 0; n < 20; ++n) {
    const Bytes image = crashed(before, lying, lying.size(), chance, 50);
    if (!wrong_with_image(image, kept.folder() / "keys", messages).empty()) ++caught;
  }
  CHECK(caught == 20);
}
