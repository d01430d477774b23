#pragma once

#include "seinhuis/base/fixed_id.h"
#include "seinhuis/base/secret.h"

// The group ristretto255 (RFC 9496) with hashing into it (RFC 9380, expand_message_xmd over SHA-512).
// libsodium 1.0.18 takes the identity for a valid point and does not look at scalars: both are refused here.
namespace seinhuis::proof {

// A point that is not the identity, canonically encoded.
class Element final : public FixedId<Element, 32> {
  friend FixedId;
  Element() = default;
};
// A number below the group's order that is nobody's secret: a challenge, a response.
class PublicScalar final : public FixedId<PublicScalar, 32> {
  friend FixedId;
  PublicScalar() = default;
};
// A number below the group's order, not zero, that somebody must not know: a key, a blind, a nonce.
class SecretScalar final : public Secret<SecretScalar, 32> {
  friend Secret;
  SecretScalar() = default;

 public:
  SecretScalar copy() const;
};

// Fail with malformed.
Result<Element> parse_element(ByteView raw);
Result<PublicScalar> parse_scalar(ByteView raw);
Result<SecretScalar> parse_secret_scalar(ByteView raw);

// expand_message_xmd (RFC 9380, section 5.3.1) to 64 bytes. `domain` is at most 255 bytes.
using Uniform = std::array<std::byte, 64>;
Uniform expand(std::initializer_list<ByteView> message, std::string_view domain);
// Fails with malformed when the hash is the identity, which nobody has ever seen.
Result<Element> hash_to_element(ByteView message, std::string_view domain);
PublicScalar hash_to_scalar(std::initializer_list<ByteView> message, std::string_view domain);
SecretScalar hash_to_secret_scalar(std::initializer_list<ByteView> message, std::string_view domain);

// Not the identity, as neither scalar nor element is nothing.
Element multiply(const SecretScalar& scalar, const Element& element);
Element multiply_base(const SecretScalar& scalar);
// With numbers that anybody may have chosen; the identity (zero bytes) where it comes to that.
Element multiply(const PublicScalar& scalar, const Element& element);
Element multiply_base(const PublicScalar& scalar);
Element sum(const Element& a, const Element& b);
// nonce - challenge * key: the one sum with secrets that a proof needs.
PublicScalar response(const SecretScalar& nonce, const PublicScalar& challenge, const SecretScalar& key);
SecretScalar inverse(const SecretScalar& scalar);
// A uniformly random point of which nobody knows anything.
Element element_of(const Uniform& uniform);

}  // namespace seinhuis::proof
