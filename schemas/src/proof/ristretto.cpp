#include "seinhuis/proof/ristretto.h"

#include <sodium.h>

#include <algorithm>

#include "seinhuis/base/check.h"

namespace seinhuis::proof {
namespace {

constexpr std::size_t block_size = 128;  // of SHA-512
constexpr std::size_t digest_size = 64;

// The group's order, little-endian.
constexpr std::array<std::uint8_t, 32> order{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                             0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                             0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

bool below_order(ByteView raw) {
  return std::lexicographical_compare(
      raw.rbegin(), raw.rend(), order.rbegin(), order.rend(),
      [](auto a, auto b) { return static_cast<std::uint8_t>(a) < static_cast<std::uint8_t>(b); });
}

bool all_zero(ByteView raw) { return sodium_is_zero(octets(raw), raw.size()) == 1; }

class Sha512 {
 public:
  Sha512() { crypto_hash_sha512_init(&state_); }
  Sha512(const Sha512&) = delete;
  Sha512& operator=(const Sha512&) = delete;
  ~Sha512() { sodium_memzero(&state_, sizeof state_); }
  Sha512& add(ByteView part) {
    crypto_hash_sha512_update(&state_, octets(part), part.size());
    return *this;
  }
  Uniform digest() {
    Uniform out;
    crypto_hash_sha512_final(&state_, octets(std::span<std::byte>(out)));
    return out;
  }

 private:
  crypto_hash_sha512_state state_{};
};

}  // namespace

SecretScalar SecretScalar::copy() const {
  return filled([this](std::span<std::byte> out) { std::ranges::copy(reveal(), out.begin()); });
}

Result<Element> parse_element(ByteView raw) {
  auto element = Element::parse(raw);
  if (!element) return element;
  if (element->is_zero() || crypto_core_ristretto255_is_valid_point(octets(raw)) != 1)
    return Error{Errc::malformed, "not a point of ristretto255, or the identity"};
  return element;
}

Result<PublicScalar> parse_scalar(ByteView raw) {
  auto scalar = PublicScalar::parse(raw);
  if (scalar && !below_order(raw))
    return Error{Errc::malformed, "a number that is not below the group's order"};
  return scalar;
}

Result<SecretScalar> parse_secret_scalar(ByteView raw) {
  if (raw.size() != SecretScalar::size || !below_order(raw) || all_zero(raw))
    return Error{Errc::malformed, "not a number between zero and the group's order"};
  return SecretScalar::filled([&](std::span<std::byte> out) { std::ranges::copy(raw, out.begin()); });
}

// Two rounds would do for more than one digest; 64 bytes are exactly one.
Uniform expand(std::initializer_list<ByteView> message, std::string_view domain) {
  require(domain.size() <= 255, "a domain of hashing has at most 255 bytes");
  constexpr std::array<std::byte, block_size> padding{};
  constexpr std::array<std::byte, 3> length_and_zero{std::byte{0}, std::byte{digest_size}, std::byte{0}};
  constexpr std::array<std::byte, 1> one{std::byte{1}};
  const std::array<std::byte, 1> domain_length{static_cast<std::byte>(domain.size())};
  Sha512 first;
  first.add(padding);
  for (const ByteView part : message) first.add(part);
  first.add(length_and_zero).add(view(domain)).add(domain_length);
  const Uniform b0 = first.digest();
  return Sha512().add(b0).add(one).add(view(domain)).add(domain_length).digest();
}

Result<Element> hash_to_element(ByteView message, std::string_view domain) {
  const Element element = element_of(expand({message}, domain));
  if (element.is_zero()) return Error{Errc::malformed, "the input hashes to the identity"};
  return element;
}

Element element_of(const Uniform& uniform) {
  return Element::filled([&](std::span<std::byte> out) {
    crypto_core_ristretto255_from_hash(octets(out), octets(ByteView(uniform)));
  });
}

PublicScalar hash_to_scalar(std::initializer_list<ByteView> message, std::string_view domain) {
  const Uniform wide = expand(message, domain);
  return PublicScalar::filled([&](std::span<std::byte> out) {
    crypto_core_ristretto255_scalar_reduce(octets(out), octets(ByteView(wide)));
  });
}

SecretScalar hash_to_secret_scalar(std::initializer_list<ByteView> message, std::string_view domain) {
  Uniform wide = expand(message, domain);
  auto scalar = SecretScalar::filled([&](std::span<std::byte> out) {
    crypto_core_ristretto255_scalar_reduce(octets(out), octets(ByteView(wide)));
  });
  wipe(wide);
  require(!all_zero(scalar.reveal()), "a hash is not zero");
  return scalar;
}

Element multiply(const SecretScalar& scalar, const Element& element) {
  int failed = 0;
  auto product = Element::filled([&](std::span<std::byte> out) {
    failed = crypto_scalarmult_ristretto255(octets(out), octets(scalar.reveal()), octets(element.bytes()));
  });
  require(failed == 0, "a product of a scalar and an element is an element");
  return product;
}

Element multiply_base(const SecretScalar& scalar) {
  int failed = 0;
  auto product = Element::filled([&](std::span<std::byte> out) {
    failed = crypto_scalarmult_ristretto255_base(octets(out), octets(scalar.reveal()));
  });
  require(failed == 0, "a product of a scalar and the generator is an element");
  return product;
}

// libsodium says -1 for the identity, after writing its zero bytes.
Element multiply(const PublicScalar& scalar, const Element& element) {
  return Element::filled([&](std::span<std::byte> out) {
    (void)!crypto_scalarmult_ristretto255(octets(out), octets(scalar.bytes()), octets(element.bytes()));
  });
}

Element multiply_base(const PublicScalar& scalar) {
  return Element::filled([&](std::span<std::byte> out) {
    (void)!crypto_scalarmult_ristretto255_base(octets(out), octets(scalar.bytes()));
  });
}

Element sum(const Element& a, const Element& b) {
  return Element::filled([&](std::span<std::byte> out) {
    require(crypto_core_ristretto255_add(octets(out), octets(a.bytes()), octets(b.bytes())) == 0,
            "elements are points");
  });
}

PublicScalar response(const SecretScalar& nonce, const PublicScalar& challenge, const SecretScalar& key) {
  std::array<std::byte, 32> product{};
  crypto_core_ristretto255_scalar_mul(octets(std::span<std::byte>(product)), octets(challenge.bytes()),
                                      octets(key.reveal()));
  auto difference = PublicScalar::filled([&](std::span<std::byte> out) {
    crypto_core_ristretto255_scalar_sub(octets(out), octets(nonce.reveal()), octets(ByteView(product)));
  });
  wipe(product);
  return difference;
}

SecretScalar inverse(const SecretScalar& scalar) {
  return SecretScalar::filled([&](std::span<std::byte> out) {
    require(crypto_core_ristretto255_scalar_invert(octets(out), octets(scalar.reveal())) == 0,
            "a secret scalar is not zero");
  });
}

}  // namespace seinhuis::proof
