#pragma once

#include "seinhuis/client/desk_keys.h"
#include "seinhuis/store/store.h"

namespace seinhuis::client {

// What a client is made of. All references outlive it.
struct Parts {
  std::string desk;
  DeskKeys& keys;
  store::Store& store;
  Link& link;
  Random& random;
  Clock clock;
  std::chrono::milliseconds patience{5000};  // for one answer
  Link* notary = nullptr;                    // where there is one
  Anonymously anonymously = {};              // to send without being named
  bool unhurried = false;                    // in a sandbox too what is not urgent waits for its frame
};

}  // namespace seinhuis::client
