#include "vector_wrongs.h"

#include "seinhuis/wire/record.h"

namespace seinhuis::tools {

const std::vector<WrongDelivery>& wrong_deliveries() {
  static const std::vector<WrongDelivery> all{
      {"wrap-altered", "one bit of a wrap", "bad-manifest",
       [](Delivery& d) { d.passed[0].wrap[0] ^= std::byte{1}; }},
      {"wraps-swapped", "the wraps of two entries change places", "bad-manifest",
       [](Delivery& d) { std::swap(d.passed[0].wrap, d.passed[1].wrap); }},
      {"ciphertext-altered", "one bit of a ciphertext", "bad-manifest",
       [](Delivery& d) { d.passed[0].ciphertext[3] ^= std::byte{1}; }},
      {"commitment-altered", "one bit of a commitment", "bad-manifest",
       [](Delivery& d) { d.passed[0].commitment = d.passed[1].commitment; }},
      {"field-leaves-swapped", "two field leaves change places", "bad-manifest",
       [](Delivery& d) { std::swap(d.field_leaves[0], d.field_leaves[1]); }},
      {"field-leaf-as-slot-leaf", "a field leaf stands where a slot leaf belongs", "bad-manifest",
       [](Delivery& d) { d.slot_leaves[1U - d.slot] = d.field_leaves[0]; }},
      {"slot-leaf-dropped", "a slot leaf is missing", "bad-manifest",
       [](Delivery& d) {
         d.slot_leaves.pop_back();
         d.slot = 0;
       }},
      {"enc-altered", "another encapsulated key", "bad-manifest",
       [](Delivery& d) { d.enc = SealingKey::from_bytes(d.salt.bytes()); }},
      {"note-altered", "one bit of the note", "bad-manifest", [](Delivery& d) { d.note[9] ^= std::byte{1}; }},
      {"salt-altered", "the recipient leaf does not open", "not-mine",
       [](Delivery& d) { d.salt = d.record_salt; }},
      {"activation-altered", "the slot pretends to be dormant", "bad-manifest",
       [](Delivery& d) { d.activation = 1; }},
      {"signature-altered", "one bit of the manifest's signature", "bad-manifest",
       [](Delivery& d) {
         Bytes raw = copy(d.signature.bytes());
         raw[5] ^= std::byte{1};
         d.signature = Signature::from_bytes(ByteView(raw).first<64>());
       }},
      {"entry-claimed-unsealed", "a passed field that the slot leaf does not list", "bad-manifest",
       [](Delivery& d) { d.sealed_entries.erase(d.sealed_entries.begin()); }},
      {"record-of-another", "the delivery record is for another message", "record-mismatch",
       [](Delivery& d) {
         auto record = *decode_record(d.record);
         record.h0 = d.record_salt;
         d.record = encode(record);
       }},
      {"record-not-in-log", "the record's leaf is not under the head", "no-proof",
       [](Delivery& d) { d.record_salt = d.salt; }},
  };
  return all;
}

}  // namespace seinhuis::tools
