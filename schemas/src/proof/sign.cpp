#include "seinhuis/proof/sign.h"

#include <sodium.h>

#include <mutex>
#include <set>

#include "seinhuis/proof/hash.h"

namespace seinhuis::proof {
namespace {

// libsodium's secret key is seed || public key.
struct ExpandedKey {
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> raw{};
  ExpandedKey() = default;
  ExpandedKey(const ExpandedKey&) = delete;
  ExpandedKey& operator=(const ExpandedKey&) = delete;
  ~ExpandedKey() { sodium_memzero(raw.data(), raw.size()); }
};

SignerKey public_key(const SigningSeed& seed) {
  ExpandedKey expanded;
  return SignerKey::filled([&](std::span<std::byte> out) {
    crypto_sign_seed_keypair(octets(out), expanded.raw.data(), octets(seed.reveal()));
  });
}

// What verified before in this process. Only hashes, only of what holds: forgetting them costs time and
// nothing else.
class Verified {
 public:
  bool holds(const Hash& what) {
    const std::scoped_lock lock(mutex_);
    return hashes_.contains(what);
  }
  void add(const Hash& what) {
    const std::scoped_lock lock(mutex_);
    if (hashes_.size() >= most) hashes_.clear();
    hashes_.insert(what);
  }

 private:
  static constexpr std::size_t most = 65'536;
  std::mutex mutex_;
  std::set<Hash> hashes_;
};

}  // namespace

Signer::Signer(SigningSeed seed) : seed_(std::move(seed)), key_(public_key(seed_)) {}

Signature Signer::sign(ByteView message) const {
  ExpandedKey expanded;
  std::copy(seed_.reveal().begin(), seed_.reveal().end(), reinterpret_cast<std::byte*>(expanded.raw.data()));
  std::copy(key_.bytes().begin(), key_.bytes().end(), reinterpret_cast<std::byte*>(expanded.raw.data()) + 32);
  return Signature::filled([&](std::span<std::byte> out) {
    crypto_sign_detached(octets(out), nullptr, octets(message), message.size(), expanded.raw.data());
  });
}

bool is_sound(const SignerKey& key) noexcept {
  static const SignerKey identity =
      SignerKey::filled([](std::span<std::byte> out) { out[0] = std::byte{1}; });
  return key != identity && crypto_core_ed25519_is_valid_point(octets(key.bytes())) == 1;
}

bool verifies(const SignerKey& key, const Signature& signature, ByteView message) noexcept {
  return is_sound(key) && crypto_sign_verify_detached(octets(signature.bytes()), octets(message),
                                                      message.size(), octets(key.bytes())) == 0;
}

bool verifies_once(const SignerKey& key, const Signature& signature, ByteView message) {
  static Verified verified;
  const Hash what = h32({key.bytes(), signature.bytes(), message});
  if (verified.holds(what)) return true;
  if (!verifies(key, signature, message)) return false;
  verified.add(what);
  return true;
}

Bytes manifest_message(const Hash& manifest) {
  return Packer().label("manifest").raw(manifest.bytes()).take();
}

Bytes possession_message(std::string_view owner, const SignerKey& key) {
  return Packer().label("pop").text(owner).raw(key.bytes()).take();
}

Bytes transport_message(std::string_view desk, const TransportKey& key) {
  return Packer().label("transport").text(desk).raw(key.bytes()).take();
}

}  // namespace seinhuis::proof
