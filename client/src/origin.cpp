#include "seinhuis/client/origin.h"

#include <algorithm>

#include "seinhuis/proof/log.h"
#include "seinhuis/proof/sign.h"

namespace seinhuis::client {

namespace {

std::optional<NewLog> proved(ByteView raw, const proof::Network& network,
                             const metadata::Directory& directory) {
  const auto leaf = decode_accepted(raw);
  auto record = leaf ? decode_new_log(leaf->record) : Result<NewLog>(leaf.error());
  if (!record || record->network != network.id || leaf->proof.index != record->head.head.size ||
      !proof::proves(leaf->proof, proof::log_leaf(LeafKind::new_log, leaf->salt, leaf->record), network.id,
                     directory.log_id, directory.log_key))
    return std::nullopt;
  const std::vector<Hash>& logs = network.root.logs;
  const bool known = std::ranges::find(logs, record->head.head.log) != logs.end();
  const auto by_log_key = [&](const SignedHead& head) {
    return proof::verifies(directory.log_key, head.signature, encode(head.head));
  };
  if (!known || !by_log_key(record->head) || (record->quiet && !by_log_key(*record->quiet)))
    return std::nullopt;
  return *std::move(record);
}

}  // namespace

Result<std::vector<NewLog>> origins_in(const Reply& reply, const proof::Network& network, Day today) {
  if (network.root.logs.size() < 2) return Error{Errc::absent, "the log is the first of its network"};
  const Error unproved{Errc::unauthentic, "the log does not show where it goes on from the one before"};
  if (reply.items.size() < 2) return unproved;
  std::vector<NewLog> origins;
  for (std::size_t n = 1; n < reply.items.size(); ++n) {
    auto origin = proved(reply.items[n].body, network, network.directory_on(today)->directory);
    if (!origin) return unproved;
    origins.push_back(*origin);
  }
  return origins;
}

}  // namespace seinhuis::client
