#include "seinhuis/proof/trust.h"

#include <algorithm>
#include <set>

#include "seinhuis/base/packed.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/keyset.h"
#include "seinhuis/proof/sign.h"
#include "seinhuis/proof/token.h"

namespace seinhuis::proof {
namespace {

using metadata::Role;

Error bad(Errc code, const std::string& file, const std::string& text) { return {code, file + ": " + text}; }

const metadata::RoleKeys* keys_of(const metadata::Root& root, Role role) {
  const auto found = std::ranges::find(root.roles, role, &metadata::RoleKeys::role);
  return found == root.roles.end() ? nullptr : &*found;
}

// Enough distinct keys of the role signed these bytes. A key counts once however often it signs.
bool signed_by_role(const metadata::Root& root, const metadata::Signed& file) {
  const metadata::RoleKeys* role = keys_of(root, file.role);
  if (role == nullptr || role->threshold == 0) return false;
  std::set<SignerKey> counted;
  const Bytes message = metadata_message(file.role, file.body);
  for (const metadata::KeySignature& one : file.signatures) {
    const bool known =
        std::ranges::any_of(role->keys, [&](const metadata::RoleKey& key) { return key.key == one.key; });
    if (known && verifies_once(one.key, one.signature, message)) counted.insert(one.key);
  }
  return counted.size() >= role->threshold;
}

// A root is sound when every key proves possession for its role and every role can reach its threshold.
Result<Done> check_root(const std::string& file, const metadata::Root& root) {
  for (const Role role : {Role::root, Role::directory, Role::policy, Role::snapshot, Role::timestamp}) {
    const metadata::RoleKeys* keys = keys_of(root, role);
    if (keys == nullptr)
      return bad(Errc::malformed, file, "no keys for role " + std::string(to_string(role)));
    std::set<SignerKey> distinct;
    for (const metadata::RoleKey& key : keys->keys) {
      if (!verifies_once(key.key, key.possession, possession_message(to_string(role), key.key))) {
        return bad(Errc::unauthentic, file,
                   "a key of role " + std::string(to_string(role)) + " has no proof of possession");
      }
      distinct.insert(key.key);
    }
    if (keys->threshold == 0 || distinct.size() < keys->threshold) {
      return bad(Errc::unauthentic, file,
                 "role " + std::string(to_string(role)) + " has fewer keys than its threshold");
    }
  }
  return Done{};
}

class Verifier {
 public:
  Verifier(const Files& files, const Floor& floor, Instant now)
      : files_(files), floor_(floor), now_(now), today_(Day::of(now)) {}

  enum class Cards { checked, left_out };
  Result<Network> run(Cards with) {
    for (auto step : {&Verifier::roots, &Verifier::timestamp, &Verifier::snapshot, &Verifier::directories,
                      &Verifier::policies}) {
      if (auto done = (this->*step)(); !done) return done.error();
    }
    if (with == Cards::checked) {
      if (auto done = cards(); !done) return done.error();
    }
    made_.floor = {made_.root.version, made_.timestamp.version, snapshot_.version,
                   made_.directory_on(today_)->version.number, made_.policy_on(today_)->version.number};
    return std::move(made_);
  }

 private:
  Result<metadata::Signed> open(const std::string& file, Role role) const {
    const auto found = files_.find(file);
    if (found == files_.end()) return bad(Errc::absent, file, "is not there");
    auto opened = metadata::decode_signed(found->second);
    if (!opened) return bad(opened.error().code, file, opened.error().detail);
    if (opened->role != role) return bad(Errc::unauthentic, file, "is signed for another role");
    return opened;
  }

  Result<metadata::Signed> open_verified(const std::string& file, Role role) const {
    auto opened = open(file, role);
    if (opened && !signed_by_role(made_.root, *opened)) {
      return bad(Errc::unauthentic, file, "has too few valid signatures of distinct keys");
    }
    return opened;
  }

  Result<Done> roots() {
    for (std::uint32_t version = 1; version == 1 || files_.contains(std::to_string(version) + ".root");
         ++version) {
      if (auto done = root(version); !done) return done;
    }
    const std::string file = std::to_string(made_.root.version) + ".root";
    if (made_.root.version < floor_.root) return bad(Errc::stale, file, "is older than the root seen before");
    if (made_.root.expires < today_) return bad(Errc::stale, file, "expired on " + made_.root.expires.text());
    return Done{};
  }

  // A new root is signed by its own threshold and by the one before.
  Result<Done> root(std::uint32_t version) {
    const std::string file = std::to_string(version) + ".root";
    const auto opened = open(file, Role::root);
    if (!opened) return opened.error();
    auto next = metadata::decode_root(opened->body);
    if (!next) return bad(next.error().code, file, next.error().detail);
    if (next->version != version) return bad(Errc::unauthentic, file, "says it is another version");
    if (auto sound = check_root(file, *next); !sound) return sound;
    const bool by_old = version == 1 || signed_by_role(made_.root, *opened);
    if (!by_old || !signed_by_role(*next, *opened)) {
      return bad(Errc::unauthentic, file, "has too few valid signatures of distinct keys");
    }
    if (version == 1) made_.id = h32(opened->body);
    made_.root = *std::move(next);
    return Done{};
  }

  Result<Done> timestamp() {
    const auto opened = open_verified("timestamp", Role::timestamp);
    if (!opened) return opened.error();
    auto seen = metadata::decode_timestamp(opened->body);
    if (!seen) return bad(seen.error().code, "timestamp", seen.error().detail);
    if (seen->network != made_.id) return bad(Errc::unauthentic, "timestamp", "is of another network");
    if (seen->version < floor_.timestamp)
      return bad(Errc::stale, "timestamp", "is older than the one seen before");
    if (seen->head_at > seen->signed_at)
      return bad(Errc::malformed, "timestamp", "names a head from after it was signed");
    if (now_ >= seen->expires_at)
      return bad(Errc::stale, "timestamp", "expired at " + utc_text(seen->expires_at));
    made_.timestamp = *std::move(seen);
    return Done{};
  }

  Result<Done> snapshot() {
    const metadata::Binding& bound = made_.timestamp.snapshot;
    const std::string file = std::to_string(bound.version) + ".snapshot";
    const auto opened = open_verified(file, Role::snapshot);
    if (!opened) return opened.error();
    if (h32(opened->body) != bound.hash)
      return bad(Errc::unauthentic, file, "is not the one the timestamp binds");
    auto seen = metadata::decode_snapshot(opened->body);
    if (!seen) return bad(seen.error().code, file, seen.error().detail);
    if (seen->network != made_.id || seen->version != bound.version)
      return bad(Errc::unauthentic, file, "is of another network or version");
    if (seen->version < floor_.snapshot) return bad(Errc::stale, file, "is older than the one seen before");
    if (seen->expires < today_) return bad(Errc::stale, file, "expired on " + seen->expires.text());
    if (seen->directories.empty() || seen->policies.empty() || seen->directories.size() > 2 ||
        seen->policies.size() > 2) {
      return bad(Errc::malformed, file,
                 "binds no directory or policy, or more than the current and one announced");
    }
    snapshot_ = *std::move(seen);
    return Done{};
  }

  // Every numbered file up to the highest bound one; those that are bound must be the bound bytes.
  template <class Take>
  Result<Done> numbered(const std::string& kind, Role role, const std::vector<metadata::Binding>& bound,
                        Take take) {
    for (std::uint32_t version = 1; version <= bound.back().version; ++version) {
      const std::string file = std::to_string(version) + "." + kind;
      const auto binding = std::ranges::find(bound, version, &metadata::Binding::version);
      const auto opened = open_verified(file, role);
      if (!opened && binding == bound.end()) continue;  // history may be pruned
      if (!opened) return opened.error();
      const Hash hash = h32(opened->body);
      if (binding != bound.end() && hash != binding->hash)
        return bad(Errc::unauthentic, file, "is not the one the snapshot binds");
      if (auto done = take(file, Version{version, hash}, opened->body); !done) return done;
    }
    return Done{};
  }

  Result<Done> directories() {
    auto done = numbered("directory", Role::directory, snapshot_.directories,
                         [&](const std::string& file, const Version& version, ByteView body) -> Result<Done> {
                           auto seen = metadata::decode_directory(body);
                           if (!seen) return bad(seen.error().code, file, seen.error().detail);
                           if (auto sound = check_directory(file, version, *seen); !sound) return sound;
                           made_.directories.push_back({version, *std::move(seen)});
                           return Done{};
                         });
    if (!done) return done;
    const DirectoryVersion* current = made_.directory_on(today_);
    if (current == nullptr) return bad(Errc::stale, "directory", "none holds yet");
    if (current->version.number < floor_.directory)
      return bad(Errc::stale, "directory", "is older than the one seen before");
    if (!made_.root.logs.empty() && current->directory.log_id != made_.root.logs.back())
      return bad(Errc::unauthentic, "directory", "names another log than the root");
    if (current->directory.expires < today_)
      return bad(Errc::stale, "directory", "expired on " + current->directory.expires.text());
    return Done{};
  }

  static Result<Done> check_notaries(const metadata::Directory& seen) {
    if (seen.notaries.size() > 1) return Error{Errc::malformed, "there is one notary at most"};
    for (const metadata::Notary& notary : seen.notaries) {
      if (!verifies_once(notary.key, notary.possession, possession_message(notary_name, notary.key)) ||
          !verifies_once(notary.key, notary.transport_signature,
                         transport_message(notary_name, notary.transport)))
        return Error{Errc::unauthentic, "the notary has no proof of possession"};
      if (notary.key == seen.log_key || notary.transport == seen.broker_transport)
        return Error{Errc::malformed, "notary and broker are one"};
    }
    return Done{};
  }

  Result<Done> check_directory(const std::string& file, const Version& version,
                               const metadata::Directory& seen) const {
    if (seen.network != made_.id || seen.version != version.number)
      return bad(Errc::unauthentic, file, "is of another network or version");
    if (!verifies_once(seen.log_key, seen.log_possession, possession_message("log", seen.log_key))) {
      return bad(Errc::unauthentic, file, "the log key has no proof of possession");
    }
    if (auto sound = check_notaries(seen); !sound) return bad(sound.error().code, file, sound.error().detail);
    if (auto sound = check_token_keys(seen.token_keys); !sound)
      return bad(sound.error().code, file, sound.error().detail);
    if (auto sound = check_keysets(seen.keysets); !sound)
      return bad(sound.error().code, file, sound.error().detail);
    const std::string* last = nullptr;
    for (const metadata::DeskKeys& desk : seen.desks) {
      if (last != nullptr && desk.name <= *last)
        return bad(Errc::malformed, file, "desks are out of order or twice");
      last = &desk.name;
      if (!verifies_once(desk.signer, desk.possession, possession_message(desk.name, desk.signer))) {
        return bad(Errc::unauthentic, file, desk.name + " has no proof of possession");
      }
      if (!verifies_once(desk.signer, desk.transport_signature,
                         transport_message(desk.name, desk.transport))) {
        return bad(Errc::unauthentic, file, desk.name + " does not vouch for its transport key");
      }
    }
    return Done{};
  }

  Result<Done> policies() {
    auto done = numbered("policy", Role::policy, snapshot_.policies,
                         [&](const std::string& file, const Version& version, ByteView body) -> Result<Done> {
                           auto release = metadata::decode_release(body);
                           if (!release) return bad(release.error().code, file, release.error().detail);
                           if (release->network != made_.id || release->version != version.number) {
                             return bad(Errc::unauthentic, file, "is of another network or version");
                           }
                           auto policy = bundle::decode(release->bundle);
                           if (!policy) return bad(policy.error().code, file, policy.error().detail);
                           policy_expires_.emplace(version.number, release->expires);
                           made_.policies.push_back({version, release->starts, *std::move(policy)});
                           return Done{};
                         });
    if (!done) return done;
    const PolicyVersion* current = made_.policy_on(today_);
    if (current == nullptr) return bad(Errc::stale, "policy", "none holds yet");
    if (current->version.number < floor_.policy)
      return bad(Errc::stale, "policy", "is older than the one seen before");
    const Day expires = policy_expires_.at(current->version.number);
    if (expires < today_) return bad(Errc::stale, "policy", "expired on " + expires.text());
    return Done{};
  }

  Result<Done> cards() {
    const auto found = files_.find("cards");
    if (found == files_.end()) return bad(Errc::absent, "cards", "is not there");
    const auto list = metadata::decode_cards(found->second);
    if (!list) return bad(list.error().code, "cards", list.error().detail);
    if (cards_hash(*list) != made_.timestamp.cards)
      return bad(Errc::unauthentic, "cards", "is not the list the timestamp names");
    const metadata::Directory& directory = made_.directory_on(today_)->directory;
    std::set<std::tuple<std::string, KeyCard::Use, std::uint32_t>> seen;
    for (const Bytes& raw : list->cards) {
      auto card = decode_card(raw);
      if (!card) return bad(card.error().code, "cards", card.error().detail);
      const metadata::DeskKeys* desk = find_desk(directory, card->desk);
      if (desk == nullptr) continue;  // a revoked desk's cards are void
      if (card->network != made_.id || !verifies_once(desk->signer, card->signature, unsigned_bytes(*card))) {
        return bad(Errc::unauthentic, "cards", "a card of " + card->desk + " is not signed by it");
      }
      if (!seen.emplace(card->desk, card->use, card->epoch).second) {
        return bad(Errc::conflict, "cards", card->desk + " has two cards for one epoch");
      }
      made_.cards.push_back(*std::move(card));
    }
    return Done{};
  }

  const Files& files_;
  const Floor& floor_;
  Instant now_;
  Day today_;
  Network made_;
  metadata::Snapshot snapshot_;
  std::map<std::uint32_t, Day> policy_expires_;
};

// The version had started, and none that came after it had taken over before that day.
template <class List, class Starts>
bool held(const List& versions, const Version& version, Day day, Starts starts) {
  const auto found = std::ranges::find_if(versions, [&](const auto& one) { return one.version == version; });
  if (found == versions.end() || starts(*found) > day) return false;
  return std::all_of(found + 1, versions.end(), [&](const auto& later) { return starts(later) >= day; });
}

}  // namespace

Bytes metadata_message(Role role, ByteView body) {
  return Packer().label("metadata").number(static_cast<std::uint8_t>(role)).raw(h32(body).bytes()).take();
}

Hash cards_hash(const metadata::CardList& cards) {
  Packer out;
  out.label("cards").number(static_cast<std::uint32_t>(cards.cards.size()));
  for (const Bytes& card : cards.cards) out.sized(card);
  return h32(out.bytes());
}

const DirectoryVersion* Network::directory_on(Day day) const {
  const DirectoryVersion* best = nullptr;
  for (const DirectoryVersion& one : directories) {
    if (one.directory.starts <= day) best = &one;
  }
  return best;
}

const PolicyVersion* Network::policy_on(Day day) const {
  const PolicyVersion* best = nullptr;
  for (const PolicyVersion& one : policies) {
    if (one.starts <= day) best = &one;
  }
  return best;
}

bool Network::directory_held(const Version& version, Day day) const {
  const auto starts = [](const DirectoryVersion& one) { return one.directory.starts; };
  return held(directories, version, day, starts);
}

bool Network::policy_held(const Version& version, Day day) const {
  return held(policies, version, day, [](const PolicyVersion& one) { return one.starts; });
}

const PolicyVersion* Network::policy_named(const Version& version) const {
  const auto found = std::ranges::find(policies, version, &PolicyVersion::version);
  return found == policies.end() ? nullptr : &*found;
}

const DirectoryVersion* Network::directory_named(const Version& version) const {
  const auto found = std::ranges::find(directories, version, &DirectoryVersion::version);
  return found == directories.end() ? nullptr : &*found;
}

Result<Network> verify_network(const Files& files, const Floor& floor, Instant now) {
  return Verifier(files, floor, now).run(Verifier::Cards::checked);
}

Result<Network> verify_as_signed(const Files& files) {
  const auto found = files.find("timestamp");
  if (found == files.end()) return bad(Errc::absent, "timestamp", "is not there");
  const auto file = metadata::decode_signed(found->second);
  if (!file) return bad(file.error().code, "timestamp", file.error().detail);
  const auto timestamp = metadata::decode_timestamp(file->body);
  if (!timestamp) return bad(timestamp.error().code, "timestamp", timestamp.error().detail);
  return Verifier(files, {}, timestamp->signed_at).run(Verifier::Cards::left_out);
}

const metadata::Notary* find_notary(const metadata::Directory& directory) {
  return directory.notaries.empty() ? nullptr : &directory.notaries.front();
}

const metadata::DeskKeys* find_desk(const metadata::Directory& directory, std::string_view name) {
  const auto found = std::ranges::find(directory.desks, name, &metadata::DeskKeys::name);
  return found == directory.desks.end() || found->revoked ? nullptr : &*found;
}

const KeyCard* card_on(const Network& network, std::string_view desk, KeyCard::Use use, Day day) {
  const auto holds = [&](const KeyCard& card) {
    return card.desk == desk && card.use == use && card.from <= day && day <= card.until;
  };
  const auto found = std::ranges::find_if(network.cards, holds);
  return found == network.cards.end() ? nullptr : &*found;
}

}  // namespace seinhuis::proof
