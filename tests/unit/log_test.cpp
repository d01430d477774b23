#include "seinhuis/proof/log.h"

#include <map>

#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/sign.h"
#include "support.h"

using namespace seinhuis;
using namespace seinhuis::test;

namespace {

Hash leaf_number(std::uint64_t n) {
  Bytes raw(8);
  for (std::size_t at = 0; at < 8; ++at) raw[at] = static_cast<std::byte>(n >> (8 * at));
  return proof::h32(raw);
}

// A log in memory.
struct Log {
  std::map<std::pair<std::uint8_t, std::uint64_t>, Hash> nodes;
  std::uint64_t size = 0;
  proof::NodeAt at = [this](std::uint8_t level, std::uint64_t index) -> Result<Hash> {
    const auto found = nodes.find({level, index});
    if (found == nodes.end()) return Error{Errc::absent, "no such node"};
    return found->second;
  };
  void add() {
    must(proof::grow(size, leaf_number(size), at,
                     [this](std::uint8_t level, std::uint64_t index, const Hash& node) -> Result<Done> {
                       nodes.insert_or_assign({level, index}, node);
                       return Done{};
                     }));
    ++size;
  }
  Head head() const {
    Head made;
    made.size = size;
    made.root = must(proof::root_of(size, at));
    return made;
  }
};

}  // namespace

TEST_CASE("every leaf of every tree up to 70 leaves proves its place, and no other place") {
  Log log;
  for (std::uint64_t n = 1; n <= 70; ++n) {
    log.add();
    const Head head = log.head();
    for (std::uint64_t index = 0; index < n; ++index) {
      const auto path = must(proof::inclusion_path(index, n, log.at));
      CHECK(proof::includes(leaf_number(index), index, head, path));
      CHECK_FALSE(proof::includes(leaf_number(index + 1), index, head, path));
      if (n > 1) CHECK_FALSE(proof::includes(leaf_number(index), (index + 1) % n, head, path));
      auto longer = path;
      longer.push_back(leaf_number(0));
      CHECK_FALSE(proof::includes(leaf_number(index), index, head, longer));
    }
  }
}

TEST_CASE("every tree extends every earlier one, and a forked one does not") {
  Log log;
  Log forked;
  std::vector<Head> heads{log.head()};
  forked.size = 1;
  forked.nodes.insert_or_assign({0, 0}, leaf_number(99));
  for (std::uint64_t n = 1; n <= 40; ++n) {
    log.add();
    if (n > 1) forked.add();
    heads.push_back(log.head());
    for (std::uint64_t older = 1; older <= n; ++older) {
      const auto path = must(proof::consistency_path(older, n, log.at));
      CHECK(proof::extends(heads[n], heads[older], path));
      const auto other = must(proof::consistency_path(older, n, forked.at));
      CHECK_FALSE(proof::extends(forked.head(), heads[older], other));
    }
  }
}

TEST_CASE("a head of the same size with another root is a fork") {
  Log log;
  for (int n = 0; n < 5; ++n) log.add();
  Head other = log.head();
  other.root = leaf_number(1);
  CHECK(proof::extends(log.head(), log.head(), {}));
  CHECK_FALSE(proof::extends(other, log.head(), {}));
}

TEST_CASE("a record cannot be guessed from its leaf without the salt, nor passed off as another kind") {
  const Hash salt = leaf_number(1);
  const Bytes record = copy(view("record"));
  CHECK(proof::log_leaf(LeafKind::delivery, salt, record) !=
        proof::log_leaf(LeafKind::receipt, salt, record));
  CHECK(proof::log_leaf(LeafKind::delivery, salt, record) !=
        proof::log_leaf(LeafKind::delivery, leaf_number(2), record));
}

TEST_CASE("a signature that verified once is believed for the same key and bytes only") {
  SeededRandom random(7);
  const proof::Signer one(random.draw<proof::SigningSeed>());
  const proof::Signer other(random.draw<proof::SigningSeed>());
  const Bytes said = {std::byte{1}, std::byte{2}};
  const Bytes unsaid = {std::byte{1}, std::byte{3}};
  const Signature signature = one.sign(said);
  REQUIRE(proof::verifies_once(one.key(), signature, said));
  CHECK(proof::verifies_once(one.key(), signature, said));
  CHECK_FALSE(proof::verifies_once(one.key(), signature, unsaid));
  CHECK_FALSE(proof::verifies_once(other.key(), signature, said));
  CHECK_FALSE(proof::verifies_once(one.key(), other.sign(said), said));
  // what did not verify is looked at anew
  CHECK_FALSE(proof::verifies_once(one.key(), signature, unsaid));
}
