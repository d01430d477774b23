#include "admin_files.h"
#include "network_admin.h"
#include "seinhuis/base/files.h"
#include "seinhuis/proof/metadata_folder.h"

// After a restore: the log goes on under another id, which the root stands for, and tokens that a restored
// issuer does not remember count no more.
namespace seinhuis::tools {
namespace {

using metadata::Role;
using std::filesystem::path;

Result<proof::Network> published(const path& folder) {
  const auto files = proof::read_metadata(folder / "metadata");
  return files ? proof::verify_as_signed(*files) : files.error();
}

Result<Bytes> sign_root(const path& folder, const metadata::Root& root) {
  auto made = sign(folder, Role::root, encode(root));
  if (!made) return made;
  const auto file = metadata::decode_signed(*made);
  if (!file) return file.error();
  for (const metadata::RoleKeys& role : root.roles) {
    if (role.role == Role::root && file->signatures.size() < role.threshold)
      return Error{Errc::absent, std::to_string(role.threshold) + " keys of role root sign together; " +
                                     std::to_string(file->signatures.size()) + " lie in " +
                                     (folder / "admin").string()};
  }
  return made;
}

Result<Done> destroy_seeds(const path& folder) {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    if (auto zeroed = write_over(entry.path(), {}, Readers::owner); !zeroed) return zeroed;
    std::filesystem::remove(entry.path());
  }
  return Done{};
}

}  // namespace

Result<Done> continue_log(const path& folder, Random& random) {
  const auto network = published(folder);
  auto directory = pending(folder);
  if (!network || !directory) return network ? directory.error() : network.error();
  metadata::Root root = network->root;
  // Of what is published: what is being prepared may name a new log already, which nobody saw.
  if (root.logs.empty()) root.logs.push_back(network->directories.back().directory.log_id);
  root.logs.push_back(random.draw<Hash>());
  ++root.version;
  const auto signed_root = sign_root(folder, root);
  if (!signed_root) return signed_root.error();
  directory->log_id = root.logs.back();
  const bool issues = proof::find_notary(*directory) == nullptr;
  if (issues) directory->token_keys.clear();
  if (auto saved = write_file(root_pending(folder), *signed_root, Readers::owner); !saved) return saved;
  if (auto saved = save_pending(folder, *std::move(directory)); !saved) return saved;
  return issues ? destroy_seeds(folder / "broker" / "issuer") : Done{};
}

Result<Done> take_pending_root(const path& folder, proof::Files& files) {
  auto raw = read_file(root_pending(folder), metadata::max_bytes);
  if (!raw && raw.error().code == Errc::absent) return Done{};
  if (!raw) return raw.error();
  const auto file = metadata::decode_signed(*raw);
  const auto root = file ? metadata::decode_root(file->body) : Result<metadata::Root>(file.error());
  if (!root) return root.error();
  files[std::to_string(root->version) + ".root"] = *std::move(raw);
  return Done{};
}

}  // namespace seinhuis::tools
