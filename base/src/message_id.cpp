#include "seinhuis/base/message_id.h"

#include <algorithm>

namespace seinhuis {

namespace {

constexpr std::size_t time_size = 6;

}  // namespace

MessageId new_message_id(Instant created, Random& random) {
  return MessageId::filled([&](std::span<std::byte> out) {
    random.fill(out);
    const auto at = static_cast<std::uint64_t>(created.time_since_epoch().count());
    for (std::size_t n = 0; n < time_size; ++n) out[n] = static_cast<std::byte>(at >> (40 - 8 * n) & 0xFFU);
    out[6] = (out[6] & std::byte{0x0F}) | std::byte{0x70};  // version
    out[8] = (out[8] & std::byte{0x3F}) | std::byte{0x80};  // variant
  });
}

MessageId without_time(const MessageId& message) {
  return MessageId::filled([&](std::span<std::byte> out) {
    std::ranges::copy(message.bytes().subspan(time_size), out.subspan(time_size).begin());
  });
}

}  // namespace seinhuis
