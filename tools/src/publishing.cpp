#include <algorithm>
#include <set>
#include <tuple>

#include "admin_files.h"
#include "network_admin.h"
#include "notary_admin.h"
#include "seinhuis/base/files.h"
#include "seinhuis/policy_load/load.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/metadata_folder.h"
#include "token_keys.h"

// Signed metadata: what was prepared becomes what everybody relies on.
namespace seinhuis::tools {
namespace {

using metadata::Role;
using std::filesystem::path;

constexpr std::uint32_t years = 365;
constexpr auto timestamp_life = std::chrono::days(30);

template <class Value>
Result<Value> body_of(const proof::Files& files, const std::string& name, Result<Value> (*decode)(ByteView)) {
  const auto found = files.find(name);
  if (found == files.end()) return Error{Errc::absent, name + " is not there"};
  const auto file = metadata::decode_signed(found->second);
  if (!file) return file.error();
  return decode(file->body);
}

std::uint32_t newest(const proof::Files& files, const std::string& kind) {
  std::uint32_t version = 0;
  while (files.contains(std::to_string(version + 1) + "." + kind)) ++version;
  return version;
}

// Adds what the broker holds: cards that desks signed as they are enrolled now, one for an epoch. One that is
// listed stays: a desk that hands in another would stop every timestamp after this one.
void add_from_broker(metadata::CardList& list, const std::vector<Bytes>& more,
                     const metadata::Directory& directory) {
  std::set<std::tuple<std::string, KeyCard::Use, std::uint32_t>> taken;
  for (const Bytes& raw : list.cards) {
    if (const auto card = decode_card(raw)) taken.emplace(card->desk, card->use, card->epoch);
  }
  std::vector<Bytes> fresh;
  for (const Bytes& raw : more) {
    const auto card = decode_card(raw);
    const metadata::DeskKeys* desk = card ? proof::find_desk(directory, card->desk) : nullptr;
    if (desk == nullptr || card->network != directory.network ||
        !proof::verifies(desk->signer, card->signature, unsigned_bytes(*card)))
      continue;
    if (taken.emplace(card->desk, card->use, card->epoch).second) fresh.push_back(raw);
  }
  merge(list, fresh);
}

// A head of the log before a restore says nothing of the one that goes on.
bool is_of(const Bytes& head, const Hash& log) {
  const auto decoded = decode_head(head);
  return decoded && decoded->head.log == log;
}

Result<Bytes> sign_timestamp(const path& folder, const proof::Files& files, const metadata::CardList& cards,
                             const Hash& log, const Published& from_broker, Instant now) {
  const std::uint32_t version = newest(files, "snapshot");
  const auto snapshot = metadata::decode_signed(files.at(std::to_string(version) + ".snapshot"));
  if (!snapshot) return snapshot.error();
  const auto root = metadata::decode_signed(files.at("1.root"));
  if (!root) return root.error();
  metadata::Timestamp timestamp;
  timestamp.network = proof::h32(root->body);
  const auto old = body_of<metadata::Timestamp>(files, "timestamp", metadata::decode_timestamp);
  timestamp.version = old ? old->version + 1 : 1;
  timestamp.signed_at = now;
  timestamp.expires_at = now + timestamp_life;
  timestamp.snapshot = {version, Day::of(now), proof::h32(snapshot->body)};
  timestamp.cards = proof::cards_hash(cards);
  const bool news = !from_broker.head.empty();
  if (news || (old && is_of(old->head, log))) {
    timestamp.head = news ? from_broker.head : old->head;
    timestamp.head_at = news ? from_broker.at : old->head_at;
  }
  return sign(folder, Role::timestamp, encode(timestamp));
}

// That of the folder, or the one that was published last. In a sandbox few desks run, and nobody hides.
Result<bundle::Policy> policy_for(const proof::Files& files, const std::optional<path>& policies) {
  if (policies) {
    auto loaded = policy::load(*policies);
    if (!loaded) return loaded.error();
    const auto root = body_of<metadata::Root>(files, "1.root", metadata::decode_root);
    if (root && root->sandbox) {
      loaded->bundle.least_crowd = std::min(loaded->bundle.least_crowd, 1U);
      loaded->bundle.least_cell = std::min(loaded->bundle.least_cell, 1U);
    }
    return std::move(loaded->bundle);
  }
  const std::uint32_t version = newest(files, "policy");
  if (version == 0) return Error{Errc::absent, "no policy has been published yet; name one with --policies"};
  const auto release =
      body_of<metadata::Release>(files, std::to_string(version) + ".policy", metadata::decode_release);
  if (!release) return release.error();
  return bundle::decode(release->bundle);
}

}  // namespace

Result<Done> publish(const path& folder, const std::optional<path>& policies, const Published& from_broker,
                     Instant now) {
  auto files = proof::read_metadata(folder / "metadata");
  if (!files) return files.error();
  auto directory = pending(folder);
  if (!directory) return directory.error();
  if (auto taken = take_pending_root(folder, *files); !taken) return taken;
  const Day today = Day::of(now);
  if (policies) {
    const auto evaluators = evaluators_of(folder);
    if (!evaluators) return evaluators.error();
    if (auto made = add_keysets(*evaluators, *policies, *directory, today); !made) return made;
  }
  const auto policy = policy_for(*files, policies);
  if (!policy) return policy.error();
  const auto given = notary_keys(folder);
  if (!given) return given.error();
  SystemRandom random;
  if (auto renewed =
          renew_token_keys(folder / "broker", *policy, given->token_keys, *directory, today, random);
      !renewed)
    return renewed;
  if (auto saved = save_pending(folder, *directory); !saved) return saved;
  metadata::Snapshot snapshot{
      directory->network, newest(*files, "snapshot") + 1, today.plus(5 * years), {}, {}};

  directory->version = newest(*files, "directory") + 1;
  directory->starts = today;
  directory->expires = today.plus(5 * years);
  const Bytes directory_body = encode(*directory);
  auto signed_directory = sign(folder, Role::directory, directory_body);
  if (!signed_directory) return signed_directory.error();
  (*files)[std::to_string(directory->version) + ".directory"] = *std::move(signed_directory);
  snapshot.directories.push_back({directory->version, today, proof::h32(directory_body)});

  std::uint32_t policy_version = newest(*files, "policy");
  if (policies) {
    const metadata::Release release{directory->network, ++policy_version, today, today.plus(5 * years),
                                    bundle::encode(*policy)};
    auto signed_release = sign(folder, Role::policy, encode(release));
    if (!signed_release) return signed_release.error();
    (*files)[std::to_string(policy_version) + ".policy"] = *std::move(signed_release);
  }
  const auto policy_file = metadata::decode_signed(files->at(std::to_string(policy_version) + ".policy"));
  if (!policy_file) return policy_file.error();
  const auto release = metadata::decode_release(policy_file->body);
  if (!release) return release.error();
  snapshot.policies.push_back({policy_version, release->starts, proof::h32(policy_file->body)});
  auto signed_snapshot = sign(folder, Role::snapshot, encode(snapshot));
  if (!signed_snapshot) return signed_snapshot.error();
  (*files)[std::to_string(snapshot.version) + ".snapshot"] = *std::move(signed_snapshot);
  if (auto written = proof::write_metadata(folder / "metadata", *files); !written) return written;
  std::filesystem::remove(root_pending(folder));
  return refresh(folder, from_broker, now);
}

Result<Done> refresh(const path& folder, const Published& from_broker, Instant now) {
  auto files = proof::read_metadata(folder / "metadata");
  if (!files) return files.error();
  auto cards = pending_cards(folder);
  if (!cards) return cards.error();
  const auto directory = body_of<metadata::Directory>(
      *files, std::to_string(newest(*files, "directory")) + ".directory", metadata::decode_directory);
  if (!directory) return directory.error();
  add_from_broker(*cards, from_broker.cards, *directory);
  std::erase_if(cards->cards, [&](const Bytes& raw) {
    const auto card = decode_card(raw);
    return !card || card->until.plus(40) < Day::of(now);
  });
  auto timestamp = sign_timestamp(folder, *files, *cards, directory->log_id, from_broker, now);
  if (!timestamp) return timestamp.error();
  (*files)["cards"] = encode(*cards);
  (*files)["timestamp"] = *std::move(timestamp);
  if (const auto verified = proof::verify_network(*files, {}, now); !verified) return verified.error();
  if (auto saved = write_file(folder / "admin" / "cards.pending", encode(*cards), Readers::owner); !saved)
    return saved;
  return proof::write_metadata(folder / "metadata", *files);
}

}  // namespace seinhuis::tools
