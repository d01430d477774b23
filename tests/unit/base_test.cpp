#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "seinhuis/base/files.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/base/secret.h"
#include "support.h"

using namespace seinhuis;
using namespace seinhuis::test;
using namespace std::chrono_literals;

namespace {
class TestKey final : public Secret<TestKey, 4> {
  friend Secret;
  TestKey() = default;
};
}  // namespace

static_assert(!std::is_convertible_v<MessageId, ThreadId>);
static_assert(!std::is_copy_constructible_v<TestKey>);
static_assert(!std::is_copy_constructible_v<SecretBytes>);

TEST_CASE("ids are exactly as many hex digits as they have bytes") {
  CHECK(must(MessageId::parse_hex("00000000000000000000000000000002")).hex() ==
        "00000000000000000000000000000002");
  CHECK_FALSE(MessageId::parse_hex("0000000000000000000000000000002"));
  CHECK_FALSE(MessageId::parse_hex("0000000000000000000000000000000g"));
  CHECK_FALSE(MessageId::parse_hex("0000000000000000000000000000000200"));
}

TEST_CASE("a day in Amsterdam turns at local midnight, summer and winter") {
  CHECK(Day::of(must(parse_utc("2026-11-22T22:59:59Z"))).text() == "2026-11-22");
  CHECK(Day::of(must(parse_utc("2026-11-22T23:00:00Z"))).text() == "2026-11-23");
  CHECK(Day::of(must(parse_utc("2026-07-01T21:59:59Z"))).text() == "2026-07-01");
  CHECK(Day::of(must(parse_utc("2026-07-01T22:00:00Z"))).text() == "2026-07-02");
}

TEST_CASE("daylight saving changes on the last Sundays of March and October at 01:00 UTC") {
  CHECK(amsterdam_offset(must(parse_utc("2026-03-29T00:59:59Z"))) == 1h);
  CHECK(amsterdam_offset(must(parse_utc("2026-03-29T01:00:00Z"))) == 2h);
  CHECK(amsterdam_offset(must(parse_utc("2026-10-25T00:59:59Z"))) == 2h);
  CHECK(amsterdam_offset(must(parse_utc("2026-10-25T01:00:00Z"))) == 1h);
}

TEST_CASE("the offset is that of the system's time zone database, at every change from 1996 to 2037") {
  // zdump prints, for each change, the last second before and the first after it: ".. UT = .. isdst=1
  // gmtoff=7200"
  const std::unique_ptr<FILE, int (*)(FILE*)> zdump(::popen("zdump -v -c 1996,2037 Europe/Amsterdam", "r"),
                                                    ::pclose);
  REQUIRE(zdump);
  std::array<char, 256> line{};
  int changes = 0;
  while (std::fgets(line.data(), line.size(), zdump.get()) != nullptr) {
    std::tm when{};
    long offset = 0;
    const char* read = ::strptime(line.data(), "Europe/Amsterdam  %a %b %d %H:%M:%S %Y UT", &when);
    const char* said = std::strstr(line.data(), "gmtoff=");
    if (read == nullptr || said == nullptr) continue;
    offset = std::strtol(said + 7, nullptr, 10);
    const Instant at(std::chrono::seconds(::timegm(&when)));
    CAPTURE(line.data());
    CHECK(amsterdam_offset(at) == std::chrono::hours(offset / 3600));
    ++changes;
  }
  CHECK(changes > 150);
}

TEST_CASE("every day begins at its own midnight") {
  for (std::uint32_t n = 20000; n < 22000; ++n) {
    const Instant begin = Day(n).begins();
    CHECK(Day::of(begin) == Day(n));
    CHECK(Day::of(begin - 1ms) == Day(n - 1));
  }
}

TEST_CASE("dates that do not exist are refused") {
  CHECK(must(Day::parse("2024-02-29")).text() == "2024-02-29");
  for (const char* wrong :
       {"2026-02-29", "2026-13-01", "2026-00-10", "26-01-01", "2026-1-01", "2026-01-01 ", "2026-01--1"}) {
    CHECK_FALSE(Day::parse(wrong));
  }
}

TEST_CASE("what is packed unpacks, and a cut or a tail is noticed") {
  const Bytes packed = Packer().label("x").number(std::uint16_t{7}).text("abc").take();
  const auto read = [](ByteView bytes) {
    Unpacker in(bytes);
    in.label("x");
    const auto number = in.number<std::uint16_t>();
    const std::string text = in.text(10);
    return in.ok() && number == 7 && text == "abc";
  };
  CHECK(read(packed));
  for (std::size_t size = 0; size < packed.size(); ++size) CHECK_FALSE(read(ByteView(packed).first(size)));
  Bytes longer = packed;
  longer.push_back(std::byte{});
  CHECK_FALSE(read(longer));
}

TEST_CASE("a moved secret leaves nothing behind") {
  TestKey first = TestKey::filled([](std::span<std::byte> out) { std::ranges::fill(out, std::byte{9}); });
  const TestKey second = std::move(first);
  CHECK(std::ranges::equal(second.reveal(),
                           std::array{std::byte{9}, std::byte{9}, std::byte{9}, std::byte{9}}));
  CHECK(std::ranges::equal(first.reveal(), std::array<std::byte, 4>{}));  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("a file that must be new is not written over") {
  const test::Folder home;
  const auto file = home.path() / "key";
  REQUIRE(write_new_file(file, view("first"), Readers::owner));
  const auto second = write_new_file(file, view("second"), Readers::owner);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::conflict);
  CHECK(text_of(test::must(read_private_file(file, 64))) == "first");
  CHECK(std::distance(std::filesystem::directory_iterator(home.path()), {}) == 1);
}
