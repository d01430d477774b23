#include "unsealed.h"

#include <algorithm>

#include "packed_draft.h"
#include "seinhuis/proof/board.h"
#include "seinhuis/proof/hash.h"

namespace seinhuis::client {
namespace {

const Error unreadable_unsealed{Errc::io, "a message that waits for its pseudonyms cannot be read"};

template <class Key>
Key unpack_secret(Unpacker& in) {
  const ByteView raw = in.bytes(Key::size);
  return Key::filled([&](std::span<std::byte> out) {
    if (raw.size() == out.size()) std::ranges::copy(raw, out.begin());
  });
}

}  // namespace

OfWords of_words(seal::WordKeys keys) {
  const ReplyAddress reply{keys.reply.sealing, keys.continues.key(),
                           proof::cell_key_hash(keys.cell.reveal())};
  return {reply, std::move(keys.continues), std::move(keys.cell)};
}

void Blinds::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const Hash block = proof::h32_keyed({Packer().label("blinds").number(drawn_++).bytes()}, seed_.reveal());
    const std::size_t part = std::min(out.size(), block.bytes().size());
    std::ranges::copy(block.bytes().first(part), out.begin());
    out = out.subspan(part);
  }
}

SecretBytes pack(const Unsealed& unsealed) {
  Bytes draft = pack_draft(unsealed.draft);
  Packer out;
  out.sized(draft).raw(unsealed.thread.bytes()).day(unsealed.written);
  out.raw(unsealed.words.reply.key.bytes()).raw(unsealed.words.continues.seed().reveal());
  out.raw(unsealed.words.cell.reveal()).raw(unsealed.blinds.reveal());
  out.sized(encode(unsealed.payment));
  out.sized(unsealed.receipt ? encode(*unsealed.receipt) : Bytes{});
  wipe(draft);
  Bytes raw = out.take();
  SecretBytes kept(raw.size());
  std::ranges::copy(raw, kept.bytes().begin());
  wipe(raw);
  return kept;
}

Result<Unsealed> unpack_unsealed(ByteView raw) {
  Unpacker in(raw);
  auto draft = unpack_draft(in.sized(max_part));
  const auto thread = in.id<ThreadId>();
  const Day written = in.day();
  const auto sealing = in.id<SealingKey>();
  proof::Signer continues(unpack_secret<proof::SigningSeed>(in));
  auto cell = unpack_secret<seal::CellKey>(in);
  auto blinds = unpack_secret<BlindSeed>(in);
  auto payment = decode_evaluation_redemption(in.sized(max_part));
  const ByteView paid = in.sized(max_part);
  std::optional<EvaluationReceipt> receipt;
  if (!paid.empty()) {
    auto one = decode_evaluation_receipt(paid);
    if (!one) return unreadable_unsealed;
    receipt = *one;
  }
  if (!draft || !payment || !in.ok()) return unreadable_unsealed;
  const ReplyAddress reply{sealing, continues.key(), proof::cell_key_hash(cell.reveal())};
  return Unsealed{*std::move(draft), thread,   written, {reply, std::move(continues), std::move(cell)},
                  std::move(blinds), *payment, receipt};
}

}  // namespace seinhuis::client
