#include "seinhuis/client/origin.h"

#include <algorithm>

#include "seinhuis/proof/log.h"
#include "seinhuis/proof/sign.h"

namespace seinhuis::client {

Result<NewLog> origin_in(const Reply& reply, const proof::Network& network, Day today) {
  const std::vector<Hash>& logs = network.root.logs;
  if (logs.size() < 2) return Error{Errc::absent, "the log is the first of its network"};
  const Error unproved{Errc::unauthentic, "the log does not show where it goes on from the one before"};
  const metadata::Directory& directory = network.directory_on(today)->directory;
  if (reply.items.size() != 2) return unproved;
  const auto leaf = decode_accepted(reply.items[1].body);
  auto record = leaf ? decode_new_log(leaf->record) : Result<NewLog>(leaf.error());
  if (!record || record->network != network.id || leaf->proof.index != record->head.head.size ||
      !proof::proves(leaf->proof, proof::log_leaf(LeafKind::new_log, leaf->salt, leaf->record), network.id,
                     directory.log_id, directory.log_key))
    return unproved;
  const bool known = std::ranges::find(logs, record->head.head.log) != logs.end();
  const auto by_log_key = [&](const SignedHead& head) {
    return proof::verifies(directory.log_key, head.signature, encode(head.head));
  };
  if (!known || !by_log_key(record->head) || (record->quiet && !by_log_key(*record->quiet))) return unproved;
  return record;
}

}  // namespace seinhuis::client
