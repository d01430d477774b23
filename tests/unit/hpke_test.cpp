#include "seinhuis/seal/hpke.h"

#include "support.h"

using namespace seinhuis;
using namespace seinhuis::test;

namespace {

Bytes hex(std::string_view text) {
  Bytes raw(text.size() / 2);
  REQUIRE(decode_hex(text, raw));
  return raw;
}
seal::OpeningKey opening(std::string_view text) {
  const Bytes raw = hex(text);
  return seal::OpeningKey::filled([&](std::span<std::byte> out) { std::ranges::copy(raw, out.begin()); });
}

}  // namespace

// RFC 9180, A.7.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, Export-Only AEAD, base mode.
TEST_CASE("HPKE exports the values of RFC 9180 A.7.1 on both sides") {
  const Bytes info = hex("4f6465206f6e2061204772656369616e2055726e");
  const auto ephemeral =
      seal::derive_key_pair(hex("55bc245ee4efda25d38f2d54d5bb6665291b99f8108a8c4b686c2b14893ea5d9"));
  const auto recipient =
      seal::derive_key_pair(hex("683ae0da1d22181e74ed2e503ebf82840deb1d5e872cade20f4b458d99783e31"));
  CHECK(encode_hex(ephemeral.opening.reveal()) ==
        "095182b502f1f91f63ba584c7c3ec473d617b8b4c2cec3fad5af7fa6748165ed");
  CHECK(ephemeral.sealing.hex() == "e5e8f9bfff6c2f29791fc351d2c25ce1299aa5eaca78a757c0b4fb4bcd830918");
  CHECK(encode_hex(recipient.opening.reveal()) ==
        "33d196c830a12f9ac65d6e565a590d80f04ee9b19c83c87f2c170d972a812848");
  CHECK(recipient.sealing.hex() == "194141ca6c3c3beb4792cd97ba0ea1faff09d98435012345766ee33aae2d7664");

  const auto sender = must(seal::set_up_sender(recipient.sealing, info, ephemeral));
  const auto receiver = must(seal::set_up_recipient(ephemeral.sealing, recipient.opening, info));
  for (const auto* exporter : {&sender, &receiver}) {
    CHECK(encode_hex(exporter->key({}).reveal()) ==
          "7a36221bd56d50fb51ee65edfd98d06a23c4dc87085aa5866cb7087244bd2a36");
    CHECK(encode_hex(exporter->key(hex("00")).reveal()) ==
          "d5535b87099c6c3ce80dc112a2671c6ec8e811a2f284f948cec6dd1708ee33f0");
    CHECK(encode_hex(exporter->key(hex("54657374436f6e74657874")).reveal()) ==
          "ffaabc85a776136ca0c378e5d084c9140ab552b78f039d2e8775f26efff4c70e");
  }
}

TEST_CASE("HPKE refuses keys of small order on both sides") {
  const SealingKey zero = SealingKey::zero();
  const auto one = SealingKey::filled([](std::span<std::byte> out) { out[0] = std::byte{1}; });
  const auto own = opening("33d196c830a12f9ac65d6e565a590d80f04ee9b19c83c87f2c170d972a812848");
  const auto ephemeral =
      seal::derive_key_pair(hex("55bc245ee4efda25d38f2d54d5bb6665291b99f8108a8c4b686c2b14893ea5d9"));
  for (const SealingKey& weak : {zero, one}) {
    CHECK_FALSE(seal::set_up_sender(weak, {}, ephemeral));
    CHECK_FALSE(seal::set_up_recipient(weak, own, {}));
  }
}
