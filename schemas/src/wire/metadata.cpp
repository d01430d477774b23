#include "seinhuis/wire/metadata.h"

#include "seinhuis/wire/generated/metadata_generated.h"
#include "table.h"

// Found by the codec through their arguments, so not in an unnamed namespace.
namespace seinhuis::metadata {

namespace fb = wire::generated;

inline std::uint8_t last_number(Role) { return 5; }

template <class Way>
void pass(Way& way, KeySignature& d, fb::KeySignatureT& w) {
  way(d.key, w.key);
  way(d.signature, w.signature);
}
template <class Way>
void pass(Way& way, Signed& d, fb::SignedT& w) {
  way(d.role, w.role);
  way(d.body, w.body);
  way(d.signatures, w.signatures);
}
template <class Way>
void pass(Way& way, RoleKey& d, fb::RoleKeyT& w) {
  way(d.key, w.key);
  way(d.possession, w.possession);
}
template <class Way>
void pass(Way& way, RoleKeys& d, fb::RoleT& w) {
  way(d.role, w.role);
  way(d.threshold, w.threshold);
  way(d.keys, w.keys);
}
template <class Way>
void pass(Way& way, Root& d, fb::RootT& w) {
  way(d.name, w.name);
  way(d.version, w.version);
  way(d.expires, w.expires);
  way(d.sandbox, w.sandbox);
  way(d.roles, w.roles);
  way(d.logs, w.logs);
}
template <class Way>
void pass(Way& way, DeskKeys& d, fb::DeskKeysT& w) {
  way(d.name, w.name);
  way(d.signer, w.signer);
  way(d.possession, w.possession);
  way(d.transport, w.transport);
  way(d.transport_signature, w.transport_signature);
  way(d.revoked, w.revoked);
}
template <class Way>
void pass(Way& way, Evaluator& d, fb::EvaluatorT& w) {
  way(d.name, w.name);
  way(d.key, w.key);
  way(d.possession, w.possession);
}
template <class Way>
void pass(Way& way, Keyset& d, fb::KeysetT& w) {
  way(d.domain, w.domain);
  way(d.type, w.type);
  way(d.generation, w.generation);
  way(d.from, w.from);
  way(d.until, w.until);
  way(d.evaluators, w.evaluators);
}
template <class Way>
void pass(Way& way, Notary& d, fb::NotaryT& w) {
  way(d.endpoint, w.endpoint);
  way(d.anonymous_endpoint, w.anonymous_endpoint);
  way(d.transport, w.transport);
  way(d.transport_signature, w.transport_signature);
  way(d.key, w.key);
  way(d.possession, w.possession);
}
template <class Way>
void pass(Way& way, TokenKey& d, fb::TokenKeyT& w) {
  way(d.kind.use, w.use);
  way(d.kind.role_class, w.role_class);
  way(d.kind.epoch, w.epoch);
  way(d.key, w.key);
  way(d.possession, w.possession);
}
template <class Way>
void pass(Way& way, Directory& d, fb::DirectoryT& w) {
  way(d.network, w.network);
  way(d.version, w.version);
  way(d.starts, w.starts);
  way(d.expires, w.expires);
  way(d.endpoint, w.endpoint);
  way(d.broker_transport, w.broker_transport);
  way(d.log_key, w.log_key);
  way(d.log_possession, w.log_possession);
  way(d.log_id, w.log_id);
  way(d.desks, w.desks);
  way(d.keysets, w.keysets);
  way(d.notaries, w.notaries);
  way(d.token_keys, w.token_keys);
  way(d.anonymous_endpoint, w.anonymous_endpoint);
}
template <class Way>
void pass(Way& way, Release& d, fb::ReleaseT& w) {
  way(d.network, w.network);
  way(d.version, w.version);
  way(d.starts, w.starts);
  way(d.expires, w.expires);
  way(d.bundle, w.bundle);
}
template <class Way>
void pass(Way& way, Binding& d, fb::BindingT& w) {
  way(d.version, w.version);
  way(d.starts, w.starts);
  way(d.hash, w.hash);
}
template <class Way>
void pass(Way& way, Snapshot& d, fb::SnapshotT& w) {
  way(d.network, w.network);
  way(d.version, w.version);
  way(d.expires, w.expires);
  way(d.directories, w.directories);
  way(d.policies, w.policies);
}
template <class Way>
void pass(Way& way, Timestamp& d, fb::TimestampT& w) {
  way(d.network, w.network);
  way(d.version, w.version);
  way(d.signed_at, w.signed_at);
  way(d.expires_at, w.expires_at);
  way(d.snapshot, w.snapshot);
  way(d.cards, w.cards);
  way(d.head, w.head);
  way(d.head_at, w.head_at);
}
template <class Way>
void pass(Way& way, CardList& d, fb::CardListT& w) {
  if constexpr (Way::loading) {
    for (auto& card : w.cards) way(d.cards.emplace_back(), card->raw);
  } else {
    for (Bytes& card : d.cards) way(card, w.cards.emplace_back(std::make_unique<fb::CardBytesT>())->raw);
  }
}

std::string_view to_string(Role role) noexcept {
  switch (role) {
    case Role::root: return "root";
    case Role::directory: return "directory";
    case Role::policy: return "policy";
    case Role::snapshot: return "snapshot";
    case Role::timestamp: return "timestamp";
  }
  return "";
}

Result<Signed> decode_signed(ByteView raw) {
  return wire::decode_table<fb::Signed>(raw, "SHSG", max_bytes, Signed{});
}
Bytes encode(const Signed& value) { return wire::encode_table<fb::Signed>(value, "SHSG"); }
Result<Root> decode_root(ByteView raw) {
  return wire::decode_table<fb::Root>(raw, "SHRT", max_bytes, Root{});
}
Bytes encode(const Root& value) { return wire::encode_table<fb::Root>(value, "SHRT"); }
Result<Directory> decode_directory(ByteView raw) {
  return wire::decode_table<fb::Directory>(raw, "SHDI", max_bytes, Directory{});
}
Bytes encode(const Directory& value) { return wire::encode_table<fb::Directory>(value, "SHDI"); }
Result<Release> decode_release(ByteView raw) {
  return wire::decode_table<fb::Release>(raw, "SHRE", max_bytes, Release{});
}
Bytes encode(const Release& value) { return wire::encode_table<fb::Release>(value, "SHRE"); }
Result<Snapshot> decode_snapshot(ByteView raw) {
  return wire::decode_table<fb::Snapshot>(raw, "SHSN", max_bytes, Snapshot{});
}
Bytes encode(const Snapshot& value) { return wire::encode_table<fb::Snapshot>(value, "SHSN"); }
Result<Timestamp> decode_timestamp(ByteView raw) {
  return wire::decode_table<fb::Timestamp>(raw, "SHTS", max_bytes, Timestamp{});
}
Bytes encode(const Timestamp& value) { return wire::encode_table<fb::Timestamp>(value, "SHTS"); }
Result<CardList> decode_cards(ByteView raw) {
  return wire::decode_table<fb::CardList>(raw, "SHCL", max_bytes, CardList{});
}
Bytes encode(const CardList& value) { return wire::encode_table<fb::CardList>(value, "SHCL"); }

}  // namespace seinhuis::metadata
