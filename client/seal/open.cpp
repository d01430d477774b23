#include "labels.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/seal/seal.h"

namespace seinhuis::seal {
namespace {

Error closed(const char* what, std::uint16_t entry) {
  return {Errc::unauthentic, std::string(what) + " of entry " + std::to_string(entry) + " does not open"};
}

Result<Note> open_note(const Exporter& exporter, const Delivery& delivery, const Hash& h0) {
  SecretBytes clear(note_size - tag_size);
  if (!decrypt(exporter.key(note_context()).reveal(), note_place(h0, delivery.slot), delivery.note,
               clear.bytes())) {
    return Error{Errc::unauthentic, "the note does not open"};
  }
  Unpacker in(clear.reveal());
  Note note;
  note.instance = in.id<Hash>();
  note.seq = in.number<std::uint64_t>();
  note.previous = in.id<Hash>();
  return note;
}

Result<Value> open_field(const Exporter& exporter, const Delivery& delivery, const Hash& h0,
                         const PassedField& field) {
  bool opens = false;
  const auto key = FieldKey::filled([&](std::span<std::byte> out) {
    opens = decrypt(exporter.key(kek_context(field.entry)).reveal(),
                    wrap_place(h0, delivery.slot, field.entry), field.wrap, out);
  });
  if (!opens) return closed("the wrap", field.entry);
  const FieldSplit split = split_of(key, h0, field.entry);
  if (!equal_in_constant_time(split.reveal().last<32>(), field.commitment.bytes()))
    return closed("the commitment", field.entry);
  SecretBytes clear(field.ciphertext.size() - tag_size);
  if (!decrypt(split.reveal().first<32>(), field_place(h0, field.entry), field.ciphertext, clear.bytes())) {
    return closed("the ciphertext", field.entry);
  }
  return unpad(clear.reveal());
}

}  // namespace

Result<Opened> open(const Delivery& delivery, const Hash& h0, const Hash& recipient_leaf,
                    const OpeningKey& key) {
  const auto exporter = set_up_recipient(delivery.enc, key, hpke_info(h0, recipient_leaf));
  if (!exporter) return exporter.error();
  auto note = open_note(*exporter, delivery, h0);
  if (!note) return note.error();
  Opened opened{*note, {}};
  for (const PassedField& field : delivery.passed) {
    auto value = open_field(*exporter, delivery, h0, field);
    if (!value) return value.error();
    opened.values.emplace(field.entry, *std::move(value));
  }
  return opened;
}

}  // namespace seinhuis::seal
