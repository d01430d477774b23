#pragma once

#include <filesystem>

#include "seinhuis/client/desk_keys.h"
#include "seinhuis/proof/trust.h"

// What the administrators of a network do. A network folder holds admin/ (role keys, the directory being
// prepared), metadata/ (public, signed) and broker/ (its keys and configuration).
namespace seinhuis::tools {

struct NetworkPlan {
  std::string name;
  std::filesystem::path policies;
  std::string endpoint;
  std::string anonymous_endpoint;  // empty: the network has the identified mode only
  Instant now{};
  bool sandbox = false;
};
// Draws all keys, signs root 1 and prepares an empty directory. Fails with conflict when the folder is in
// use.
Result<Done> create_network(const std::filesystem::path& folder, const NetworkPlan& plan, Random& random);

// A desk's request to be enrolled: its keys with proof of possession, and its first key cards.
struct EnrolRequest {
  metadata::DeskKeys keys;
  std::vector<Bytes> cards;
};
EnrolRequest request_for(const std::string& desk, client::DeskKeys& keys, const std::vector<KeyCard>& cards);
std::string to_json(const EnrolRequest& request);
Result<EnrolRequest> parse_request(std::string_view json, const std::string& file);

// Puts the desk into the directory being prepared. Fails with unauthentic when possession is not proved.
Result<Done> enrol(const std::filesystem::path& folder, const EnrolRequest& request);
Result<Done> revoke(const std::filesystem::path& folder, const std::string& desk);

// The broker's store was put back from a copy: root signs a new log, and the tokens of before count no more
// where the broker issues them. Fails with absent when too few root keys lie in the folder.
Result<Done> continue_log(const std::filesystem::path& folder, Random& random);

// Changes the directory being prepared.
Result<Done> change_pending(const std::filesystem::path& folder,
                            const std::function<Result<Done>(metadata::Directory&)>& change);
// A signing key from its file (0600).
Result<proof::Signer> load_signer(const std::filesystem::path& file);

// Ends the generation of a pseudonym domain before `from`, in the directory being prepared (keysets.h).
Result<Done> rotate_domain(const std::filesystem::path& folder, const std::string& domain, Day from);

// Signs what changed (directory, and the policy of `policies` if given), a snapshot and a timestamp.
// `cards` and `head` come from the broker where one runs.
struct Published {
  std::vector<Bytes> cards;
  Bytes head;
  Instant at{};  // when the broker was asked
};
Result<Done> publish(const std::filesystem::path& folder,
                     const std::optional<std::filesystem::path>& policies, const Published& from_broker,
                     Instant now);
// A fresh timestamp over the same snapshot.
Result<Done> refresh(const std::filesystem::path& folder, const Published& from_broker, Instant now);

// Asks the broker of the network (at `endpoint`, or where the directory says when it is empty) for its key
// cards and newest head, with the administrators' own transport key. Fails with unauthentic when the head
// does not extend the one that the last timestamp names: nothing may be signed that hides a fork.
Result<Published> ask_broker(const std::filesystem::path& folder, const std::string& endpoint, Instant now);

// Waits until the broker serves the timestamp that lies in the folder, 10 s at most; unreachable after that.
Result<Done> await_broker(const std::filesystem::path& folder, Instant now);

// The name under which the administrators' connection stands in the directory; no policy knows it.
constexpr const char* admin_desk = "netwerk/beheer";

}  // namespace seinhuis::tools
