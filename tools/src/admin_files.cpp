#include "admin_files.h"

#include <algorithm>

#include "network_admin.h"
#include "notary_admin.h"
#include "seinhuis/base/key_file.h"

namespace seinhuis::tools {

using metadata::Role;
using std::filesystem::path;

path key_file(const path& folder, Role role, int number) {
  return folder / "admin" / (std::string(to_string(role)) + "-" + std::to_string(number) + ".key");
}

Result<proof::Signer> load_signer(const path& file) {
  auto seed = read_key<proof::SigningSeed>(file);
  if (!seed) return seed.error();
  return proof::Signer(*std::move(seed));
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

Result<metadata::Directory> pending(const path& folder) {
  const auto raw = read_file(folder / "admin" / "directory.pending", metadata::max_bytes);
  if (!raw) return raw.error();
  return metadata::decode_directory(*raw);
}

Result<Done> save_pending(const path& folder, metadata::Directory directory) {
  std::ranges::sort(directory.desks, {}, &metadata::DeskKeys::name);
  return write_file(folder / "admin" / "directory.pending", encode(directory), Readers::owner);
}

Result<Done> change_pending(const path& folder,
                            const std::function<Result<Done>(metadata::Directory&)>& change) {
  auto directory = pending(folder);
  if (!directory) return directory.error();
  if (auto changed = change(*directory); !changed) return changed;
  return save_pending(folder, *std::move(directory));
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

Result<Evaluators> evaluators_of(const path& folder) {
  auto given = notary_keys(folder);
  if (!given) return given.error();
  return Evaluators{folder / "broker", std::move(given->keysets)};
}

}  // namespace seinhuis::tools
