#include "seinhuis/base/bytes.h"

#include <sodium.h>

#include "seinhuis/base/random.h"
#include "seinhuis/base/result.h"
#include "seinhuis/base/secret.h"

namespace seinhuis {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::malformed: return "malformed";
    case Errc::unsupported: return "unsupported";
    case Errc::unauthentic: return "unauthentic";
    case Errc::refused: return "refused";
    case Errc::conflict: return "conflict";
    case Errc::stale: return "stale";
    case Errc::absent: return "absent";
    case Errc::busy: return "busy";
    case Errc::unreachable: return "unreachable";
    case Errc::full: return "full";
    case Errc::io: return "io";
  }
  require(false, "Errc outside its enumerators");
  return {};
}

std::string encode_hex(ByteView raw) {
  std::string text(raw.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), octets(raw), raw.size());
  text.pop_back();
  return text;
}

bool decode_hex(std::string_view text, std::span<std::byte> out) noexcept {
  std::size_t written = 0;
  const int failed =
      sodium_hex2bin(octets(out), out.size(), text.data(), text.size(), nullptr, &written, nullptr);
  return failed == 0 && written == out.size() && text.size() == 2 * out.size();
}

void wipe(std::span<std::byte> bytes) noexcept { sodium_memzero(bytes.data(), bytes.size()); }

bool equal_in_constant_time(ByteView a, ByteView b) noexcept {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

SystemRandom::SystemRandom() { require(sodium_init() >= 0, "libsodium starts"); }
void SystemRandom::fill(std::span<std::byte> out) { randombytes_buf(out.data(), out.size()); }

}  // namespace seinhuis
