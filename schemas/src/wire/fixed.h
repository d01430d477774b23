#pragma once

#include <algorithm>

#include "seinhuis/base/packed.h"
#include "seinhuis/wire/prologue.h"
#include "seinhuis/wire/pseudonym.h"

// Parts that several fixed encodings share.
namespace seinhuis::wire {

constexpr std::size_t max_name = 200;
constexpr std::size_t max_list = 64;

inline const Error malformed{Errc::malformed, "not a well-formed record"};

template <class Value>
Result<Value> whole(const Unpacker& in, Value value) {
  if (!in.ok()) return malformed;
  return value;
}

inline void pack(Packer& out, const std::vector<std::string>& texts) {
  out.number(static_cast<std::uint16_t>(texts.size()));
  for (const std::string& text : texts) out.text(text);
}
inline std::vector<std::string> unpack_texts(Unpacker& in) {
  const auto count = in.number<std::uint16_t>();
  if (count > max_list) in.fail();
  std::vector<std::string> texts;
  for (std::uint16_t n = 0; n < count && !in.failed(); ++n) texts.push_back(in.text(max_name));
  if (std::ranges::adjacent_find(texts, std::greater_equal<>()) != texts.end()) in.fail();
  return texts;
}

inline void pack(Packer& out, const Version& version) {
  out.number(version.number).raw(version.hash.bytes());
}
inline Version unpack_version(Unpacker& in) {
  const auto number = in.number<std::uint32_t>();
  return {number, in.id<Hash>()};
}

template <class Word>
Word unpack_word(Unpacker& in) {
  const auto word = word_of<Word>(in.number<std::uint8_t>());
  if (!word) in.fail();
  return word.value_or(Word{1});
}

inline bool unpack_flag(Unpacker& in) {
  const auto flag = in.number<std::uint8_t>();
  if (flag > 1) in.fail();
  return flag == 1;
}

inline std::uint64_t milliseconds(Instant at) {
  return static_cast<std::uint64_t>(at.time_since_epoch().count());
}
inline Instant unpack_instant(Unpacker& in) {
  const auto count = in.number<std::uint64_t>();
  if (count > 253'402'300'799'999U) in.fail();
  return Instant(std::chrono::milliseconds(in.failed() ? 0 : static_cast<std::int64_t>(count)));
}

// All but the signature.
EvaluationRequest unpack_evaluation(Unpacker& in);  // schemas/src/wire/pseudonym.cpp

}  // namespace seinhuis::wire
