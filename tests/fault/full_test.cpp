#include "fault/kept.h"

// A store that cannot grow, and a reader that does not end (F18).
using namespace seinhuis;
using namespace seinhuis::fault;
using namespace seinhuis::test;

SCENARIO("F18: a full store says so to each that comes, keeps what it has, and still hands it out") {
  Kept kept(1U << 20U);
  Code code = Code::ok;
  while (code == Code::ok && kept.acknowledged().size() < 1000) code = kept.submit(kept.message());
  CHECK(code == Code::full);
  REQUIRE(kept.acknowledged().size() > 3);
  CHECK(wrong_with(kept.store(), kept.messages()) == "");
  const auto fetched = kept.ledger().commit(
      kept.world(), {{broker::Fetch{simulation::avim, 0, 64}, Hash::zero()}}, cast().begin());
  CHECK(fetched.at(0).code == Code::ok);
  CHECK_FALSE(fetched.at(0).items.empty());
}

SCENARIO(
    "F18: while somebody reads without end messages are taken in or refused with a reason, never in "
    "silence") {
  Kept kept(1U << 21U);
  must(kept.store().read([&](const store::Reader& reader) -> Result<Done> {
    Code code = Code::ok;
    std::size_t tried = 0;
    while (code == Code::ok && tried++ < 1000) code = kept.submit(kept.message());
    CHECK(code == Code::full);
    CHECK(must(reader.scan(store::Table{4}, {}, {}, 10)).empty());  // it sees the store as it was
    return Done{};
  }));
  CHECK(wrong_with(kept.store(), kept.messages()) == "");
}
