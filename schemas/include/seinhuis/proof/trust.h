#pragma once

#include <map>
#include <optional>

#include "seinhuis/wire/metadata.h"
#include "seinhuis/wire/record.h"

// Signed metadata (the TUF workflow): from files that anybody may have written to what a desk or broker
// relies on.
namespace seinhuis::proof {

// L"metadata" || u8 role || H32(body)
Bytes metadata_message(metadata::Role role, ByteView body);
Hash cards_hash(const metadata::CardList& cards);

// The files of a network, by name ("1.root", "3.directory", "timestamp", ..), as found: trusted for nothing.
using Files = std::map<std::string, Bytes, std::less<>>;

// What was accepted before; nothing older is accepted again.
struct Floor {
  std::uint32_t root = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t snapshot = 0;
  std::uint32_t directory = 0;
  std::uint32_t policy = 0;
  friend bool operator==(const Floor&, const Floor&) = default;
};

struct DirectoryVersion {
  Version version;
  metadata::Directory directory;
};
struct PolicyVersion {
  Version version;
  Day starts{0};
  bundle::Policy bundle;
};

// A network as its administrators signed it.
struct Network {
  Hash id = Hash::zero();
  metadata::Root root;
  metadata::Timestamp timestamp;
  std::vector<DirectoryVersion>
      directories;  // ascending; every one the files hold that verifies, up to the bound one
  std::vector<PolicyVersion> policies;
  std::vector<KeyCard> cards;  // ascending by bytes; every signature checked against the directory
  Floor floor;

  // The version in force on a day: the highest whose start has come; nullptr before the first.
  const DirectoryVersion* directory_on(Day day) const;
  const PolicyVersion* policy_on(Day day) const;
  // The version was in force for some part of the day: one published during a day takes over at once, and
  // does not make what was made that morning wrong.
  bool directory_held(const Version& version, Day day) const;
  bool policy_held(const Version& version, Day day) const;
  const PolicyVersion* policy_named(const Version& version) const;
  const DirectoryVersion* directory_named(const Version& version) const;
};

// Verifies the chain root -> timestamp -> snapshot -> directory, policy, cards at `now`. Fails with
// unauthentic (too few good signatures of distinct keys, missing possession, a card list or file other than
// the one that was bound), stale (expired, or below the floor), malformed or absent; the detail names the
// file.
Result<Network> verify_network(const Files& files, const Floor& floor, Instant now);
// The same at the moment the timestamp was signed, without a floor and without the key cards. Files that are
// too old to rely on still say, authentically, whom to ask for newer ones; nothing is sent or believed on
// them.
Result<Network> verify_as_signed(const Files& files);

// What the notary is called among evaluators, and what its keys are said to be of.
constexpr const char* notary_name = "notary";
// The notary of the network; nullptr where there is none.
const metadata::Notary* find_notary(const metadata::Directory& directory);

// The desk's entry if it is enrolled and not revoked.
const metadata::DeskKeys* find_desk(const metadata::Directory& directory, std::string_view name);
// The card of a desk for a use on a day; nullptr if there is none.
const KeyCard* card_on(const Network& network, std::string_view desk, KeyCard::Use use, Day day);

}  // namespace seinhuis::proof
