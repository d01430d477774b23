#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "seinhuis/base/check.h"

namespace seinhuis {

// What a caller can do about it decides the code; the detail is for the log or the user.
enum class Errc : std::uint8_t {
  malformed,    // the bytes or the text are not what they should be
  unsupported,  // well formed, but of a version, mode or kind this build does not do
  unauthentic,  // a signature, a key or a proof does not hold
  refused,      // understood, authentic, and not allowed
  conflict,     // already there, with other content
  stale,        // expired, rolled back, or from before the floor
  absent,       // what was named does not exist here
  busy,         // a bounded queue or quota is full: try again later
  unreachable,  // the other side does not answer in time
  full,         // no room on disk or in the map
  io,           // the system or a library failed
};

std::string_view to_string(Errc code) noexcept;

struct Error {
  Errc code;
  std::string detail;  // safe to log: never payload, never key bytes
};

struct Done {};  // the value of an operation that only succeeds

// A value or the Error that explains its absence. Reading the wrong side ends the process.
template <class T>
class [[nodiscard]] Result {
 public:
  // NOLINTBEGIN(google-explicit-constructor): `return value;` and `return Error{...};` are the point.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  // NOLINTEND(google-explicit-constructor)

  explicit operator bool() const noexcept { return state_.index() == 0; }

  const T& operator*() const& { return *checked(*this); }
  T& operator*() & { return *checked(*this); }
  T&& operator*() && { return std::move(*checked(*this)); }
  const T* operator->() const { return checked(*this); }
  T* operator->() { return checked(*this); }

  const Error& error() const {
    require(!*this, "Result::error() on a value");
    return *std::get_if<1>(&state_);
  }

 private:
  template <class Self>
  static auto* checked(Self& self) {
    require(static_cast<bool>(self), "Result dereferenced while it holds an Error");
    return std::get_if<0>(&self.state_);
  }

  std::variant<T, Error> state_;
};

}  // namespace seinhuis
