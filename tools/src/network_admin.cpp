#include "network_admin.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "keysets.h"
#include "notary_admin.h"
#include "seinhuis/base/files.h"
#include "seinhuis/policy_load/load.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/metadata_folder.h"
#include "seinhuis/yaml/yaml.h"
#include "token_keys.h"

namespace seinhuis::tools {
namespace {

using metadata::Role;
using std::filesystem::path;

constexpr std::uint32_t years = 365;
constexpr auto timestamp_life = std::chrono::days(30);
constexpr std::size_t max_key = 64;

// Keys of each role: how many there are, and how many must sign.
struct RolePlan {
  Role role;
  int keys;
  std::uint16_t threshold;
};
constexpr std::array<RolePlan, 5> role_plans{{{Role::root, 3, 2},
                                              {Role::directory, 1, 1},
                                              {Role::policy, 2, 2},
                                              {Role::snapshot, 1, 1},
                                              {Role::timestamp, 1, 1}}};

path key_file(const path& folder, Role role, int number) {
  return folder / "admin" / (std::string(to_string(role)) + "-" + std::to_string(number) + ".key");
}

Result<Evaluators> evaluators_of(const path& folder) {
  auto given = notary_keys(folder);
  if (!given) return given.error();
  return Evaluators{folder / "broker", std::move(given->keysets)};
}

Result<proof::Signer> new_signer(const path& file, Random& random) {
  const auto seed = proof::SigningSeed::filled([&](std::span<std::byte> out) { random.fill(out); });
  if (auto saved = write_file(file, seed.reveal(), Readers::owner); !saved) return saved.error();
  return load_signer(file);
}

// Signs with every key of the role that lies in the admin folder.
Result<Bytes> sign(const path& folder, Role role, Bytes body) {
  metadata::Signed file{role, std::move(body), {}};
  for (int number = 1; std::filesystem::exists(key_file(folder, role, number)); ++number) {
    const auto signer = load_signer(key_file(folder, role, number));
    if (!signer) return signer.error();
    file.signatures.push_back({signer->key(), signer->sign(proof::metadata_message(role, file.body))});
  }
  if (file.signatures.empty())
    return Error{Errc::absent,
                 "no key of role " + std::string(to_string(role)) + " in " + (folder / "admin").string()};
  return encode(file);
}

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

Result<metadata::Directory> pending(const path& folder) {
  const auto raw = read_file(folder / "admin" / "directory.pending", metadata::max_bytes);
  if (!raw) return raw.error();
  return metadata::decode_directory(*raw);
}
Result<Done> save_pending(const path& folder, metadata::Directory directory) {
  std::ranges::sort(directory.desks, {}, &metadata::DeskKeys::name);
  return write_file(folder / "admin" / "directory.pending", encode(directory), Readers::owner);
}

Result<metadata::CardList> pending_cards(const path& folder) {
  const auto raw = read_file(folder / "admin" / "cards.pending", metadata::max_bytes);
  if (!raw && raw.error().code == Errc::absent) return metadata::CardList{};
  if (!raw) return raw.error();
  return metadata::decode_cards(*raw);
}

void merge(metadata::CardList& list, const std::vector<Bytes>& more) {
  list.cards.insert(list.cards.end(), more.begin(), more.end());
  std::ranges::sort(list.cards);
  list.cards.erase(std::unique(list.cards.begin(), list.cards.end()), list.cards.end());
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

metadata::DeskKeys keys_for(const std::string& desk, const proof::Signer& signer,
                            const TransportKey& transport) {
  metadata::DeskKeys keys;
  keys.name = desk;
  keys.signer = signer.key();
  keys.possession = signer.sign(proof::possession_message(desk, signer.key()));
  keys.transport = transport;
  keys.transport_signature = signer.sign(proof::transport_message(desk, transport));
  return keys;
}

Result<metadata::Root> make_root(const path& folder, const NetworkPlan& plan, Random& random) {
  metadata::Root root;
  root.name = plan.name;
  root.version = 1;
  root.expires = Day::of(plan.now).plus(10 * years);
  root.sandbox = plan.sandbox;
  for (const RolePlan& role : role_plans) {
    metadata::RoleKeys keys{role.role, role.threshold, {}};
    for (int number = 1; number <= role.keys; ++number) {
      const auto signer = new_signer(key_file(folder, role.role, number), random);
      if (!signer) return signer.error();
      keys.keys.push_back(
          {signer->key(), signer->sign(proof::possession_message(to_string(role.role), signer->key()))});
    }
    root.roles.push_back(std::move(keys));
  }
  return root;
}

Result<client::TransportPair> new_transport(const path& file) {
  auto pair = client::new_transport_pair();
  if (auto saved = write_file(file, pair.secret.reveal(), Readers::owner); !saved) return saved.error();
  return pair;
}

Result<Bytes> sign_timestamp(const path& folder, const proof::Files& files, const metadata::CardList& cards,
                             const Published& from_broker, Instant now) {
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
  if (news || old) {
    timestamp.head = news ? from_broker.head : old->head;
    timestamp.head_at = news ? from_broker.at : old->head_at;
  }
  return sign(folder, Role::timestamp, encode(timestamp));
}

// That of the folder, or the one that was published last.
Result<bundle::Policy> policy_for(const proof::Files& files, const std::optional<path>& policies) {
  if (policies) {
    auto loaded = policy::load(*policies);
    return loaded ? Result<bundle::Policy>(std::move(loaded->bundle)) : loaded.error();
  }
  const std::uint32_t version = newest(files, "policy");
  if (version == 0) return Error{Errc::absent, "no policy has been published yet; name one with --policies"};
  const auto release =
      body_of<metadata::Release>(files, std::to_string(version) + ".policy", metadata::decode_release);
  if (!release) return release.error();
  return bundle::decode(release->bundle);
}

}  // namespace

Result<proof::Signer> load_signer(const path& file) {
  auto raw = read_private_file(file, max_key);
  if (!raw) return raw.error();
  if (raw->size() != proof::SigningSeed::size) return Error{Errc::malformed, file.string() + " is not a key"};
  auto seed =
      proof::SigningSeed::filled([&](std::span<std::byte> out) { std::ranges::copy(*raw, out.begin()); });
  wipe(*raw);
  return proof::Signer(std::move(seed));
}

Result<Done> change_pending(const path& folder,
                            const std::function<Result<Done>(metadata::Directory&)>& change) {
  auto directory = pending(folder);
  if (!directory) return directory.error();
  if (auto changed = change(*directory); !changed) return changed;
  return save_pending(folder, *std::move(directory));
}

Result<Done> create_network(const path& folder, const NetworkPlan& plan, Random& random) {
  if (std::filesystem::exists(folder / "admin"))
    return Error{Errc::conflict, folder.string() + " holds a network already"};
  for (const auto& [name, readers] : {std::pair("admin", Readers::owner), std::pair("broker", Readers::owner),
                                      std::pair("metadata", Readers::everybody)}) {
    if (auto made = make_folder(folder / name, readers); !made) return made;
  }
  const auto root = make_root(folder, plan, random);
  if (!root) return root.error();
  auto signed_root = sign(folder, Role::root, encode(*root));
  if (!signed_root) return signed_root.error();
  const auto log = new_signer(folder / "broker" / "log.key", random);
  if (!log) return log.error();
  const auto broker = new_transport(folder / "broker" / "transport.key");
  if (!broker) return broker.error();
  const auto own = new_transport(folder / "admin" / "transport.key");
  if (!own) return own.error();
  const auto own_signer = new_signer(folder / "admin" / "identity.key", random);
  if (!own_signer) return own_signer.error();

  metadata::Directory directory;
  directory.network = proof::h32(encode(*root));
  directory.endpoint = plan.endpoint;
  directory.anonymous_endpoint = plan.anonymous_endpoint;
  directory.broker_transport = broker->key;
  directory.log_key = log->key();
  directory.log_possession = log->sign(proof::possession_message("log", log->key()));
  directory.log_id = random.draw<Hash>();
  directory.desks.push_back(keys_for(admin_desk, *own_signer, own->key));
  if (auto saved = save_pending(folder, std::move(directory)); !saved) return saved;
  return proof::write_metadata(folder / "metadata", {{"1.root", *std::move(signed_root)}});
}

EnrolRequest request_for(const std::string& desk, client::DeskKeys& keys, const std::vector<KeyCard>& cards) {
  EnrolRequest request{keys_for(desk, keys.signer(), client::public_of(keys.transport())), {}};
  for (const KeyCard& card : cards) request.cards.push_back(encode(card));
  return request;
}

std::string to_json(const EnrolRequest& request) {
  nlohmann::ordered_json json{{"desk", request.keys.name},
                              {"signer", request.keys.signer.hex()},
                              {"possession", request.keys.possession.hex()},
                              {"transport", request.keys.transport.hex()},
                              {"transport_signature", request.keys.transport_signature.hex()},
                              {"cards", nlohmann::ordered_json::array()}};
  for (const Bytes& card : request.cards) json["cards"].push_back(encode_hex(card));
  return json.dump(2);
}

Result<EnrolRequest> parse_request(std::string_view json, const std::string& file) {
  const auto root = yaml::parse_json(json, file);
  if (!root) return root.error();
  yaml::Report report;
  const yaml::Fields in(*root, report,
                        {"desk", "signer", "possession", "transport", "transport_signature", "cards"});
  const auto id = [&]<class Id>(const char* key, Id) {
    const auto parsed = Id::parse_hex(in.text(key));
    if (!parsed && in.get(key) != nullptr) report.at(in.get(key)->mark, parsed.error().detail);
    return parsed ? *parsed : Id::zero();
  };
  EnrolRequest request;
  request.keys.name = in.text("desk");
  request.keys.signer = id("signer", SignerKey::zero());
  request.keys.possession = id("possession", Signature::zero());
  request.keys.transport = id("transport", TransportKey::zero());
  request.keys.transport_signature = id("transport_signature", Signature::zero());
  for (const yaml::Node* card : in.list("cards")) {
    Bytes raw(card->scalar.size() / 2);
    if (!decode_hex(card->scalar, raw) || !decode_card(raw)) report.at(card->mark, "not a key card");
    request.cards.push_back(std::move(raw));
  }
  if (!report.ok()) return Error{Errc::malformed, report.text()};
  return request;
}

Result<Done> enrol(const path& folder, const EnrolRequest& request) {
  const metadata::DeskKeys& keys = request.keys;
  if (!proof::verifies(keys.signer, keys.possession, proof::possession_message(keys.name, keys.signer)) ||
      !proof::verifies(keys.signer, keys.transport_signature,
                       proof::transport_message(keys.name, keys.transport))) {
    return Error{Errc::unauthentic, "the request of " + keys.name + " does not prove that it holds its keys"};
  }
  auto directory = pending(folder);
  if (!directory) return directory.error();
  for (const Bytes& raw : request.cards) {
    const auto card = decode_card(raw);
    if (!card || card->desk != keys.name || card->network != directory->network ||
        !proof::verifies(keys.signer, card->signature, unsigned_bytes(*card))) {
      return Error{Errc::unauthentic,
                   "a key card in the request is not of " + keys.name + " in this network"};
    }
  }
  std::erase_if(directory->desks, [&](const metadata::DeskKeys& desk) { return desk.name == keys.name; });
  directory->desks.push_back(keys);
  if (auto saved = save_pending(folder, *std::move(directory)); !saved) return saved;
  auto cards = pending_cards(folder);
  if (!cards) return cards.error();
  std::erase_if(cards->cards, [&](const Bytes& raw) { return decode_card(raw)->desk == keys.name; });
  merge(*cards, request.cards);
  return write_file(folder / "admin" / "cards.pending", encode(*cards), Readers::owner);
}

Result<Done> revoke(const path& folder, const std::string& desk) {
  return change_pending(folder, [&](metadata::Directory& directory) -> Result<Done> {
    const auto found = std::ranges::find(directory.desks, desk, &metadata::DeskKeys::name);
    if (found == directory.desks.end()) return Error{Errc::absent, desk + " is not enrolled"};
    found->revoked = true;
    return Done{};
  });
}

Result<Done> rotate_domain(const path& folder, const std::string& domain, Day from) {
  const auto evaluators = evaluators_of(folder);
  if (!evaluators) return evaluators.error();
  return change_pending(
      folder, [&](metadata::Directory& directory) { return rotate(*evaluators, domain, directory, from); });
}

Result<Done> publish(const path& folder, const std::optional<path>& policies, const Published& from_broker,
                     Instant now) {
  auto files = proof::read_metadata(folder / "metadata");
  if (!files) return files.error();
  auto directory = pending(folder);
  if (!directory) return directory.error();
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
  auto timestamp = sign_timestamp(folder, *files, *cards, from_broker, now);
  if (!timestamp) return timestamp.error();
  (*files)["cards"] = encode(*cards);
  (*files)["timestamp"] = *std::move(timestamp);
  if (const auto verified = proof::verify_network(*files, {}, now); !verified) return verified.error();
  if (auto saved = write_file(folder / "admin" / "cards.pending", encode(*cards), Readers::owner); !saved)
    return saved;
  return proof::write_metadata(folder / "metadata", *files);
}

}  // namespace seinhuis::tools
