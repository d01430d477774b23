#include "seinhuis/wire/frame.h"

#include <algorithm>

#include "seinhuis/base/packed.h"

namespace seinhuis {
namespace {

constexpr std::size_t mebibyte = 1U << 20U;

std::size_t class_for(std::size_t size) {
  for (const std::size_t one : {frame_small, frame_message, std::size_t{65536}, frame_largest_request}) {
    if (size <= one) return one;
  }
  return (size + mebibyte - 1) / mebibyte * mebibyte;
}

}  // namespace

Bytes pad_frame(ByteView content, std::size_t least) {
  Bytes frame = Packer().sized(content).take();
  frame.resize(class_for(std::max(frame.size(), least)));
  return frame;
}

Result<Bytes> read_frame(ByteView frame) {
  Unpacker in(frame);
  const Bytes content = copy(in.sized(frame.size()));
  const bool zeros = std::ranges::all_of(in.rest(), [](std::byte b) { return b == std::byte{}; });
  if (in.failed() || !zeros || class_for(frame.size()) != frame.size())
    return Error{Errc::malformed, "not a padded frame"};
  return content;
}

}  // namespace seinhuis
