#include "network_admin.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "admin_files.h"
#include "keysets.h"
#include "seinhuis/base/files.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/metadata_folder.h"
#include "seinhuis/yaml/yaml.h"

namespace seinhuis::tools {
namespace {

using metadata::Role;
using std::filesystem::path;

constexpr std::uint32_t root_lifetime = 10 * 365;  // days

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

Result<proof::Signer> new_signer(const path& file, Random& random) {
  const auto seed = proof::SigningSeed::filled([&](std::span<std::byte> out) { random.fill(out); });
  if (auto saved = write_file(file, seed.reveal(), Readers::owner); !saved) return saved.error();
  return load_signer(file);
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

Result<metadata::Root> make_root(const path& folder, const NetworkPlan& plan, const Hash& log,
                                 Random& random) {
  metadata::Root root;
  root.name = plan.name;
  root.version = 1;
  root.expires = Day::of(plan.now).plus(root_lifetime);
  root.sandbox = plan.sandbox;
  root.logs = {log};
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

}  // namespace

Result<Done> create_network(const path& folder, const NetworkPlan& plan, Random& random) {
  if (std::filesystem::exists(folder / "admin"))
    return Error{Errc::conflict, folder.string() + " holds a network already"};
  for (const auto& [name, readers] : {std::pair("admin", Readers::owner), std::pair("broker", Readers::owner),
                                      std::pair("metadata", Readers::everybody)}) {
    if (auto made = make_folder(folder / name, readers); !made) return made;
  }
  const auto log_id = random.draw<Hash>();
  const auto root = make_root(folder, plan, log_id, random);
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
  directory.log_id = log_id;
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

}  // namespace seinhuis::tools
