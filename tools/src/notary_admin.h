#pragma once

#include <filesystem>

#include "seinhuis/base/random.h"
#include "seinhuis/wire/metadata.h"

// A notary joins a network: its own keys, drawn on its own machine, and what the administrators take of them.
namespace seinhuis::tools {

// What a notary gives the administrators: who it is, and its public key in every keyset, for generations to
// come.
struct NotaryRequest {
  metadata::Notary notary;
  std::vector<metadata::Keyset> keysets;  // each with the notary as its only evaluator, and no days
  std::vector<metadata::TokenKey> token_keys;
};
std::string to_json(const NotaryRequest& request);
Result<NotaryRequest> parse_notary_request(std::string_view json, const std::string& file);

struct NotaryPlan {
  std::string endpoint;
  std::string anonymous_endpoint;
  std::filesystem::path policies;
  Day today{0};  // tokens are made for its epoch and the two after it
  std::uint32_t first_generation = 1;
  std::uint32_t generations = 3;
  std::string clock{};  // of a sandbox, from the folder; else empty
};
// Draws keys and configuration into `folder`, or, where it has keys, seeds for more generations only. Fails
// as policy::load does, and with io.
Result<NotaryRequest> make_notary(const std::filesystem::path& folder, const NotaryPlan& plan,
                                  Random& random);

// Puts the notary into the directory being prepared: keysets that are made from now on have it as their
// second evaluator. Fails with unauthentic when it does not prove that it holds its keys.
Result<Done> enrol_notary(const std::filesystem::path& network, const NotaryRequest& request);
// The keys that a notary gave; none without one.
struct NotaryKeys {
  std::vector<metadata::Keyset> keysets;
  std::vector<metadata::TokenKey> token_keys;
};
Result<NotaryKeys> notary_keys(const std::filesystem::path& network);

}  // namespace seinhuis::tools
