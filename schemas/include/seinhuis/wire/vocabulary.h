#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace seinhuis {

// Words of the protocol itself (not of a policy set). The numbers are on the wire; never renumber.

enum class Mode : std::uint8_t { identified = 1, confidential = 2, anonymous = 3 };

enum class Kind : std::uint8_t {
  signal = 1,
  feedback = 2,
  supplement = 3,
  withdrawal = 4,
  correction = 5,
  request = 6,
  alarm = 7,  // what a desk caught, to whoever supervises the log
  hit = 8,    // that an identifier of the parent stands in another signal too, from who links pseudonyms
};
// Messages of this kind name the message that they are about.
constexpr bool is_about_parent(Kind kind) noexcept {
  return kind != Kind::signal && kind != Kind::request && kind != Kind::alarm;
}

// Of those, by one who received it; the others are by who sent it.
constexpr bool answers_parent(Kind kind) noexcept { return kind == Kind::feedback || kind == Kind::hit; }

enum class Weight : std::uint8_t { zacht = 1, hard = 2 };  // the class of a signal

enum class AgeBand : std::uint8_t { under_12 = 1, from_12_to_17 = 2, adult = 3, unknown = 4 };

// The state a desk reports back. Order is the order of a matter's life.
enum class Status : std::uint8_t { opgepakt = 1, doorgezet = 2, onvoldoende = 3, gesloten = 4 };

// The checks a grant must pass, in the order they are made (policies/LANGUAGE.md). Stable API.
enum class Gate : std::uint8_t {
  none = 0,
  recipient = 1,     // G1 recipient known and active
  theme = 2,         // G2
  purpose = 3,       // G3 purpose, and no incompatible one
  basis = 4,         // G4 both bases in force on the day
  agreement = 5,     // G5 agreement valid and signed
  category = 6,      // G6 category exception
  secrecy = 7,       // G7 consent, attest
  person = 8,        // G8 age band
  minimisation = 9,  // G9
};

// What a field identifies somebody or something by; `none` for a field that does not.
enum class IdentifierType : std::uint8_t {
  none = 0,
  bsn = 1,
  phone = 2,
  plate = 3,
  iban = 4,
  travel_document = 5
};

std::string_view to_string(Mode mode) noexcept;
std::string_view to_string(Kind kind) noexcept;
std::string_view to_string(IdentifierType type) noexcept;
std::string_view to_string(Weight weight) noexcept;
std::string_view to_string(AgeBand band) noexcept;
std::string_view to_string(Status status) noexcept;
std::string_view to_string(Gate gate) noexcept;  // "G1".."G9"; "" for none

// The enumerator of that name; nothing for another word.
template <class Word>
std::optional<Word> word_of(std::string_view text) noexcept {
  for (std::uint8_t n = 1; n <= 9; ++n) {
    const auto word = static_cast<Word>(n);
    const std::string_view name = to_string(word);
    if (name.empty()) return std::nullopt;
    if (name == text) return word;
  }
  return std::nullopt;
}
// The enumerator with that number; nothing for a number it does not have.
template <class Word>
std::optional<Word> word_of(std::uint8_t number) noexcept {
  const auto word = static_cast<Word>(number);
  if (number == 0 || to_string(word).empty()) return std::nullopt;
  return word;
}

}  // namespace seinhuis
