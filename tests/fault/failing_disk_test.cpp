#include <cerrno>

#include "fault/disk.h"
#include "fault/kept.h"

// The disk says no, or does half of it. What it said no to is not acknowledged, and nothing else is lost.
using namespace seinhuis;
using namespace seinhuis::fault;
using namespace seinhuis::test;

namespace {

// How many calls of a kind one message takes.
std::size_t calls_of(Kept& kept, DiskCall::What what) {
  watch(kept.data());
  REQUIRE(kept.submit(kept.message()) == Code::ok);
  return static_cast<std::size_t>(std::ranges::count(calls(), what, &DiskCall::what));
}

void reopen(Kept& kept) {
  heal();
  stop_watching();
  kept.close();
  kept.open();
}

}  // namespace

SCENARIO("F3: a message is not acknowledged when any write or sync of its commit fails") {
  struct Case {
    DiskCall::What what;
    int error;
    How how;
  };
  const auto& [what, error, how] = GENERATE(
      Case{DiskCall::What::write, EIO, How::instead}, Case{DiskCall::What::write, ENOSPC, How::instead},
      Case{DiskCall::What::write, EIO, How::half}, Case{DiskCall::What::sync, EIO, How::instead});
  Kept kept;
  const std::size_t calls_made = calls_of(kept, what);
  REQUIRE(calls_made > 0);
  for (std::size_t n = 0; n < calls_made; ++n) {
    INFO("call " << n << " of " << calls_made << " fails");
    watch(kept.data());
    fail(what, n, error, how);
    const auto message = kept.message();
    const Code code = kept.submit(message);
    CHECK(code != Code::ok);
    CHECK((code == Code::internal || code == Code::full));
    reopen(kept);
    CHECK(wrong_with(kept.store(), kept.messages()) == "");
    CHECK(kept.submit(message) == Code::ok);  // it is acknowledged when it comes again
  }
}

SCENARIO("F4: when the store's own head cannot be written the process can go on no more, and a new one can") {
  Kept kept;
  kept.some_work();
  watch(kept.data());
  fail_head(EIO, How::and_for_good);
  const auto message = kept.message();
  CHECK(kept.submit(message) == Code::internal);
  heal();
  CHECK(kept.submit(message) == Code::internal);
  CHECK(kept.store().failed());
  reopen(kept);
  CHECK_FALSE(kept.store().failed());
  CHECK(wrong_with(kept.store(), kept.messages()) == "");
  CHECK(kept.submit(message) == Code::ok);
}

SCENARIO("F5: a commit that was done and is said to have failed is not done twice") {
  Kept kept;
  kept.some_work();
  watch(kept.data());
  fail_head(EIO, How::after);
  const auto message = kept.message();
  CHECK(kept.submit(message) != Code::ok);
  reopen(kept);
  const auto size = [&] { return must(decode_head(kept.ledger().head().items.at(0).body)).head.size; };
  CHECK(kept.submit(message) == Code::ok);
  const auto once = size();
  CHECK(kept.submit(message) == Code::ok);
  CHECK(size() == once);
  CHECK(wrong_with(kept.store(), kept.messages()) == "");
}
