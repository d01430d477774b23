#pragma once

#include "seinhuis/base/bytes.h"

namespace seinhuis {

void wipe(std::span<std::byte> bytes) noexcept;
bool equal_in_constant_time(ByteView a, ByteView b) noexcept;

// Key bytes that are wiped on destruction and never copied, compared with == or printed.
// Fixed size, so no reallocation can leave a second copy behind. Derive once per kind of key.
template <class Kind, std::size_t N>
class Secret {
 public:
  static constexpr std::size_t size = N;

  // Lets `fill(span<std::byte, N>)` write the key in place.
  template <class Fill>
  static Kind filled(Fill fill) {
    Kind key;
    fill(std::span<std::byte, N>(key.raw_));
    return key;
  }

  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& from) noexcept : raw_(from.raw_) { from.clear(); }
  Secret& operator=(Secret&& from) noexcept {
    if (this != &from) {
      raw_ = from.raw_;
      from.clear();
    }
    return *this;
  }
  ~Secret() { clear(); }

  // The one way to the bytes; grep for `reveal` to review every use.
  std::span<const std::byte, N> reveal() const noexcept { return raw_; }

 protected:
  Secret() = default;

 private:
  void clear() noexcept { wipe(raw_); }

  std::array<std::byte, N> raw_{};
};

// Bytes of any length that are wiped when they go: plaintexts on their way in or out of a seal. Move-only.
class SecretBytes {
 public:
  explicit SecretBytes(std::size_t size) : raw_(size) {}
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  SecretBytes(SecretBytes&& from) noexcept = default;
  SecretBytes& operator=(SecretBytes&& from) noexcept {
    wipe(raw_);
    raw_ = std::move(from.raw_);
    return *this;
  }
  ~SecretBytes() { wipe(raw_); }

  std::span<std::byte> bytes() noexcept { return raw_; }
  ByteView reveal() const noexcept { return raw_; }

 private:
  Bytes raw_;  // never grows
};

}  // namespace seinhuis
