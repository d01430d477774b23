#pragma once

#include "seinhuis/base/packed.h"
#include "seinhuis/base/random.h"
#include "seinhuis/base/secret.h"

namespace seinhuis::proof {

// The seed of an Ed25519 key pair (RFC 8032).
class SigningSeed final : public Secret<SigningSeed, 32> {
  friend Secret;
  SigningSeed() = default;
};

// Signs for a desk, a role or a log. Move-only; any thread.
class Signer {
 public:
  explicit Signer(SigningSeed seed);
  const SignerKey& key() const noexcept { return key_; }
  Signature sign(ByteView message) const;
  // For the file it is kept in.
  const SigningSeed& seed() const noexcept { return seed_; }

 private:
  SigningSeed seed_;
  SignerKey key_;
};

// A point of the main subgroup, canonical, not the identity. Every key from outside passes through here.
bool is_sound(const SignerKey& key) noexcept;
// False also for a key that is not sound.
bool verifies(const SignerKey& key, const Signature& signature, ByteView message) noexcept;
// The same, and remembers what verified: for metadata, of which each version repeats nearly all of the one
// before. Any thread.
bool verifies_once(const SignerKey& key, const Signature& signature, ByteView message);

// What is signed where the signed thing has no fixed encoding of its own.
Bytes manifest_message(const Hash& manifest);                             // L"manifest" || H32(M)
Bytes possession_message(std::string_view owner, const SignerKey& key);   // L"pop" || owner || key
Bytes transport_message(std::string_view desk, const TransportKey& key);  // L"transport" || desk || key

}  // namespace seinhuis::proof
