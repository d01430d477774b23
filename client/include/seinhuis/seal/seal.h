#pragma once

#include <map>

#include "seinhuis/base/random.h"
#include "seinhuis/proof/leaves.h"
#include "seinhuis/proof/sign.h"
#include "seinhuis/seal/hpke.h"
#include "seinhuis/seal/value.h"

// Sealing and opening of messages (schemas/PROTOCOL.md, "Sealing"). The only code that can open anything.
namespace seinhuis::seal {

// Hedges every nonce and key against a random generator that repeats itself; a desk keeps one.
class NonceKey final : public Secret<NonceKey, 32> {
  friend Secret;
  NonceKey() = default;
};

// instance 32 || u64 seq || previous manifest hash 32: lets a recipient see a gap or a fork of what one
// sender sent it.
struct Note {
  Hash instance = Hash::zero();
  std::uint64_t seq = 0;
  Hash previous = Hash::zero();
  friend bool operator==(const Note&, const Note&) = default;
};

struct Recipient {
  std::string desk;
  Bytes card;
  SealingKey key = SealingKey::zero();
  std::vector<std::uint16_t> entries;  // ascending: what it may open
  Note note;
  std::uint8_t activation = 0;  // n: dormant until the n-th step of a chain
};

struct Sealed {
  Submission submission;
  proof::Digest digest;
};

// Seals one padded plaintext for each entry of `prologue` and signs the manifest. Fills in the prologue's
// recipient leaves (and so the order of the slots). Fails with unauthentic when a recipient's key is of small
// order.
Result<Sealed> seal(Prologue prologue, const std::vector<SecretBytes>& plaintexts,
                    std::vector<Recipient> recipients, const proof::Signer& signer, const NonceKey& nonce_key,
                    Random& random);

struct Opened {
  Note note;
  std::map<std::uint16_t, Value> values;  // by entry, those that the broker passed
};

// Opens a delivery whose manifest and record were checked before (client/accept.h). Fails with unauthentic;
// the detail is for the own log and the supervisor, never for the broker.
Result<Opened> open(const Delivery& delivery, const Hash& h0, const Hash& recipient_leaf,
                    const OpeningKey& key);

}  // namespace seinhuis::seal
