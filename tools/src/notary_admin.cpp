#include "notary_admin.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "keysets.h"
#include "network_admin.h"
#include "seinhuis/base/key_file.h"
#include "seinhuis/policy_load/load.h"
#include "seinhuis/proof/keyset.h"
#include "seinhuis/proof/token.h"
#include "seinhuis/proof/trust.h"
#include "seinhuis/yaml/yaml.h"
#include "token_keys.h"

namespace seinhuis::tools {
namespace {

using metadata::Keyset;
using std::filesystem::path;

constexpr const char* everybody = "*";  // the empty class, in a request

Result<Done> write_configuration(const path& folder, const NotaryPlan& plan) {
  std::string text =
      "metadata: metadata\n"
      "store: store\n"
      "transport-key: transport.key\n"
      "identity-key: identity.key\n"
      "evaluator: evaluator\n"
      "issuer: issuer\n";
  if (!plan.clock.empty()) text += "clock: " + plan.clock + "\n";
  const auto written = write_new_file(folder / "notary.yaml", view(text), Readers::owner);
  return !written && written.error().code == Errc::conflict ? Result<Done>(Done{}) : written;
}

// That the evaluator of a keyset holds its key, whatever the days.
bool holds_key(Keyset keyset) {
  keyset.from = Day(1);
  keyset.until = Day(2);
  return keyset.evaluators.size() == 1 && keyset.evaluators[0].name == proof::notary_name &&
         proof::check_keysets({keyset});
}

path kept_file(const path& network) { return network / "admin" / "notary.keysets"; }

}  // namespace

Result<NotaryRequest> make_notary(const path& folder, const NotaryPlan& plan, Random& random) {
  const auto loaded = policy::load(plan.policies);
  if (!loaded) return loaded.error();
  for (const auto& made :
       {make_folder(folder, Readers::owner), make_folder(folder / "evaluator", Readers::owner)}) {
    if (!made) return made.error();
  }
  auto seed = read_or_draw_key<proof::SigningSeed>(folder / "identity.key", random);
  if (!seed) return seed.error();
  const proof::Signer signer(*std::move(seed));
  const auto secret = read_or_draw_key<client::TransportSecret>(folder / "transport.key", random);
  if (!secret) return secret.error();
  const TransportKey transport = client::public_of(*secret);
  if (auto written = write_configuration(folder, plan); !written) return written.error();
  NotaryRequest request;
  request.notary = {plan.endpoint, plan.anonymous_endpoint,
                    transport,     signer.sign(proof::transport_message(proof::notary_name, transport)),
                    signer.key(),  signer.sign(proof::possession_message(proof::notary_name, signer.key()))};
  for (const auto& [domain, type] : pseudonyms_in(loaded->bundle)) {
    for (std::uint32_t n = 0; n < plan.generations; ++n) {
      Keyset keyset{domain, type, plan.first_generation + n, Day(0), Day(0), {}};
      const auto drawn = seed_in(folder / "evaluator", keyset, random);
      if (!drawn) return drawn.error();
      keyset.evaluators.push_back(proof::evaluator_entry(proof::notary_name, keyset, *drawn, random));
      request.keysets.push_back(std::move(keyset));
    }
  }
  auto tokens = make_token_keys(folder / "issuer", loaded->bundle, plan.today, random);
  if (!tokens) return tokens.error();
  request.token_keys = *std::move(tokens);
  return request;
}

std::string to_json(const NotaryRequest& request) {
  nlohmann::ordered_json json{{"endpoint", request.notary.endpoint},
                              {"key", request.notary.key.hex()},
                              {"possession", request.notary.possession.hex()},
                              {"transport", request.notary.transport.hex()},
                              {"transport_signature", request.notary.transport_signature.hex()},
                              {"keysets", nlohmann::ordered_json::array()},
                              {"token_keys", nlohmann::ordered_json::array()}};
  if (!request.notary.anonymous_endpoint.empty())
    json["anonymous_endpoint"] = request.notary.anonymous_endpoint;
  for (const Keyset& keyset : request.keysets) {
    json["keysets"].push_back({{"domain", keyset.domain},
                               {"type", to_string(keyset.type)},
                               {"generation", keyset.generation},
                               {"key", keyset.evaluators[0].key.hex()},
                               {"possession", encode_hex(keyset.evaluators[0].possession)}});
  }
  for (const metadata::TokenKey& key : request.token_keys) {
    json["token_keys"].push_back({{"use", static_cast<int>(key.kind.use)},
                                  {"class", key.kind.role_class.empty() ? everybody : key.kind.role_class},
                                  {"epoch", key.kind.epoch},
                                  {"key", key.key.hex()},
                                  {"possession", encode_hex(key.possession)}});
  }
  return json.dump(2);
}

Result<NotaryRequest> parse_notary_request(std::string_view json, const std::string& file) {
  constexpr std::uint32_t max_generation = 1'000'000;
  const auto root = yaml::parse_json(json, file);
  if (!root) return root.error();
  yaml::Report report;
  const yaml::Fields in(
      *root, report,
      {"endpoint", "key", "possession", "transport", "transport_signature", "keysets", "token_keys"},
      {"anonymous_endpoint"});
  const auto id = [&report]<class Id>(const yaml::Fields& from, const char* key, Id) {
    const auto parsed = Id::parse_hex(from.text(key));
    if (!parsed && from.get(key) != nullptr) report.at(from.get(key)->mark, parsed.error().detail);
    return parsed ? *parsed : Id::zero();
  };
  NotaryRequest request;
  request.notary = {in.text("endpoint"),
                    in.text("anonymous_endpoint"),
                    id(in, "transport", TransportKey::zero()),
                    id(in, "transport_signature", Signature::zero()),
                    id(in, "key", SignerKey::zero()),
                    id(in, "possession", Signature::zero())};
  const auto items = [&](const char* key) {
    const yaml::Node* node = in.get(key);
    if (node != nullptr && !node->is_list()) report.at(node->mark, std::string(key) + " must be a list");
    return node == nullptr || !node->is_list() ? std::vector<yaml::Node>{} : node->items;
  };
  const auto possession = [&report](const yaml::Fields& from) {
    Bytes raw(from.text("possession").size() / 2);
    if (!decode_hex(from.text("possession"), raw) && from.get("possession") != nullptr)
      report.at(from.get("possession")->mark, "'possession' is not hex digits");
    return raw;
  };
  for (const yaml::Node& node : items("keysets")) {
    const yaml::Fields one(node, report, {"domain", "type", "generation", "key", "possession"});
    const auto type = word_of<IdentifierType>(one.text("type"));
    if (!type) report.at(node.mark, "no type of identifier");
    request.keysets.push_back({one.text("domain"),
                               type.value_or(IdentifierType::none),
                               one.number("generation", 0, max_generation),
                               Day(0),
                               Day(0),
                               {{proof::notary_name, id(one, "key", PointBytes::zero()), possession(one)}}});
  }
  const auto class_in = [](const yaml::Fields& from) {
    const std::string name = from.text("class");
    return name == everybody ? std::string() : name;
  };
  for (const yaml::Node& node : items("token_keys")) {
    const yaml::Fields one(node, report, {"use", "class", "epoch", "key", "possession"});
    const auto use = one.number("use", 0, 2);
    if (use == 0) report.at(node.mark, "'use' is 1 (admission) or 2 (evaluation)");
    request.token_keys.push_back(
        {{static_cast<TokenUse>(use), class_in(one), one.number("epoch", 0, max_generation)},
         id(one, "key", PointBytes::zero()),
         possession(one)});
  }
  if (!report.ok()) return Error{Errc::malformed, report.text()};
  return request;
}

Result<Done> enrol_notary(const path& network, const NotaryRequest& request) {
  const metadata::Notary& notary = request.notary;
  const Error unproved{Errc::unauthentic, "the request does not prove that the notary holds its keys"};
  if (!proof::verifies(notary.key, notary.possession,
                       proof::possession_message(proof::notary_name, notary.key)) ||
      !proof::verifies(notary.key, notary.transport_signature,
                       proof::transport_message(proof::notary_name, notary.transport)))
    return unproved;
  std::vector<metadata::TokenKey> tokens = request.token_keys;
  std::ranges::sort(tokens, {}, &metadata::TokenKey::kind);
  if (!std::ranges::all_of(request.keysets, holds_key) || !proof::check_token_keys(tokens)) return unproved;
  auto kept = notary_keys(network);
  if (!kept) return kept.error();
  metadata::Directory given;  // as one file, for what it holds
  given.keysets = request.keysets;
  given.token_keys = std::move(tokens);
  for (Keyset& earlier : kept->keysets) {
    const bool again = std::ranges::any_of(given.keysets, [&](const Keyset& one) {
      return one.domain == earlier.domain && one.type == earlier.type && one.generation == earlier.generation;
    });
    if (!again) given.keysets.push_back(std::move(earlier));
  }
  if (auto saved = write_file(kept_file(network), encode(given), Readers::owner); !saved) return saved;
  return change_pending(network, [&](metadata::Directory& directory) {
    const bool other = directory.notaries.empty() || directory.notaries[0].key != notary.key;
    if (other) directory.token_keys.clear();  // of another issuer
    directory.notaries = {notary};
    return Result<Done>(Done{});
  });
}

Result<NotaryKeys> notary_keys(const path& network) {
  const auto raw = read_file(kept_file(network), metadata::max_bytes);
  if (!raw && raw.error().code == Errc::absent) return NotaryKeys{};
  if (!raw) return raw.error();
  auto given = metadata::decode_directory(*raw);
  if (!given) return given.error();
  return NotaryKeys{std::move(given->keysets), std::move(given->token_keys)};
}

}  // namespace seinhuis::tools
