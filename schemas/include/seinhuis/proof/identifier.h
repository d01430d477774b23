#pragma once

#include <string>

#include "seinhuis/base/bytes.h"
#include "seinhuis/base/result.h"
#include "seinhuis/wire/vocabulary.h"

// Identifiers in the one way of writing under which equal ones are equal bytes. What is not surely one way or
// the other is refused: a wrong guess would join two people, or part one from himself.
namespace seinhuis::proof {

// Rules of version 1; a change of any of them is another version, and other pseudonyms.
constexpr std::uint32_t normalisation_version = 1;

// clang-format off
// | type            | normal form        | rules                                                                |
// | bsn             | 111222333          | 9 digits, 11-test, not zeros                                         |
// | phone           | +31612345678       | E.164: + and 8..15 digits, no leading 0; +31 is followed by 9        |
// | plate           | NL|12ABC3          | country|2..10 of A-Z 0-9; country 1..3 letters                       |
// | iban            | NL91ABNA0417164300 | 15..34 of A-Z 0-9, mod 97 = 1; NL has 18                             |
// | travel-document | NLD|NX1234567      | country of 3 letters (ICAO 9303)|5..15 of A-Z 0-9                    |
// clang-format on
// Spaces, hyphens and dots between signs are dropped and letters made large first. Fails with malformed; the
// text names the rule and never holds the identifier.
Result<std::string> normalise(IdentifierType type, std::string_view written);

// What is hashed into the group: L("id") || u32 version || u8 type || u32 length || normal form.
Bytes identifier_input(IdentifierType type, std::string_view normal);

}  // namespace seinhuis::proof
