#include "seinhuis/seal/value.h"

#include "seinhuis/base/packed.h"
#include "seinhuis/wire/prologue.h"

namespace seinhuis::seal {
namespace {

constexpr std::size_t head = 5;
constexpr std::size_t max_list = 32;

std::size_t packed_size(const Value& value) {
  std::size_t size = 0;
  if (value.type == ValueType::list) {
    size = 2;
    for (const std::string& text : value.texts) size += 4 + text.size();
  } else if (value.type == ValueType::file) {
    size = 2 + value.texts[0].size() + value.texts[1].size();
  } else if (!value.texts.empty()) {
    size = value.texts[0].size();
  }
  return size;
}

// Writes into memory that is wiped, never into something that grows.
class Pen {
 public:
  explicit Pen(std::span<std::byte> out) : out_(out) {}
  void number(std::uint64_t value, std::size_t size) {
    for (std::size_t n = 0; n < size; ++n) out_[at_++] = static_cast<std::byte>(value >> (8 * n) & 0xFFU);
  }
  void text(std::string_view value) {
    std::ranges::copy(view(value), out_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ += value.size();
  }

 private:
  std::span<std::byte> out_;
  std::size_t at_ = 0;
};

Result<Value> unpack_list(Unpacker in) {
  Value value{ValueType::list, {}};
  const auto count = in.number<std::uint16_t>();
  if (count < 2 || count > max_list) in.fail();
  for (std::uint16_t n = 0; n < count && !in.failed(); ++n) value.texts.push_back(in.text(1U << 20U));
  if (!in.ok()) return Error{Errc::unauthentic, "a list does not fit"};
  return value;
}

Result<Value> unpack_file(Unpacker in) {
  const auto length = in.number<std::uint16_t>();
  std::string media(text_of(in.bytes(length)));
  if (in.failed()) return Error{Errc::unauthentic, "a file does not fit"};
  return Value{ValueType::file, {std::move(media), std::string(text_of(in.rest()))}};
}

}  // namespace

Value value_of(const std::vector<std::string>& texts) {
  if (texts.empty()) return {};
  return {texts.size() == 1 ? ValueType::text : ValueType::list, texts};
}

Result<std::uint32_t> size_class(const Value& value, std::uint32_t normal) {
  if (value.type == ValueType::list && value.texts.size() > max_list)
    return Error{Errc::malformed, "more than 32 values in one field"};
  const std::size_t wanted = std::max<std::size_t>(head + packed_size(value), normal);
  for (const std::uint32_t size : size_classes) {
    if (size >= wanted) return size;
  }
  return Error{Errc::malformed, "a value is larger than 1 MiB"};
}

SecretBytes pad(const Value& value, std::uint32_t size) {
  require(head + packed_size(value) <= size, "a value fits its size class");
  SecretBytes padded(size);
  Pen pen(padded.bytes());
  pen.number(static_cast<std::uint8_t>(value.type), 1);
  pen.number(packed_size(value), 4);
  if (value.type == ValueType::list) {
    pen.number(value.texts.size(), 2);
    for (const std::string& text : value.texts) {
      pen.number(text.size(), 4);
      pen.text(text);
    }
  } else if (value.type == ValueType::file) {
    pen.number(value.texts[0].size(), 2);
    pen.text(value.texts[0]);
    pen.text(value.texts[1]);
  } else if (!value.texts.empty()) {
    pen.text(value.texts[0]);
  }
  return padded;
}

Result<Value> unpad(ByteView padded) {
  Unpacker in(padded);
  const auto type = in.number<std::uint8_t>();
  const ByteView packed = in.sized(padded.size());
  if (in.failed()) return Error{Errc::unauthentic, "a value is longer than its padding"};
  if (!std::ranges::all_of(in.rest(), [](std::byte b) { return b == std::byte{}; })) {
    return Error{Errc::unauthentic, "padding is not zero"};
  }
  switch (static_cast<ValueType>(type)) {
    case ValueType::empty:
      if (!packed.empty()) return Error{Errc::unauthentic, "an empty value has content"};
      return Value{};
    case ValueType::text: return Value{ValueType::text, {std::string(text_of(packed))}};
    case ValueType::list: return unpack_list(Unpacker(packed));
    case ValueType::file: return unpack_file(Unpacker(packed));
    case ValueType::unavailable:
      if (!packed.empty()) return Error{Errc::unauthentic, "a value that is unavailable has content"};
      return Value{ValueType::unavailable, {}};
    case ValueType::pseudonym:
    case ValueType::opening: return Value{static_cast<ValueType>(type), {std::string(text_of(packed))}};
  }
  return Error{Errc::unauthentic, "a value of an unknown type"};
}

}  // namespace seinhuis::seal
