#pragma once

#include <compare>

#include "seinhuis/base/bytes.h"
#include "seinhuis/base/result.h"

namespace seinhuis {

// N opaque bytes that name one kind of thing. Derive once per kind: the kind is the type,
// so two kinds can neither be compared nor passed for each other.
template <class Kind, std::size_t N>
class FixedId {
 public:
  static constexpr std::size_t size = N;

  static Result<Kind> parse_hex(std::string_view text) {
    Kind id;
    if (!decode_hex(text, id.raw_))
      return Error{Errc::malformed, "id is not " + std::to_string(2 * N) + " hex digits"};
    return id;
  }
  // Fails with malformed if `raw` is not N bytes.
  static Result<Kind> parse(ByteView raw) {
    if (raw.size() != N) return Error{Errc::malformed, "id is not " + std::to_string(N) + " bytes"};
    return from_bytes(raw.template first<N>());
  }
  static Kind from_bytes(std::span<const std::byte, N> raw) noexcept {
    Kind id;
    std::copy(raw.begin(), raw.end(), id.raw_.begin());
    return id;
  }
  // N zero bytes; for the places where a layout says so.
  static Kind zero() noexcept { return Kind(); }
  // Lets `fill(span<std::byte>)` write the bytes: random ids, hashes.
  template <class Fill>
  static Kind filled(Fill fill) {
    Kind id;
    fill(std::span<std::byte, N>(id.raw_));
    return id;
  }

  std::span<const std::byte, N> bytes() const noexcept { return raw_; }
  bool is_zero() const noexcept {
    return std::all_of(raw_.begin(), raw_.end(), [](std::byte b) { return b == std::byte{}; });
  }
  std::string hex() const { return encode_hex(raw_); }

  friend auto operator<=>(const FixedId&, const FixedId&) = default;

 private:
  friend Kind;
  FixedId() = default;
  std::array<std::byte, N> raw_{};
};

// BLAKE2b-256 of something; see proof/hash.h for what is hashed how.
class Hash final : public FixedId<Hash, 32> {
  friend FixedId;
  Hash() = default;
};
// 16 bytes that name one message; message_id.h makes them.
class MessageId final : public FixedId<MessageId, 16> {
  friend FixedId;
  MessageId() = default;
};
// 16 random bytes, never derived, that keep the messages about one matter together.
class ThreadId final : public FixedId<ThreadId, 16> {
  friend FixedId;
  ThreadId() = default;
};
// Ed25519 public key of a desk, a role or a log.
class SignerKey final : public FixedId<SignerKey, 32> {
  friend FixedId;
  SignerKey() = default;
};
// Curve25519 public key of a ZeroMQ CURVE end.
class TransportKey final : public FixedId<TransportKey, 32> {
  friend FixedId;
  TransportKey() = default;
};
// X25519 public key on a key card, or an encapsulated one.
class SealingKey final : public FixedId<SealingKey, 32> {
  friend FixedId;
  SealingKey() = default;
};
class Signature final : public FixedId<Signature, 64> {
  friend FixedId;
  Signature() = default;
};

}  // namespace seinhuis
