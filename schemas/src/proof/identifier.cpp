#include "seinhuis/proof/identifier.h"

#include <algorithm>

#include "seinhuis/base/packed.h"

namespace seinhuis::proof {
namespace {

constexpr std::size_t max_written = 128;

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return c >= 'A' && c <= 'Z'; }
bool sign(char c) { return digit(c) || letter(c); }

Error broken(IdentifierType type, const std::string& rule) {
  return {Errc::malformed, std::string(to_string(type)) + ": " + rule};
}

// Without what only divides, in capitals. ASCII only: a letter that merely looks like one of these is refused
// later.
std::string joined(std::string_view written) {
  std::string text;
  for (const char c : written) {
    if (c == ' ' || c == '-' || c == '.') continue;
    text += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return text;
}

// The weights of the Dutch 11-test: 9 8 7 6 5 4 3 2 -1.
bool passes_eleven_test(std::string_view digits) {
  int sum = 0;
  for (int i = 0; i < 9; ++i) sum += (i == 8 ? -1 : 9 - i) * (digits[static_cast<std::size_t>(i)] - '0');
  return sum % 11 == 0;
}

Result<std::string> bsn(const std::string& text) {
  const auto type = IdentifierType::bsn;
  if (text.size() != 9 || !std::ranges::all_of(text, digit))
    return broken(type, "has 9 digits; write the leading zero too");
  if (text == "000000000") return broken(type, "is not all zeros");
  if (!passes_eleven_test(text)) return broken(type, "does not pass the 11-test; a digit is wrong");
  return text;
}

Result<std::string> phone(const std::string& text) {
  const auto type = IdentifierType::phone;
  if (text.empty() || text[0] != '+')
    return broken(type, "starts with + and the country, as in +31612345678");
  const std::string_view digits = std::string_view(text).substr(1);
  if (digits.size() < 8 || digits.size() > 15 || !std::ranges::all_of(digits, digit))
    return broken(type, "has 8 to 15 digits after the + (E.164), and no brackets");
  if (digits[0] == '0') return broken(type, "has no country that starts with 0");
  if (digits.starts_with("31") && (digits.size() != 11 || digits[2] == '0'))
    return broken(type, "has 9 digits after +31, without the 0 of the trunk");
  return text;
}

// country|number, as two of the types are written.
Result<std::string> with_country(IdentifierType type, const std::string& text, std::size_t min_country,
                                 std::size_t max_country, std::size_t min, std::size_t max) {
  const auto bar = text.find('|');
  if (bar == std::string::npos) return broken(type, "is written country|number");
  const std::string_view country = std::string_view(text).substr(0, bar);
  const std::string_view number = std::string_view(text).substr(bar + 1);
  if (country.size() < min_country || country.size() > max_country || !std::ranges::all_of(country, letter)) {
    return broken(type, min_country == max_country
                            ? "has a country of " + std::to_string(max_country) + " letters"
                            : "has a country of 1 to " + std::to_string(max_country) + " letters");
  }
  if (number.size() < min || number.size() > max || !std::ranges::all_of(number, sign)) {
    return broken(type, "has " + std::to_string(min) + " to " + std::to_string(max) +
                            " letters and digits after the country");
  }
  return text;
}

// ISO 13616: the first four signs at the end, letters as 10..35, modulo 97.
bool passes_mod_97(std::string_view text) {
  int rest = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[(i + 4) % text.size()];
    rest = digit(c) ? (rest * 10 + (c - '0')) % 97 : (rest * 100 + (c - 'A' + 10)) % 97;
  }
  return rest == 1;
}

Result<std::string> iban(const std::string& text) {
  const auto type = IdentifierType::iban;
  if (text.size() < 15 || text.size() > 34 || !std::ranges::all_of(text, sign) || !letter(text[0]) ||
      !letter(text[1]) || !digit(text[2]) || !digit(text[3]))
    return broken(type, "has a country, two check digits, and 15 to 34 signs in all");
  if (text.starts_with("NL") && text.size() != 18) return broken(type, "of NL has 18 signs");
  if (!passes_mod_97(text)) return broken(type, "does not pass its check digits; a sign is wrong");
  return text;
}

}  // namespace

Result<std::string> normalise(IdentifierType type, std::string_view written) {
  if (written.size() > max_written)
    return broken(type, "is at most " + std::to_string(max_written) + " bytes long");
  const std::string text = joined(written);
  switch (type) {
    case IdentifierType::none: break;
    case IdentifierType::bsn: return bsn(text);
    case IdentifierType::phone: return phone(text);
    case IdentifierType::plate: return with_country(type, text, 1, 3, 2, 10);
    case IdentifierType::iban: return iban(text);
    case IdentifierType::travel_document: return with_country(type, text, 3, 3, 5, 15);
  }
  return Error{Errc::unsupported, "an identifier of an unknown type"};
}

Bytes identifier_input(IdentifierType type, std::string_view normal) {
  return Packer()
      .label("id")
      .number(normalisation_version)
      .number(static_cast<std::uint8_t>(type))
      .text(normal)
      .take();
}

}  // namespace seinhuis::proof
