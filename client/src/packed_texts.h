#pragma once

#include <string>
#include <vector>

#include "seinhuis/base/packed.h"

// Lists of texts in what a desk keeps: u16 n, then n texts.
namespace seinhuis::client {

inline void pack_texts(Packer& out, const std::vector<std::string>& texts) {
  out.number(static_cast<std::uint16_t>(texts.size()));
  for (const std::string& text : texts) out.text(text);
}
inline std::vector<std::string> unpack_texts(Unpacker& in) {
  constexpr std::size_t max_text = 8U << 20U;
  std::vector<std::string> texts;
  const auto count = in.number<std::uint16_t>();
  for (std::uint16_t n = 0; n < count && !in.failed(); ++n) texts.push_back(in.text(max_text));
  return texts;
}

}  // namespace seinhuis::client
