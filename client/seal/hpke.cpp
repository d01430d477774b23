#include "seinhuis/seal/hpke.h"

#include <sodium.h>

namespace seinhuis::seal {
namespace {

constexpr std::array<unsigned char, 5> kem_suite{'K', 'E', 'M', 0x00, 0x20};
constexpr std::array<unsigned char, 10> hpke_suite{'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01, 0xFF, 0xFF};

class Bytes32 final : public Secret<Bytes32, 32> {
  friend Secret;
  Bytes32() = default;
};

ByteView view_of(std::span<const unsigned char> raw) { return std::as_bytes(raw); }

Bytes32 hmac(ByteView key, std::initializer_list<ByteView> parts) {
  crypto_auth_hmacsha256_state state;
  constexpr std::array<unsigned char, 1>
      nothing{};  // the C interface takes no null pointer, even for no bytes
  crypto_auth_hmacsha256_init(&state, key.empty() ? nothing.data() : octets(key), key.size());
  for (const ByteView part : parts) {
    if (!part.empty()) crypto_auth_hmacsha256_update(&state, octets(part), part.size());
  }
  auto out =
      Bytes32::filled([&](std::span<std::byte> raw) { crypto_auth_hmacsha256_final(&state, octets(raw)); });
  sodium_memzero(&state, sizeof state);
  return out;
}

// Section 4: LabeledExtract and LabeledExpand (32 bytes: one block).
Bytes32 labeled_extract(ByteView suite, ByteView salt, std::string_view label, ByteView ikm) {
  return hmac(salt, {view("HPKE-v1"), suite, view(label), ikm});
}
Bytes32 labeled_expand(ByteView suite, const Bytes32& prk, std::string_view label, ByteView info) {
  constexpr std::array<std::byte, 2> length{std::byte{0}, std::byte{32}};
  constexpr std::byte one{1};
  return hmac(prk.reveal(), {length, view("HPKE-v1"), suite, view(label), info, ByteView(&one, 1)});
}

Result<Bytes32> shared_secret(const OpeningKey& own, const SealingKey& other, ByteView kem_context) {
  bool weak = false;
  const auto dh = Bytes32::filled([&](std::span<std::byte> out) {
    weak = crypto_scalarmult(octets(out), octets(own.reveal()), octets(other.bytes())) != 0;
  });
  if (weak) return Error{Errc::unauthentic, "a sealing key of small order"};
  const Bytes32 eae = labeled_extract(view_of(kem_suite), {}, "eae_prk", dh.reveal());
  return labeled_expand(view_of(kem_suite), eae, "shared_secret", kem_context);
}

// Section 5.1, KeySchedule in base mode, as far as the exporter secret.
Exporter schedule(const Bytes32& shared, ByteView info) {
  const Bytes32 psk_id = labeled_extract(view_of(hpke_suite), {}, "psk_id_hash", {});
  const Bytes32 info_hash = labeled_extract(view_of(hpke_suite), {}, "info_hash", info);
  Bytes context{std::byte{0}};  // mode_base
  append(context, psk_id.reveal());
  append(context, info_hash.reveal());
  const Bytes32 secret = labeled_extract(view_of(hpke_suite), shared.reveal(), "secret", {});
  const Bytes32 exporter = labeled_expand(view_of(hpke_suite), secret, "exp", context);
  return Exporter(ExporterSecret::filled(
      [&](std::span<std::byte> out) { std::ranges::copy(exporter.reveal(), out.begin()); }));
}

Bytes kem_context(const SealingKey& enc, const SealingKey& recipient) {
  Bytes context = copy(enc.bytes());
  append(context, recipient.bytes());
  return context;
}

}  // namespace

KeyPair derive_key_pair(ByteView ikm) {
  const Bytes32 prk = labeled_extract(view_of(kem_suite), {}, "dkp_prk", ikm);
  const Bytes32 sk = labeled_expand(view_of(kem_suite), prk, "sk", {});
  auto opening =
      OpeningKey::filled([&](std::span<std::byte> out) { std::ranges::copy(sk.reveal(), out.begin()); });
  const SealingKey sealing = public_of(opening);
  return {std::move(opening), sealing};
}

SealingKey public_of(const OpeningKey& key) {
  return SealingKey::filled(
      [&](std::span<std::byte> out) { crypto_scalarmult_base(octets(out), octets(key.reveal())); });
}

ExportedKey Exporter::key(ByteView context) const {
  const auto prk =
      Bytes32::filled([&](std::span<std::byte> out) { std::ranges::copy(secret_.reveal(), out.begin()); });
  const Bytes32 made = labeled_expand(view_of(hpke_suite), prk, "sec", context);
  return ExportedKey::filled(
      [&](std::span<std::byte> out) { std::ranges::copy(made.reveal(), out.begin()); });
}

Result<Exporter> set_up_sender(const SealingKey& recipient, ByteView info, const KeyPair& ephemeral) {
  const auto shared = shared_secret(ephemeral.opening, recipient, kem_context(ephemeral.sealing, recipient));
  if (!shared) return shared.error();
  return schedule(*shared, info);
}

Result<Exporter> set_up_recipient(const SealingKey& enc, const OpeningKey& own, ByteView info) {
  const auto shared = shared_secret(own, enc, kem_context(enc, public_of(own)));
  if (!shared) return shared.error();
  return schedule(*shared, info);
}

}  // namespace seinhuis::seal
