#include "bench/signals.h"

#include <sodium.h>

#include "seinhuis/base/message_id.h"
#include "seinhuis/proof/leaves.h"

namespace seinhuis::bench {

Bytes aead(ByteView key, ByteView clear) {
  constexpr std::array<unsigned char, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES> nonce{};
  Bytes box(clear.size() + tag_size);
  crypto_aead_xchacha20poly1305_ietf_encrypt(octets(std::span(box)), nullptr, octets(clear), clear.size(),
                                             nullptr, 0, nullptr, nonce.data(), octets(key));
  return box;
}

Delivery whole_delivery(const seal::Sealed& sealed) {
  const Slot& slot = sealed.submission.slots[0];
  Delivery d;
  d.prologue = sealed.submission.prologue;
  d.enc = slot.enc;
  d.note = slot.note;
  d.salt = slot.salt;
  d.card = slot.card;
  for (const Wrap& wrap : slot.wraps) {
    const SealedField& field = sealed.submission.fields[wrap.entry];
    d.passed.push_back({wrap.entry, field.commitment, field.ciphertext, wrap.box});
  }
  return d;
}

Signals::Signals() : folder_(home_.path() / "n") {
  const Day day = must(Day::parse("2026-11-23"));
  must(tools::create_sandbox(folder_, SEINHUIS_BENCH "/policy", day, random_));
  now_ = Instant(std::chrono::sys_days(std::chrono::days(day.days())) + std::chrono::hours(12));
  const auto files = must(proof::read_metadata(folder_ / "metadata"));
  trusted_.emplace(must(client::make_trusted(must(proof::verify_network(files, {}, now_)))));
}

client::DeskKeys& Signals::keys_of(const std::string& desk) {
  auto found = keys_.find(desk);
  if (found == keys_.end())
    found = keys_.emplace(desk, must(client::DeskKeys::load(folder_ / "desks" / desk))).first;
  return found->second;
}

seal::Sealed Signals::sealed(int fields) {
  client::DeskKeys& keys = keys_of("gemeente/toezicht");
  const client::Sender sender{*trusted_, "gemeente/toezicht", keys.signer(), keys.nonce_key(), random_, now_};
  auto planned = planned_.find(fields);
  if (planned == planned_.end())
    planned =
        planned_.emplace(fields, must(client::plan_for(sender, draft_of(fields), {}, Hash::zero()))).first;
  planned->second.message =
      new_message_id(now_ + std::chrono::milliseconds(made_++), random_);  // one after the other
  return must(client::seal_planned(sender, planned->second, [](const std::string&) { return seal::Note{}; }));
}

const seal::OpeningKey& Signals::opening_key(const Slot& slot) {
  return *keys_of(slot.desk).opening_key(must(decode_card(slot.card)).key);
}

}  // namespace seinhuis::bench
