#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seinhuis {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

// The same memory as the C libraries name it. Valid as long as the argument.
inline const unsigned char* octets(ByteView bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* octets(std::span<std::byte> bytes) noexcept {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

inline ByteView view(std::string_view text) noexcept { return std::as_bytes(std::span(text)); }
inline std::string_view text_of(ByteView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes copy(ByteView bytes) { return {bytes.begin(), bytes.end()}; }
inline void append(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }

std::string encode_hex(ByteView raw);
// True if `text` is exactly 2 * out.size() hex digits; `out` is undefined otherwise.
bool decode_hex(std::string_view text, std::span<std::byte> out) noexcept;

}  // namespace seinhuis
