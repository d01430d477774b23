#pragma once

#include <concepts>

#include "seinhuis/base/fixed_id.h"
#include "seinhuis/base/instant.h"

namespace seinhuis {

// Writes a fixed encoding: integers little-endian, texts and byte strings behind a u32 length. What is
// hashed or signed is written with this, so equal values have equal bytes.
class Packer {
 public:
  template <std::unsigned_integral Number>
  Packer& number(Number value) {
    for (std::size_t at = 0; at < sizeof(Number); ++at) {
      out_.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * at) & 0xFFU));
    }
    return *this;
  }
  Packer& raw(ByteView bytes) {
    append(out_, bytes);
    return *this;
  }
  Packer& sized(ByteView bytes) {
    number(static_cast<std::uint32_t>(bytes.size()));
    return raw(bytes);
  }
  Packer& text(std::string_view value) { return sized(view(value)); }
  // A domain label: "SH1/" name 0x00.
  Packer& label(std::string_view name) {
    raw(view("SH1/")).raw(view(name));
    out_.push_back(std::byte{});
    return *this;
  }
  Packer& day(Day value) { return number(value.days()); }

  ByteView bytes() const noexcept { return out_; }
  Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

// Reads what Packer wrote. After the first failure every read gives zero or empty; ask `ok` once, at the end.
class Unpacker {
 public:
  explicit Unpacker(ByteView bytes) : rest_(bytes) {}

  template <std::unsigned_integral Number>
  Number number() {
    const ByteView raw = bytes(sizeof(Number));
    std::uint64_t value = 0;
    for (std::size_t at = 0; at < raw.size(); ++at)
      value |= std::to_integer<std::uint64_t>(raw[at]) << (8 * at);
    return static_cast<Number>(value);
  }
  ByteView bytes(std::size_t size) {
    if (size > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  ByteView sized(std::size_t limit) {
    const auto size = number<std::uint32_t>();
    if (size > limit) failed_ = true;
    return bytes(failed_ ? 0 : size);
  }
  std::string text(std::size_t limit) { return std::string(text_of(sized(limit))); }
  template <class Id>
  Id id() {
    const ByteView raw = bytes(Id::size);
    return raw.size() == Id::size ? Id::from_bytes(raw.first<Id::size>()) : Id::zero();
  }
  Day day() { return Day(number<std::uint32_t>()); }
  void label(std::string_view name) {
    if (text_of(bytes(4)) != "SH1/" || text_of(bytes(name.size())) != name || number<std::uint8_t>() != 0)
      fail();
  }

  void fail() noexcept { failed_ = true; }
  bool failed() const noexcept { return failed_; }
  // Everything read, nothing left over.
  bool ok() const noexcept { return !failed_ && rest_.empty(); }
  ByteView rest() const noexcept { return rest_; }

 private:
  ByteView rest_;
  bool failed_ = false;
};

}  // namespace seinhuis
