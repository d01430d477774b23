#pragma once

#include <string>
#include <vector>

#include "seinhuis/base/result.h"
#include "seinhuis/base/secret.h"

namespace seinhuis::seal {

// A field's value as it is sealed. Padded plaintext: u8 type || u32 length || value || zeros.
enum class ValueType : std::uint8_t {
  empty = 0,
  text = 1,
  list = 2,
  file = 3,
  unavailable = 4,
  pseudonym = 5,
  opening = 6
};

struct Value {
  ValueType type = ValueType::empty;
  // text: one; list: 2..32; file: media type, then the bytes; pseudonym and opening: their bytes
  // (seal/pseudonym.h)
  std::vector<std::string> texts;
  friend bool operator==(const Value&, const Value&) = default;
};

// No text is empty, one is a text, more are a list.
Value value_of(const std::vector<std::string>& texts);

// The smallest size class that holds the value and is not below `normal`. Fails with malformed beyond 1 MiB.
Result<std::uint32_t> size_class(const Value& value, std::uint32_t normal);
// Padded to `size`, which must hold it.
SecretBytes pad(const Value& value, std::uint32_t size);
// Fails with unauthentic when padding is not zero or the parts do not fit, unsupported for a type of a later
// version.
Result<Value> unpad(ByteView padded);

}  // namespace seinhuis::seal
