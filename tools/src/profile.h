#pragma once

#include "seinhuis/base/file_clock.h"
#include "seinhuis/client/client.h"
#include "seinhuis/store/store.h"

namespace seinhuis::tools {

// A desk's folder: profile.yaml, keys (0600), metadata/ as last verified, store/ (outbox, inbox).
class Profile {
 public:
  // Fails with absent, malformed, refused (readable keys, a clock outside a sandbox) or as
  // proof::verify_network does.
  static Result<std::unique_ptr<Profile>> open(const std::filesystem::path& folder);

  client::Client& client() { return *client_; }
  const std::string& desk() const { return desk_; }
  Instant now() const { return clock_(); }
  // To the anonymous endpoints, by the proxy of the profile; empty where there are none.
  const client::Anonymously& anonymously() const { return anonymously_; }
  bool sandbox() const { return client_->trusted().network.root.sandbox; }
  // What this organisation's other systems call a message; empty for none (seal::message_handle).
  Result<std::string> handle(const Hash& h0);
  // The delivery with this id, also one without its time, or handle. Fails with malformed, or absent.
  Result<MessageId> delivery_called(const std::string& id_or_handle);
  // Keeps metadata that the client fetched since.
  Result<Done> save_metadata() const;

 private:
  explicit Profile(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path folder_;
  std::string desk_;
  Clock clock_;
  client::Anonymously anonymously_;
  SystemRandom random_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<client::DeskKeys> keys_;
  std::unique_ptr<client::Link> link_;
  std::unique_ptr<client::Link> notary_;
  std::unique_ptr<client::Client> client_;
};

// Ways to the anonymous endpoints that the directory names; empty where there are none.
// `proxy`: HOST:PORT of a SOCKS5 proxy; empty for none.
client::Anonymously offices_of(const metadata::Directory& directory, const std::string& proxy);

// Writes a new profile with fresh keys. `clock` only in a sandbox.
Result<client::DeskKeys> create_profile(const std::filesystem::path& folder, const std::string& desk,
                                        const std::optional<std::string>& clock, Random& random);

}  // namespace seinhuis::tools
