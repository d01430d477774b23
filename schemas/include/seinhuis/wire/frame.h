#pragma once

#include "seinhuis/base/bytes.h"
#include "seinhuis/base/result.h"

// What passes the anonymous endpoint has one of few sizes, both ways: u32 length || content || zeros.
namespace seinhuis {

constexpr std::size_t frame_small = 4096;
constexpr std::size_t frame_message = 16384;  // a message that names nobody, and what stands in for one
constexpr std::size_t frame_largest_request = 262144;

// The smallest of 4, 16, 64, 256 KiB and whole MiB that holds the content and is not below `least`.
Bytes pad_frame(ByteView content, std::size_t least = frame_small);
// Fails with malformed: not of such a size, or not zeros behind the content.
Result<Bytes> read_frame(ByteView frame);

}  // namespace seinhuis
