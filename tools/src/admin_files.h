#pragma once

#include <filesystem>

#include "keysets.h"
#include "seinhuis/proof/sign.h"
#include "seinhuis/proof/trust.h"
#include "seinhuis/wire/metadata.h"

// The files of the administrators' folder: role keys, and what is being prepared.
namespace seinhuis::tools {

// The file of a role's n-th key, counted from 1.
std::filesystem::path key_file(const std::filesystem::path& folder, metadata::Role role, int number);
// Signs with every key of the role that lies in the folder. Fails with absent when there is none.
Result<Bytes> sign(const std::filesystem::path& folder, metadata::Role role, Bytes body);

Result<metadata::Directory> pending(const std::filesystem::path& folder);
Result<Done> save_pending(const std::filesystem::path& folder, metadata::Directory directory);
// A root that is signed and not published yet.
inline std::filesystem::path root_pending(const std::filesystem::path& folder) {
  return folder / "admin" / "root.pending";
}
// Adds it to the files of the network, if there is one.
Result<Done> take_pending_root(const std::filesystem::path& folder, proof::Files& files);
// Key cards that are to be listed; empty before there are any.
Result<metadata::CardList> pending_cards(const std::filesystem::path& folder);
// Adds those that are not there yet.
void merge(metadata::CardList& list, const std::vector<Bytes>& more);

// Who evaluates in this network.
Result<Evaluators> evaluators_of(const std::filesystem::path& folder);

}  // namespace seinhuis::tools
