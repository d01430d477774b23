#pragma once

#include "sandbox.h"
#include "seinhuis/broker/service.h"
#include "seinhuis/client/compose.h"
#include "seinhuis/client/desk_keys.h"
#include "seinhuis/policy_load/load.h"
#include "seinhuis/proof/metadata_folder.h"
#include "support_plain.h"

// Reference signals: every field filled with 20 bytes, sealed beforehand.
namespace seinhuis::bench {

using test::must;

inline policy::Draft draft_of(int fields) {
  policy::Draft draft;
  draft.from = "gemeente/toezicht";
  draft.theme = fields == 12 ? "twaalf" : "vierentwintig";
  draft.purposes = {"opsporing"};
  draft.region = "noord";
  draft.age = AgeBand::adult;
  for (int n = 1; n <= fields; ++n)
    draft.fields["veld." + std::string(n < 10 ? "0" : "") + std::to_string(n)] = {"twintig tekens lang."};
  return draft;
}

Bytes aead(ByteView key, ByteView clear);
Delivery whole_delivery(const seal::Sealed& sealed);

// A sandbox of the benchmark's policy, and its one sender.
class Signals {
 public:
  Signals();
  seal::Sealed sealed(int fields);
  const seal::OpeningKey& opening_key(const Slot& slot);
  const std::filesystem::path& folder() const { return folder_; }
  Instant now() const { return now_; }
  client::DeskKeys& keys_of(const std::string& desk);

 private:
  test::Folder home_;
  std::filesystem::path folder_;
  SystemRandom random_;
  Instant now_;
  std::optional<client::Trusted> trusted_;
  std::map<std::string, client::DeskKeys> keys_;
  std::map<int, client::Planned> planned_;
  int made_ = 0;
};

}  // namespace seinhuis::bench
