#pragma once

#include "seinhuis/base/fixed_id.h"
#include "seinhuis/base/secret.h"

// HPKE (RFC 9180), base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, export-only (0x0020, 0x0001, 0xFFFF).
namespace seinhuis::seal {

// X25519 private key of a key card, or an ephemeral one.
class OpeningKey final : public Secret<OpeningKey, 32> {
  friend Secret;
  OpeningKey() = default;
};
// 32 bytes exported from an HPKE context: a key for one AEAD, used once.
class ExportedKey final : public Secret<ExportedKey, 32> {
  friend Secret;
  ExportedKey() = default;
};
class ExporterSecret final : public Secret<ExporterSecret, 32> {
  friend Secret;
  ExporterSecret() = default;
};

struct KeyPair {
  OpeningKey opening;
  SealingKey sealing;
};
// Section 7.1.3, DeriveKeyPair; `ikm` has at least 32 bytes of entropy.
KeyPair derive_key_pair(ByteView ikm);
SealingKey public_of(const OpeningKey& key);

// The exporter of a context; nothing else of it is used.
class Exporter {
 public:
  explicit Exporter(ExporterSecret secret) : secret_(std::move(secret)) {}
  // Section 5.3, Export(context, 32).
  ExportedKey key(ByteView context) const;

 private:
  ExporterSecret secret_;
};

// SetupBaseS with a given ephemeral key pair. Fails with unauthentic for a recipient key of small order.
Result<Exporter> set_up_sender(const SealingKey& recipient, ByteView info, const KeyPair& ephemeral);
// SetupBaseR.
Result<Exporter> set_up_recipient(const SealingKey& enc, const OpeningKey& own, ByteView info);

}  // namespace seinhuis::seal
