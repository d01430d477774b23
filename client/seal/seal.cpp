#include "seinhuis/seal/seal.h"

#include <algorithm>

#include "labels.h"
#include "seinhuis/proof/hash.h"

namespace seinhuis::seal {
namespace {

class MessageSecret final : public Secret<MessageSecret, 32> {
  friend Secret;
  MessageSecret() = default;
};

struct Addressed {
  Recipient recipient;
  Hash salt;
  Hash leaf;
};

std::vector<Addressed> address(std::vector<Recipient> recipients, Random& random) {
  std::vector<Addressed> slots;
  for (Recipient& recipient : recipients) {
    const Hash salt = random.draw<Hash>();
    const Hash leaf = proof::recipient_leaf(salt, recipient.desk, recipient.card);
    slots.push_back({std::move(recipient), salt, leaf});
  }
  std::ranges::sort(slots, {}, &Addressed::leaf);
  return slots;
}

Hash hash_all(const std::vector<SecretBytes>& plaintexts) {
  std::size_t size = 0;
  for (const SecretBytes& one : plaintexts) size += one.reveal().size();
  SecretBytes all(size);
  std::size_t at = 0;
  for (const SecretBytes& one : plaintexts) {
    std::ranges::copy(one.reveal(), all.bytes().begin() + static_cast<std::ptrdiff_t>(at));
    at += one.reveal().size();
  }
  return proof::h32(all.reveal());
}

// Everything that one message is sealed with. `texts` is the hash of all plaintexts: a generator that repeats
// itself under another text gives other keys.
class Sealer {
 public:
  Sealer(const Hash& h0, const Hash& texts, const NonceKey& nonce_key, Random& random)
      : h0_(h0), texts_(texts), nonce_key_(nonce_key), random_(random), secret_(draw()) {}

  SealedField field(std::uint16_t entry, const SecretBytes& plaintext) const {
    const FieldSplit split = split_of(field_key(entry), h0_, entry);
    return {Hash::from_bytes(split.reveal().last<32>()),
            encrypt(split.reveal().first<32>(), field_place(h0_, entry), plaintext.reveal())};
  }

  Result<Slot> slot(std::uint16_t number, const Addressed& to) {
    const Note& note = to.recipient.note;
    const Bytes text = Packer().raw(note.instance.bytes()).number(note.seq).raw(note.previous.bytes()).take();
    const KeyPair ephemeral = ephemeral_pair(number, text);
    const auto exporter = set_up_sender(to.recipient.key, hpke_info(h0_, to.leaf), ephemeral);
    if (!exporter) return exporter.error();
    Slot made{
        to.recipient.activation, to.salt, to.recipient.desk, to.recipient.card, ephemeral.sealing, {}, {}};
    for (const std::uint16_t entry : to.recipient.entries) {
      const FieldKey key = field_key(entry);
      const ExportedKey kek = exporter->key(kek_context(entry));
      made.wraps.push_back({entry, encrypt(kek.reveal(), wrap_place(h0_, number, entry), key.reveal())});
    }
    made.note = encrypt(exporter->key(note_context()).reveal(), note_place(h0_, number), text);
    return made;
  }

 private:
  MessageSecret draw() const {
    const Hash fresh = random_.draw<Hash>();
    const Bytes label = Packer().label("ms").take();
    return MessageSecret::filled([&](std::span<std::byte, 32> out) {
      proof::h32_secret({label, fresh.bytes(), texts_.bytes()}, nonce_key_.reveal(), out);
    });
  }
  FieldKey field_key(std::uint16_t entry) const {
    const Bytes label = Packer().label("fk").raw(h0_.bytes()).number(entry).take();
    return FieldKey::filled(
        [&](std::span<std::byte, 32> out) { proof::h32_secret({label}, secret_.reveal(), out); });
  }
  KeyPair ephemeral_pair(std::uint16_t number, ByteView note) const {
    const Hash fresh = random_.draw<Hash>();
    const Bytes label = Packer()
                            .label("eph")
                            .raw(fresh.bytes())
                            .number(number)
                            .raw(texts_.bytes())
                            .raw(h0_.bytes())
                            .raw(note)
                            .take();
    const auto ikm = MessageSecret::filled(
        [&](std::span<std::byte, 32> out) { proof::h32_secret({label}, nonce_key_.reveal(), out); });
    return derive_key_pair(ikm.reveal());
  }

  const Hash& h0_;
  const Hash texts_;
  const NonceKey& nonce_key_;
  Random& random_;
  MessageSecret secret_;
};

}  // namespace

Result<Sealed> seal(Prologue prologue, const std::vector<SecretBytes>& plaintexts,
                    std::vector<Recipient> recipients, const proof::Signer& signer, const NonceKey& nonce_key,
                    Random& random) {
  require(plaintexts.size() == prologue.entries.size(), "one plaintext for each entry");
  const std::vector<Addressed> slots = address(std::move(recipients), random);
  prologue.leaves.clear();
  for (const Addressed& slot : slots) prologue.leaves.push_back(slot.leaf);
  prologue.signer = signer.key();

  Sealed made;
  made.submission.prologue = encode(prologue);
  const Hash h0 = proof::h0_of(made.submission.prologue);
  Sealer sealer(h0, hash_all(plaintexts), nonce_key, random);
  for (std::size_t e = 0; e < plaintexts.size(); ++e) {
    made.submission.fields.push_back(sealer.field(static_cast<std::uint16_t>(e), plaintexts[e]));
  }
  for (std::size_t j = 0; j < slots.size(); ++j) {
    auto slot = sealer.slot(static_cast<std::uint16_t>(j), slots[j]);
    if (!slot) return slot.error();
    made.submission.slots.push_back(*std::move(slot));
  }
  made.digest = proof::digest(made.submission);
  made.submission.signature = signer.sign(proof::manifest_message(made.digest.manifest));
  return made;
}

}  // namespace seinhuis::seal
