#include "fault/kept.h"
#include "seinhuis/base/files.h"

// A bit of the store is not what was written. LMDB has no checksums: what it is led astray by must end in an
// error or in the end of the process, never in less than was stored (F11).
using namespace seinhuis;
using namespace seinhuis::fault;
using namespace seinhuis::test;

namespace {

constexpr std::size_t page = 4096;
}  // namespace

SCENARIO("F11: a flipped bit in any page of the store is found, or changes nothing") {
  Kept kept;
  for (int n = 0; n < 6; ++n) kept.some_work();
  const std::vector<MessageId> messages = kept.messages();
  const std::uint64_t records = must(kept.store().check());
  kept.close();
  const Bytes data = must(read_file(kept.data(), 1U << 24U));
  const auto keys = kept.folder() / "keys";
  REQUIRE(wrong_with_image(data, keys, messages, records) == "");
  simulation::Chance chance(5);
  std::map<std::string, int> seen;
  for (std::size_t at = 0; at < data.size(); at += page) {
    for (int n = 0; n < 40; ++n) {
      Bytes flipped = data;
      // Every other flip hits the head of a page and what points to its records.
      const std::size_t where = at + chance.below(n % 2 == 0 ? 64 : page);
      flipped[where] ^= static_cast<std::byte>(1U << chance.below(8));
      const std::string found = wrong_with_image(flipped, keys, messages, records);
      INFO("byte " << where % page << " of page " << at / page);
      const bool silent = found.starts_with("SILENT") || found.starts_with("an acknowledged");
      CHECK_FALSE(silent);
      ++seen[found.empty() ? "changed nothing" : found == "ended" ? "ended the process" : "detected"];
    }
  }
  for (const auto& [what, times] : seen) WARN(times << " " << what);
  CHECK(seen["detected"] > 200);
}

SCENARIO("F11: a store of yesterday that is put back is found by who saw a later head") {
  Kept kept;
  kept.some_work();
  kept.close();
  const Bytes yesterday = must(read_file(kept.data(), 1U << 24U));
  kept.open();
  kept.some_work();
  const auto seen = must(decode_head(kept.ledger().head().items.at(0).body)).head;
  kept.close();
  must(write_file(kept.data(), yesterday, Readers::owner));
  kept.open();
  CHECK(must(decode_head(kept.ledger().head().items.at(0).body)).head.size < seen.size);
  CHECK(kept.ledger().growth({}, seen.size, seen.size).code == Code::absent);
}
