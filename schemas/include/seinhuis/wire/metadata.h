#pragma once

#include "seinhuis/wire/policy_bundle.h"
#include "seinhuis/wire/prologue.h"
#include "seinhuis/wire/pseudonym.h"
#include "seinhuis/wire/token.h"

namespace seinhuis::metadata {

// Who may sign what (TUF roles; schemas/PROTOCOL.md, "Signed metadata").
enum class Role : std::uint8_t { root = 1, directory = 2, policy = 3, snapshot = 4, timestamp = 5 };
std::string_view to_string(Role role) noexcept;

struct KeySignature {
  SignerKey key = SignerKey::zero();
  Signature signature = Signature::zero();
  friend bool operator==(const KeySignature&, const KeySignature&) = default;
};
// The body is what is hashed and signed, as it stands.
struct Signed {
  Role role = Role::root;
  Bytes body;
  std::vector<KeySignature> signatures;
  friend bool operator==(const Signed&, const Signed&) = default;
};

struct RoleKey {
  SignerKey key = SignerKey::zero();
  Signature possession = Signature::zero();
  friend bool operator==(const RoleKey&, const RoleKey&) = default;
};
struct RoleKeys {
  Role role = Role::root;
  std::uint16_t threshold = 1;
  std::vector<RoleKey> keys;
  friend bool operator==(const RoleKeys&, const RoleKeys&) = default;
};
struct Root {
  std::string name;
  std::uint32_t version = 0;
  Day expires{0};
  bool sandbox = false;  // only then may a configuration move the clock
  std::vector<RoleKeys> roles;
  // The ids that the log has had, the one it has now last: a restored log goes on under a new one. None in
  // roots that are older than that; then the directory alone says it.
  std::vector<Hash> logs;
  friend bool operator==(const Root&, const Root&) = default;
};

struct DeskKeys {
  std::string name;
  SignerKey signer = SignerKey::zero();
  Signature possession = Signature::zero();  // of the signer
  TransportKey transport = TransportKey::zero();
  Signature transport_signature = Signature::zero();  // the signer vouches for the transport key
  bool revoked = false;
  friend bool operator==(const DeskKeys&, const DeskKeys&) = default;
};
// Who evaluates pseudonyms for a domain and type of identifier, in this order, each with its own key.
struct Evaluator {
  std::string name;  // broker, notary
  PointBytes key = PointBytes::zero();
  Bytes possession;  // of the key: proof/keyset.h
  friend bool operator==(const Evaluator&, const Evaluator&) = default;
};
struct Keyset {
  std::string domain;
  IdentifierType type = IdentifierType::none;
  std::uint32_t generation = 0;
  Day from{0};  // the days on which this generation is the one to use, both inclusive
  Day until{0};
  std::vector<Evaluator> evaluators;
  friend bool operator==(const Keyset&, const Keyset&) = default;
};
// A second legal entity, without which nobody can say what an identifier's pseudonym is, and who holds the
// broker's log against what it saw of it before.
struct Notary {
  std::string endpoint;
  std::string anonymous_endpoint;  // asks nobody who it is
  TransportKey transport = TransportKey::zero();
  Signature transport_signature = Signature::zero();  // the key vouches for the transport key
  SignerKey key = SignerKey::zero();
  Signature possession = Signature::zero();
  friend bool operator==(const Notary&, const Notary&) = default;
};
struct TokenKey {
  TokenKind kind;
  PointBytes key = PointBytes::zero();
  Bytes possession;  // of the key: proof/token.h
  friend bool operator==(const TokenKey&, const TokenKey&) = default;
};
struct Directory {
  Hash network = Hash::zero();
  std::uint32_t version = 0;
  Day starts{0};
  Day expires{0};
  std::string endpoint;
  TransportKey broker_transport = TransportKey::zero();
  SignerKey log_key = SignerKey::zero();
  Signature log_possession = Signature::zero();
  Hash log_id = Hash::zero();
  std::vector<DeskKeys> desks;       // ascending by name
  std::vector<Keyset> keysets;       // ascending by domain, type and generation
  std::vector<Notary> notaries;      // at most one
  std::vector<TokenKey> token_keys;  // ascending by kind
  std::string anonymous_endpoint;    // of the broker; asks nobody who it is
  friend bool operator==(const Directory&, const Directory&) = default;
};
struct Release {  // of a policy
  Hash network = Hash::zero();
  std::uint32_t version = 0;
  Day starts{0};
  Day expires{0};
  Bytes bundle;
  friend bool operator==(const Release&, const Release&) = default;
};
struct Binding {
  std::uint32_t version = 0;
  Day starts{0};
  Hash hash = Hash::zero();
  friend bool operator==(const Binding&, const Binding&) = default;
};
struct Snapshot {
  Hash network = Hash::zero();
  std::uint32_t version = 0;
  Day expires{0};
  std::vector<Binding> directories;  // the current one and at most one announced
  std::vector<Binding> policies;
  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};
struct Timestamp {
  Hash network = Hash::zero();
  std::uint32_t version = 0;
  Instant signed_at{};
  Instant expires_at{};
  Binding snapshot;
  Hash cards = Hash::zero();  // of the complete list of key cards
  Bytes head;                 // the newest head of the log this role saw; empty before there is one
  Instant head_at{};          // when it asked the broker for that head
  friend bool operator==(const Timestamp&, const Timestamp&) = default;
};
struct CardList {
  std::vector<Bytes> cards;  // ascending, no card twice
  friend bool operator==(const CardList&, const CardList&) = default;
};

Result<Signed> decode_signed(ByteView raw);
Result<Root> decode_root(ByteView raw);
Result<Directory> decode_directory(ByteView raw);
Result<Release> decode_release(ByteView raw);
Result<Snapshot> decode_snapshot(ByteView raw);
Result<Timestamp> decode_timestamp(ByteView raw);
Result<CardList> decode_cards(ByteView raw);
Bytes encode(const Signed& value);
Bytes encode(const Root& value);
Bytes encode(const Directory& value);
Bytes encode(const Release& value);
Bytes encode(const Snapshot& value);
Bytes encode(const Timestamp& value);
Bytes encode(const CardList& value);

constexpr std::size_t max_bytes = 16U << 20U;

}  // namespace seinhuis::metadata
