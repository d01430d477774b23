#include <sys/stat.h>

#include <fstream>

#include "seinhuis/base/files.h"
#include "seinhuis/store/lmdb.h"
#include "seinhuis/store/vault.h"
#include "support.h"

using namespace seinhuis;
using namespace seinhuis::test;
using namespace seinhuis::store;

namespace {

constexpr Table letters{1};
constexpr Table other{2};

struct Opened {
  Folder folder;
  SystemRandom random;
  std::unique_ptr<Store> store = must(open_lmdb(folder.path() / "s", 1U << 22U, random));

  void reopen() {
    store.reset();
    store = must(open_lmdb(folder.path() / "s", 1U << 22U, random));
  }
  Result<Done> put(std::string_view key, std::string_view value) {
    return store->write([&](Writer& w) { return w.put(letters, view(key), view(value), permanent); });
  }
  std::optional<std::string> get(std::string_view key) const {
    std::optional<std::string> found;
    must(store->read([&](const Reader& r) -> Result<Done> {
      auto value = must(r.get(letters, view(key)));
      if (value) found = std::string(text_of(*value));
      return Done{};
    }));
    return found;
  }
};

}  // namespace

TEST_CASE("what was committed is there after reopening; a failed write leaves no trace") {
  Opened world;
  REQUIRE(world.put("a", "one"));
  CHECK_FALSE(world.store->write([&](Writer& w) -> Result<Done> {
    must(w.put(letters, view("b"), view("two"), permanent));
    return Error{Errc::refused, "no"};
  }));
  world.reopen();
  CHECK(world.get("a") == "one");
  CHECK_FALSE(world.get("b"));
}

TEST_CASE("a taken key is a conflict and keeps its value") {
  Opened world;
  REQUIRE(world.put("a", "one"));
  const auto again =
      world.store->write([&](Writer& w) { return w.put_new(letters, view("a"), view("x"), permanent); });
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Errc::conflict);
  CHECK(world.get("a") == "one");
}

TEST_CASE("a scan gives one table's records under a prefix, in order, after a key, up to a limit") {
  Opened world;
  for (const char* key : {"a1", "a2", "a3", "b1"}) REQUIRE(world.put(key, key));
  must(world.store->write([&](Writer& w) { return w.put(other, view("a0"), view("other"), permanent); }));
  must(world.store->read([&](const Reader& r) -> Result<Done> {
    CHECK(must(r.scan(letters, view("a"), {}, 10)).size() == 3);
    const auto rest = must(r.scan(letters, view("a"), view("a1"), 1));
    REQUIRE(rest.size() == 1);
    CHECK(text_of(rest[0].key) == "a2");
    CHECK(must(r.scan(letters, {}, {}, 10)).size() == 4);
    return Done{};
  }));
}

TEST_CASE("a full map refuses the new and keeps the old") {
  Opened world;
  REQUIRE(world.put("kept", "yes"));
  const std::string large(100'000, 'x');
  Result<Done> last = Done{};
  for (int n = 0; n < 100 && last; ++n) last = world.put("k" + std::to_string(n), large);
  REQUIRE_FALSE(last);
  CHECK(last.error().code == Errc::full);
  CHECK(world.get("kept") == "yes");
}

TEST_CASE(
    "a store says that it has no room while there is enough to delete, and has room once something went") {
  const Folder folder;
  SystemRandom random;
  const auto store = must(store::open_lmdb(folder.path() / "s", 1U << 20U, random));
  const Bytes value(20'000);
  const auto write_one = [&](int n) {
    return store->write([&](store::Writer& writer) -> Result<Done> {
      const auto room = writer.has_room(value.size());
      if (!room) return room.error();
      if (!*room) return Error{Errc::busy, ""};
      return writer.put(store::Table{1}, view(std::to_string(n)), value, store::permanent);
    });
  };
  int kept = 0;
  Result<Done> last = Done{};
  while ((last = write_one(kept))) ++kept;
  CHECK(last.error().code == Errc::busy);
  CHECK(kept > 30);
  for (int n = 0; n < kept; n += 2) {
    must(store->write(
        [&](store::Writer& writer) { return writer.erase(store::Table{1}, view(std::to_string(n))); }));
  }
  CHECK(write_one(kept));
}

TEST_CASE("neither values nor their plaintext stand in the database file") {
  Opened world;
  REQUIRE(world.put("a", "kanarie-4711"));
  world.store.reset();
  const Bytes file = must(read_file(world.folder.path() / "s" / "data.mdb", 1U << 24U));
  CHECK(text_of(file).find("kanarie-4711") == std::string_view::npos);
  CHECK(text_of(file).find('a') != std::string_view::npos);  // control: the search sees the file
}

TEST_CASE("keys that others can read are refused") {
  Opened world;
  REQUIRE(world.put("a", "one"));
  world.store.reset();
  REQUIRE(::chmod((world.folder.path() / "s" / "keys").c_str(), 0644) == 0);
  const auto opened = open_lmdb(world.folder.path() / "s", 1U << 22U, world.random);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::refused);
}

TEST_CASE("a record that was moved or altered does not open") {
  const Folder folder;
  SystemRandom random;
  const auto vault = must(Vault::open(folder.path() / "keys", random));
  const Bytes record = must(vault->seal(letters, view("k"), view("value"), permanent));
  CHECK(must(vault->open(letters, view("k"), record)) == copy(view("value")));
  CHECK(vault->open(other, view("k"), record).error().code == Errc::unauthentic);
  CHECK(vault->open(letters, view("l"), record).error().code == Errc::unauthentic);
  for (std::size_t at = 0; at < record.size(); ++at) {
    Bytes altered = record;
    altered[at] ^= std::byte{1};
    CHECK_FALSE(vault->open(letters, view("k"), altered));
  }
}

TEST_CASE("two processes that start together on a new store draw one key, and open each other's records") {
  const test::Folder folder;
  SystemRandom random;
  const auto one = must(store::Vault::open(folder.path() / "keys", random));
  const auto second_process =
      must(store::Vault::open(folder.path() / "keys", random));  // neither has a key yet
  const store::Table shelf_table{1};
  const Bytes first = must(one->seal(shelf_table, view("k"), view("of the one"), store::permanent));
  const Bytes second =
      must(second_process->seal(shelf_table, view("k"), view("of the other"), store::permanent));
  CHECK(text_of(must(one->open(shelf_table, view("k"), second))) == "of the other");
  CHECK(text_of(must(second_process->open(shelf_table, view("k"), first))) == "of the one");
}

TEST_CASE("what has expired is taken away a part at a time, and then opens nowhere any more") {
  constexpr Shelf march{1, 100};
  constexpr Shelf april{1, 101};
  Opened world;
  must(world.store->write([&](Writer& w) -> Result<Done> {
    for (const char* key : {"a", "b", "c"}) must(w.put(letters, view(key), view("march"), march));
    must(w.put(other, view("d"), view("april"), april));
    return w.put(letters, view("e"), view("for ever"), permanent);
  }));
  const auto in = [&](const char* name) { return world.folder.path() / "s" / name; };
  const Bytes keys_before = must(read_file(in("keys"), 4096));
  std::filesystem::create_directory(world.folder.path() / "copy");
  std::filesystem::copy(in("data.mdb"), world.folder.path() / "copy" / "data.mdb");
  std::filesystem::copy(in("keys"), in("keys.new-1"));  // of a process that was killed while it wrote them
  int calls = 1;
  while (must(world.store->forget_before(101, 2))) ++calls;
  CHECK_FALSE(std::filesystem::exists(in("keys.new-1")));
  CHECK(calls > 1);
  CHECK_FALSE(world.get("a"));
  CHECK_FALSE(world.get("c"));
  CHECK(world.get("e") == "for ever");
  THEN("its key is not in the file, and a copy of the records is of no use") {
    const Bytes keys = must(read_file(in("keys"), 4096));
    CHECK(keys.size() + 35 == keys_before.size());  // retention, month, key
    std::filesystem::copy(in("keys"), world.folder.path() / "copy" / "keys");
    const auto copied = must(open_lmdb(world.folder.path() / "copy", 1U << 22U, world.random));
    must(copied->read([&](const Reader& r) -> Result<Done> {
      const auto gone = r.get(letters, view("b"));
      CHECK((!gone && gone.error().code == Errc::absent));
      CHECK(must(r.get(other, view("d"))));
      return Done{};
    }));
  }
  THEN("what comes for a month that is over has a key of its own, until the next time") {
    must(world.store->write([&](Writer& w) { return w.put(letters, view("late"), view("march"), march); }));
    CHECK(world.get("late") == "march");
    while (must(world.store->forget_before(101, 2))) continue;
    CHECK_FALSE(world.get("late"));
  }
}

TEST_CASE("a key is not destroyed while something that was sealed under it since is there") {
  constexpr Shelf march{1, 100};
  Opened world;
  const auto put = [&](const char* key) {
    must(world.store->write([&](Writer& w) { return w.put(letters, view(key), view("march"), march); }));
  };
  for (const char* key : {"k", "l", "m"}) put(key);
  REQUIRE(must(world.store->forget_before(101, 2)));
  put("a");  // behind where it has come to
  while (must(world.store->forget_before(101, 2))) continue;
  CHECK(world.get("a") == "march");
  while (must(world.store->forget_before(101, 2))) continue;
  CHECK_FALSE(world.get("a"));
}

TEST_CASE("a store of a newer format is not opened, and one of before formats had numbers is") {
  constexpr Table formats{0};
  Opened world;
  REQUIRE(world.put("a", "one"));
  SECTION("newer") {
    const Bytes newer{std::byte{store_format + 1}, std::byte{0}, std::byte{0}, std::byte{0}};
    must(world.store->write([&](Writer& w) { return w.put(formats, view("format"), newer, permanent); }));
    world.store.reset();
    const auto opened = open_lmdb(world.folder.path() / "s", 1U << 22U, world.random);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Errc::unsupported);
    CHECK(opened.error().detail.find("newer version (format " + std::to_string(store_format + 1)) !=
          std::string::npos);
  }
  SECTION("older") {
    const auto before = GENERATE(0, 2);
    must(world.store->write([&](Writer& w) {
      const Bytes format{std::byte(before), std::byte{0}, std::byte{0}, std::byte{0}};
      return before == 0 ? w.erase(formats, view("format"))
                         : w.put(formats, view("format"), format, permanent);
    }));
    world.reopen();
    CHECK(world.get("a") == "one");
    must(world.store->read([&](const Reader& r) -> Result<Done> {
      CHECK((*must(r.get(formats, view("format"))))[0] == std::byte{store_format});
      return Done{};
    }));
  }
}

TEST_CASE("a copy of a store is as it stood, and opens with its keys from elsewhere") {
  Opened world;
  REQUIRE(world.put("a", "one"));
  const auto to = world.folder.path() / "copy";
  world.store.reset();  // one environment in a process
  must(copy_lmdb(world.folder.path() / "s", to));
  world.reopen();
  REQUIRE(world.put("a", "two"));
  world.store.reset();
  CHECK(copy_lmdb(world.folder.path() / "s", to).error().code == Errc::conflict);
  CHECK(copy_lmdb(world.folder.path() / "nothing", world.folder.path() / "c").error().code == Errc::absent);
  const auto copied = must(open_lmdb(to, world.folder.path() / "s" / "keys", 1U << 22U, world.random));
  must(copied->read([&](const Reader& r) -> Result<Done> {
    CHECK(text_of(*must(r.get(letters, view("a")))) == "one");
    return Done{};
  }));
}

TEST_CASE("a record of any size is split over pages and is whole again, wherever it is put over another") {
  Opened world;
  const auto text = [](std::size_t size, char of) { return std::string(size, of); };
  const auto size = GENERATE(values<std::size_t>({0, 1900, 1940, 1950, 1960, 2000, 4000, 100'000}));
  REQUIRE(world.put("a", text(70'000, 'x')));
  REQUIRE(world.put("a", text(size, 'y')));
  REQUIRE(world.put("b", text(5000, 'z')));
  world.reopen();
  CHECK(world.get("a") == text(size, 'y'));
  CHECK(must(world.store->check()) == 3);  // and the format
  must(world.store->write([&](Writer& w) { return w.erase(letters, view("a")); }));
  must(world.store->read([&](const Reader& r) -> Result<Done> {
    const auto all = must(r.scan(letters, {}, {}, 10));
    REQUIRE(all.size() == 1);
    CHECK(text_of(all[0].value) == text(5000, 'z'));
    return Done{};
  }));
  CHECK(must(world.store->check()) == 2);
}

TEST_CASE("what is split is forgotten whole") {
  Opened world;
  must(world.store->write([&](Writer& w) -> Result<Done> {
    for (std::uint8_t n = 0; n < 100; ++n) {
      const Bytes key{std::byte{n}};
      const Bytes value(n % 3 == 0 ? 10 : 9000, std::byte{n});
      if (auto put = w.put(letters, key, value, {1, static_cast<std::uint16_t>(n % 2 == 0 ? 10 : 20)}); !put)
        return put;
    }
    return Done{};
  }));
  while (must(world.store->forget_before(15, 7))) continue;
  CHECK(must(world.store->check()) == 51);
  must(world.store->read([&](const Reader& r) -> Result<Done> {
    for (const Record& one : must(r.scan(letters, {}, {}, 1000))) {
      const auto n = std::to_integer<unsigned>(one.key[0]);
      CHECK(n % 2 == 1);
      CHECK(one.value == Bytes(n % 3 == 0 ? 10 : 9000, std::byte{static_cast<std::uint8_t>(n)}));
    }
    return Done{};
  }));
}
