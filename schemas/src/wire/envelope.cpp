#include "seinhuis/wire/envelope.h"

#include <algorithm>

#include "seinhuis/wire/generated/envelope_generated.h"
#include "table.h"

// Found by the codec through their arguments, so not in an unnamed namespace.
namespace seinhuis {

namespace fb = wire::generated;

template <class Way>
void pass(Way& way, SealedField& d, fb::SealedFieldT& w) {
  way(d.commitment, w.commitment);
  way(d.ciphertext, w.ciphertext);
}
template <class Way>
void pass(Way& way, Wrap& d, fb::WrapT& w) {
  way(d.entry, w.entry);
  way(d.box, w.box);
}
template <class Way>
void pass(Way& way, Slot& d, fb::SlotT& w) {
  way(d.activation, w.activation);
  way(d.salt, w.salt);
  way(d.desk, w.desk);
  way(d.card, w.card);
  way(d.enc, w.enc);
  way(d.wraps, w.wraps);
  way(d.note, w.note);
}
template <class Way>
void pass(Way& way, StatementCopy& d, fb::StatementCopyT& w) {
  way(d.salt, w.salt);
  way(d.body, w.body);
}
template <class Way>
void pass(Way& way, Submission& d, fb::SubmissionT& w) {
  way(d.prologue, w.prologue);
  way(d.fields, w.fields);
  way(d.slots, w.slots);
  way(d.statements, w.statements);
  way(d.signature, w.signature);
  way(d.outcome, w.outcome);
  way(d.admission, w.admission);
  way(d.cell_key, w.cell_key);
  way(d.continuation, w.continuation);
}
template <class Way>
void pass(Way& way, PassedField& d, fb::PassedFieldT& w) {
  way(d.entry, w.entry);
  way(d.commitment, w.commitment);
  way(d.ciphertext, w.ciphertext);
  way(d.wrap, w.wrap);
}
template <class Way>
void pass(Way& way, SlotEntry& d, fb::SlotEntryT& w) {
  way(d.entry, w.entry);
  way(d.wrap_hash, w.wrap_hash);
}
template <class Way>
void pass(Way& way, Delivery& d, fb::DeliveryT& w) {
  way(d.prologue, w.prologue);
  way(d.field_leaves, w.field_leaves);
  way(d.slot_leaves, w.slot_leaves);
  way(d.slot, w.slot);
  way(d.activation, w.activation);
  way(d.salt, w.salt);
  way(d.card, w.card);
  way(d.enc, w.enc);
  way(d.note, w.note);
  way(d.sealed_entries, w.sealed_entries);
  way(d.passed, w.passed);
  way(d.statements, w.statements);
  way(d.signature, w.signature);
  way(d.outcome, w.outcome);
  way(d.record, w.record);
  way(d.record_salt, w.record_salt);
  way(d.proof, w.proof);
  way(d.admission, w.admission);
  way(d.continuation, w.continuation);
  way(d.escalation, w.escalation);
}

namespace {

constexpr std::size_t max_ciphertext = 1048576 + tag_size;

bool ciphertext_sized(const Bytes& text) {
  return text.size() > tag_size && text.size() <= max_ciphertext &&
         std::ranges::find(size_classes, text.size() - tag_size) != size_classes.end();
}

bool rising_entries(const auto& list) {
  return list.size() <= Prologue::max_entries &&
         std::ranges::adjacent_find(list, [](const auto& a, const auto& b) { return a.entry >= b.entry; }) ==
             list.end();
}

const char* wrong(const Slot& slot) {
  if (slot.wraps.empty() || !rising_entries(slot.wraps)) return "a slot has no wraps, or not ascending";
  if (std::ranges::any_of(slot.wraps, [](const Wrap& wrap) { return wrap.box.size() != wrap_size; }))
    return "a wrap has the wrong size";
  if (slot.note.size() != note_size) return "a note has the wrong size";
  return slot.card.size() > 512 ? "a card is too long" : nullptr;
}

const char* wrong(const Submission& seen) {
  if (seen.prologue.empty() || seen.prologue.size() > Prologue::max_bytes) return "no prologue, or too long";
  if (seen.fields.empty() || seen.fields.size() > Prologue::max_entries) return "fields not 1..256";
  for (const SealedField& field : seen.fields) {
    if (!ciphertext_sized(field.ciphertext)) return "a ciphertext has no size class";
  }
  if (seen.slots.empty() || seen.slots.size() > Prologue::max_recipients) return "slots not 1..64";
  for (const Slot& slot : seen.slots) {
    if (const char* what = wrong(slot)) return what;
  }
  if (seen.statements.size() > Prologue::max_statements) return "too many statements";
  if (seen.admission.size() > 1024 || seen.cell_key.size() > 32) return "admission or cell key is too long";
  if (seen.continuation.size() > 64) return "the continuation is too long";
  return seen.outcome.size() > 1024 ? "the outcome is too long" : nullptr;
}

const char* wrong(const Delivery& seen) {
  if (seen.prologue.empty() || seen.prologue.size() > Prologue::max_bytes) return "no prologue, or too long";
  if (seen.field_leaves.empty() || seen.field_leaves.size() > Prologue::max_entries)
    return "field leaves not 1..256";
  if (seen.slot_leaves.empty() || seen.slot_leaves.size() > Prologue::max_recipients)
    return "slot leaves not 1..64";
  if (seen.slot >= seen.slot_leaves.size()) return "no such slot";
  if (seen.sealed_entries.empty() || !rising_entries(seen.sealed_entries))
    return "sealed entries not ascending";
  if (!rising_entries(seen.passed)) return "passed fields not ascending";
  for (const PassedField& field : seen.passed) {
    if (!ciphertext_sized(field.ciphertext) || field.wrap.size() != wrap_size)
      return "a passed field has the wrong size";
  }
  if (seen.note.size() != note_size) return "a note has the wrong size";
  return seen.statements.size() > 2 * Prologue::max_statements ? "too many statements" : nullptr;
}

// Bytes that unpacking would make, of vectors that a hostile buffer can share.
class Spread {
 public:
  template <class Vector>
  Spread& add(const Vector* vector) {
    if (vector != nullptr) bytes_ += vector->size();
    return *this;
  }
  template <class Tables, class Visit>
  Spread& each(const Tables* tables, Visit visit) {
    if (tables == nullptr) return *this;
    for (const auto* table : *tables) visit(*table);
    return *this;
  }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

const char* shares(const fb::Submission& table, std::size_t size) {
  Spread spread;
  spread.add(table.prologue()).add(table.signature()).add(table.outcome()).add(table.admission());
  spread.add(table.continuation());
  spread.each(table.fields(),
              [&](const fb::SealedField& f) { spread.add(f.commitment()).add(f.ciphertext()); });
  spread.each(table.slots(), [&](const fb::Slot& s) {
    spread.add(s.salt()).add(s.desk()).add(s.card()).add(s.enc()).add(s.note());
    spread.each(s.wraps(), [&](const fb::Wrap& w) { spread.add(w.box()); });
  });
  spread.each(table.statements(), [&](const fb::StatementCopy& s) { spread.add(s.salt()).add(s.body()); });
  return spread.bytes() > size ? "says the same bytes twice" : nullptr;
}

const char* shares(const fb::Delivery& table, std::size_t size) {
  Spread spread;
  spread.add(table.prologue()).add(table.field_leaves()).add(table.slot_leaves()).add(table.record());
  spread.add(table.admission()).add(table.continuation());
  spread.each(table.passed(), [&](const fb::PassedField& f) {
    spread.add(f.commitment()).add(f.ciphertext()).add(f.wrap());
  });
  spread.each(table.sealed_entries(), [&](const fb::SlotEntry& e) { spread.add(e.wrap_hash()); });
  spread.each(table.statements(), [&](const fb::StatementCopy& s) { spread.add(s.salt()).add(s.body()); });
  return spread.bytes() > size ? "says the same bytes twice" : nullptr;
}

template <class Table, class Message>
Result<Message> decode_checked(ByteView raw, const char* identifier, std::size_t limit) {
  auto seen = wire::decode_table<Table>(raw, identifier, limit, Message{}, &shares);
  if (!seen) return seen;
  if (const char* what = wrong(*seen)) return Error{Errc::malformed, what};
  return seen;
}

}  // namespace

Result<Submission> decode_submission(ByteView raw) {
  return decode_checked<fb::Submission, Submission>(raw, "SHSU", max_message + 65536);
}
Result<Submission> decode_kept_submission(ByteView raw) {
  return decode_checked<fb::Submission, Submission>(raw, "SHSU", 2 * max_message);
}
Bytes encode(const Submission& submission) { return wire::encode_table<fb::Submission>(submission, "SHSU"); }

Result<Delivery> decode_delivery(ByteView raw) {
  return decode_checked<fb::Delivery, Delivery>(raw, "SHDE", 2 * max_message);
}
Bytes encode(const Delivery& delivery) { return wire::encode_table<fb::Delivery>(delivery, "SHDE"); }

}  // namespace seinhuis
