#include "seinhuis/proof/voprf.h"

#include <sodium.h>

#include <algorithm>

#include "seinhuis/base/check.h"
#include "support.h"

// RFC 9497, appendix A.1 (ristretto255-SHA512), and what a hostile evaluator or client would send instead.
using namespace seinhuis;
using namespace seinhuis::proof;
using seinhuis::test::must;

namespace {

Bytes hex(std::string_view text) {
  Bytes raw(text.size() / 2);
  require(decode_hex(text, raw), "the test writes hex digits");
  return raw;
}
SecretScalar secret(std::string_view text) { return must(parse_secret_scalar(hex(text))); }
Element element(std::string_view text) { return must(parse_element(hex(text))); }

const Bytes rfc_seed = Bytes(32, std::byte{0xa3});
const Bytes key_info = hex("74657374206b6579");
constexpr const char* blind_1 = "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706";
constexpr const char* blind_2 = "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e";
constexpr const char* input_1 = "00";
constexpr const char* input_2 = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

struct Vector {
  const char* input;
  const char* blind;
  const char* blinded;
  const char* evaluated;
  const char* output;
};
const std::vector<Vector> oprf{
    {input_1, blind_1, "609a0ae68c15a3cf6903766461307e5c8bb2f95e7e6550e1ffa2dc99e412803c",
     "7ec6578ae5120958eb2db1745758ff379e77cb64fe77b0b2d8cc917ea0869c7e",
     "527759c3d9366f277d8c6020418d96bb393ba2afb20ff90df23fb7708264e2f3ab9135e3bd69955851de4b1f9fe8a0973396719"
     "b79"
     "12ba9ee8aa7d0b5e24bcf6"},
    {input_2, blind_1, "da27ef466870f5f15296299850aa088629945a17d1f5b7f5ff043f76b3c06418",
     "b4cbf5a4f1eeda5a63ce7b77c7d23f461db3fcab0dd28e4e17cecb5c90d02c25",
     "f4a74c9c592497375e796aa837e907b1a045d34306a749db9f34221f7e750cb4f2a6413a6bf6fa5e19ba6348eb673934a722a7e"
     "de2"
     "e7621306d18951e7cf2c73"}};
const std::vector<Vector> voprf_vectors{
    {input_1, blind_1, "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
     "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
     "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7da4d8527693914139caee5bd03903af43a491351"
     "d23"
     "b430948dd50cde10d32b3c"},
    {input_2, blind_1, "cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c",
     "60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468",
     "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60356f4610bf816f27afdd84f47719e480906d27e"
     "cd9"
     "94985890e5f539e7ea74b6"},
    {input_2, blind_2, "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654",
     "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a",
     "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60356f4610bf816f27afdd84f47719e480906d27e"
     "cd9"
     "94985890e5f539e7ea74b6"}};

struct Served {
  voprf::KeyPair key = must(voprf::derive_key_pair(rfc_seed, key_info));
  std::vector<Element> inputs{element(voprf_vectors[0].blinded), element(voprf_vectors[2].blinded)};
  voprf::Evaluated evaluated = must(voprf::evaluate(key, inputs, secret(blind_2)));

  bool accepts(const std::vector<Element>& in, const std::vector<Element>& out,
               const voprf::Proof& proof) const {
    return voprf::verifies(key.public_key, in, out, proof);
  }
};

}  // namespace

TEST_CASE("RFC 9497 A.1.1: the vectors of mode OPRF") {
  const auto key = must(voprf::derive_key_pair(rfc_seed, key_info, voprf::Mode::oprf));
  CHECK(encode_hex(key.key.reveal()) == "5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e");
  for (const Vector& v : oprf) {
    const auto blind = secret(v.blind);
    const Element blinded = must(voprf::blind(hex(v.input), blind, voprf::Mode::oprf));
    CHECK(blinded.hex() == v.blinded);
    const Element evaluated = multiply(key.key, blinded);
    CHECK(evaluated.hex() == v.evaluated);
    CHECK(encode_hex(voprf::finalize(hex(v.input), blind, evaluated).reveal()) == v.output);
  }
}

TEST_CASE("RFC 9497 A.1.2: the vectors of mode VOPRF") {
  const auto key = must(voprf::derive_key_pair(rfc_seed, key_info));
  CHECK(encode_hex(key.key.reveal()) == "e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909");
  CHECK(key.public_key.hex() == "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e");
  for (const Vector& v : voprf_vectors) {
    const auto blind = secret(v.blind);
    const Element blinded = must(voprf::blind(hex(v.input), blind));
    CHECK(blinded.hex() == v.blinded);
    const Element evaluated = multiply(key.key, blinded);
    CHECK(evaluated.hex() == v.evaluated);
    CHECK(encode_hex(voprf::finalize(hex(v.input), blind, evaluated).reveal()) == v.output);
  }
}

TEST_CASE("RFC 9497 A.1.2: the proofs, alone and over a batch") {
  const auto key = must(voprf::derive_key_pair(rfc_seed, key_info));
  struct Proved {
    std::vector<Element> inputs;
    const char* nonce;
    const char* proof;
  };
  const std::vector<Proved> proofs{{{element(voprf_vectors[0].blinded)},
                                    blind_2,
                                    "ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd066d434642"
                                    "1d17bf5117a2a1ff0fcb2a759f58a539dfbe857"
                                    "a40bce4cf49ec600d"},
                                   {{element(voprf_vectors[1].blinded)},
                                    blind_2,
                                    "401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a67154fab"
                                    "f031fd936051dec80b0b6ae29c9503493dde739"
                                    "3b722eafdf5a50b02"},
                                   {{element(voprf_vectors[0].blinded), element(voprf_vectors[2].blinded)},
                                    "419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c",
                                    "cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a5ab5337c"
                                    "8eb4ceae0494c2cf89529dcf94572ed267473d5"
                                    "67aeed6ab873dee08"}};
  for (const Proved& given : proofs) {
    const auto evaluated = must(voprf::evaluate(key, given.inputs, secret(given.nonce)));
    CHECK(encode_hex(voprf::encode(evaluated.proof)) == given.proof);
    CHECK(voprf::verifies(key.public_key, given.inputs, evaluated.outputs, evaluated.proof));
  }
}

// Two evaluators that together are the RFC's one: s1 * s2 = sk.
struct Chain {
  voprf::KeyPair first = must(voprf::derive_key_pair(Bytes(32, std::byte{7}), key_info));
  voprf::KeyPair second = made_of();
  std::vector<Element> inputs{element(voprf_vectors[0].blinded), element(voprf_vectors[2].blinded)};
  voprf::Evaluated one = must(voprf::evaluate(first, inputs, secret(blind_1)));
  voprf::Evaluated two = must(voprf::evaluate(second, one.outputs, secret(blind_2)));

 private:
  voprf::KeyPair made_of() const {
    const auto whole = must(voprf::derive_key_pair(rfc_seed, key_info));
    const auto inverted = inverse(first.key);
    auto key = SecretScalar::filled([&](std::span<std::byte> out) {
      crypto_core_ristretto255_scalar_mul(octets(out), octets(whole.key.reveal()), octets(inverted.reveal()));
    });
    const Element public_key = multiply_base(key);
    return {std::move(key), public_key};
  }
};

TEST_CASE("two hops whose keys multiply to the RFC's key give the RFC's outputs") {
  const Chain chain;
  CHECK(voprf::verifies(chain.first.public_key, chain.inputs, chain.one.outputs, chain.one.proof));
  CHECK(voprf::verifies(chain.second.public_key, chain.one.outputs, chain.two.outputs, chain.two.proof));
  CHECK(chain.two.outputs[0].hex() == voprf_vectors[0].evaluated);
  CHECK(encode_hex(voprf::finalize(hex(input_1), secret(blind_1), chain.two.outputs[0]).reveal()) ==
        voprf_vectors[0].output);
  CHECK(encode_hex(voprf::finalize(hex(input_2), secret(blind_2), chain.two.outputs[1]).reveal()) ==
        voprf_vectors[2].output);
}

TEST_CASE("a hop that is skipped, swapped, done twice or proved for another hop is refused") {
  const Chain chain;
  const Element& first = chain.first.public_key;
  const Element& second = chain.second.public_key;
  CHECK_FALSE(voprf::verifies(second, chain.inputs, chain.one.outputs, chain.one.proof));
  CHECK_FALSE(voprf::verifies(second, chain.inputs, chain.two.outputs, chain.two.proof));
  CHECK_FALSE(voprf::verifies(first, chain.one.outputs, chain.two.outputs, chain.two.proof));
  CHECK_FALSE(voprf::verifies(second, chain.one.outputs, chain.two.outputs, chain.one.proof));
  const auto twice = must(voprf::evaluate(chain.first, chain.one.outputs, secret(blind_2)));
  CHECK_FALSE(voprf::verifies(second, chain.one.outputs, twice.outputs, twice.proof));
}

TEST_CASE("a proof holds for these elements in this order under this key, and for nothing else") {
  const Served served;
  const auto& [outputs, proof] = served.evaluated;
  REQUIRE(served.accepts(served.inputs, outputs, proof));
  auto permuted = outputs;
  std::swap(permuted[0], permuted[1]);
  CHECK_FALSE(served.accepts(served.inputs, permuted, proof));
  auto both = served.inputs;
  std::swap(both[0], both[1]);
  CHECK_FALSE(served.accepts(both, permuted, proof));
  auto one_off = outputs;
  one_off[1] = multiply(secret(blind_1), served.inputs[1]);  // one element under another key
  CHECK_FALSE(served.accepts(served.inputs, one_off, proof));
  CHECK_FALSE(served.accepts({}, {}, proof));
  CHECK_FALSE(served.accepts(served.inputs, {outputs[0]}, proof));
  auto longer = served.inputs;
  longer.push_back(served.inputs[0]);
  auto more = outputs;
  more.push_back(outputs[0]);
  CHECK_FALSE(served.accepts(longer, more, proof));
  CHECK_FALSE(voprf::verifies(multiply_base(secret(blind_1)), served.inputs, outputs, proof));
  const auto generator = multiply_base(must(parse_scalar(hex("01" + std::string(62, '0')))));
  CHECK_FALSE(voprf::verifies(generator, served.inputs, outputs, proof));
  auto negated = outputs;
  negated[0] = multiply(
      must(parse_scalar(hex("ecd3f55c1a631258d69cf7a2def9de14" + std::string(30, '0') + "10"))), outputs[0]);
  CHECK_FALSE(served.accepts(served.inputs, negated, proof));
}

TEST_CASE("every flipped bit of a proof is refused") {
  const Served served;
  const Bytes raw = voprf::encode(served.evaluated.proof);
  CHECK(must(voprf::decode_proof(raw)) == served.evaluated.proof);
  for (std::size_t bit = 0; bit < 8 * raw.size(); ++bit) {
    Bytes spoiled = raw;
    spoiled[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    const auto proof = voprf::decode_proof(spoiled);
    CHECK((!proof || !served.accepts(served.inputs, served.evaluated.outputs, *proof)));
  }
}

TEST_CASE("numbers that are not below the order are refused, although libsodium takes them") {
  const Served served;
  const std::string order =
      "edd3f55c1a631258d69cf7a2def9de14000000000000000000000000000000"
      "10";
  CHECK_FALSE(parse_scalar(hex(order)));
  CHECK_FALSE(parse_secret_scalar(hex(order)));
  CHECK_FALSE(parse_secret_scalar(Bytes(32)));
  CHECK(parse_scalar(hex("ec" + order.substr(2))));
  for (const std::size_t half : {0U, 32U}) {  // c + L and s + L are the same numbers, and other bytes
    Bytes raw = voprf::encode(served.evaluated.proof);
    const Bytes l = hex(order);
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
      carry += std::to_integer<unsigned>(raw[half + i]) + std::to_integer<unsigned>(l[i]);
      raw[half + i] = static_cast<std::byte>(carry & 0xFFU);
      carry >>= 8U;
    }
    CHECK_FALSE(voprf::decode_proof(raw));
  }
}

TEST_CASE("the identity and what is no point are refused, although libsodium takes the identity") {
  CHECK_FALSE(parse_element(Bytes(32)));
  CHECK_FALSE(parse_element(Bytes(31, std::byte{1})));
  CHECK_FALSE(parse_element(hex("01" + std::string(62, '0'))));  // negative
  CHECK_FALSE(parse_element(hex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")));  // p
  CHECK(parse_element(hex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")));  // generator
}

TEST_CASE("an empty batch is not evaluated, nor one without end") {
  const auto key = must(voprf::derive_key_pair(rfc_seed, key_info));
  CHECK_FALSE(voprf::evaluate(key, {}, secret(blind_1)));
  const std::vector<Element> many(voprf::max_batch + 1, element(voprf_vectors[0].blinded));
  CHECK_FALSE(voprf::evaluate(key, many, secret(blind_1)));
}

TEST_CASE("the random bytes of an earlier moment do not give a proof's nonce twice, and so not the key") {
  const auto key = must(voprf::derive_key_pair(rfc_seed, key_info));
  const Bytes nonce_key(32, std::byte{9});
  const std::vector<Element> one{element(voprf_vectors[0].blinded)};
  const std::vector<Element> other{element(voprf_vectors[1].blinded)};
  const auto prove = [&](const std::vector<Element>& inputs) {
    test::SeededRandom snapshot(7);  // the same each time
    return must(voprf::evaluate(key, inputs, voprf::fresh_scalar(snapshot, inputs[0].bytes(), nonce_key)))
        .proof;
  };
  // One nonce under two challenges: key = (s2 - s1) / (c1 - c2).
  const auto recovered = [](const voprf::Proof& a, const voprf::Proof& b) {
    std::array<unsigned char, 32> s{};
    std::array<unsigned char, 32> c{};
    std::array<unsigned char, 32> inverted{};
    crypto_core_ristretto255_scalar_sub(s.data(), octets(b.response.bytes()), octets(a.response.bytes()));
    crypto_core_ristretto255_scalar_sub(c.data(), octets(a.challenge.bytes()), octets(b.challenge.bytes()));
    REQUIRE(crypto_core_ristretto255_scalar_invert(inverted.data(), c.data()) == 0);
    return PublicScalar::filled([&](std::span<std::byte> out) {
      crypto_core_ristretto255_scalar_mul(octets(out), s.data(), inverted.data());
    });
  };
  const auto careless = [&](const std::vector<Element>& inputs) {
    return must(voprf::evaluate(key, inputs, secret(blind_2))).proof;
  };
  CHECK(recovered(careless(one), careless(other)).hex() == encode_hex(key.key.reveal()));  // control
  CHECK(recovered(prove(one), prove(other)).hex() != encode_hex(key.key.reveal()));
  CHECK(prove(one) == prove(one));
}
