#include "seinhuis/proof/identifier.h"

#include "support.h"

// Equal identifiers become equal bytes, and what is doubtful is refused with the rule it broke.
using namespace seinhuis;
using namespace seinhuis::proof;
using seinhuis::test::must;

namespace {

std::string refusal(IdentifierType type, std::string_view written) {
  const auto normal = normalise(type, written);
  return normal ? "accepted as " + *normal : normal.error().detail;
}

}  // namespace

TEST_CASE("one identifier written in several ways is one") {
  for (const char* written : {"111222333", "111 222 333", "111.222.333", "111-222-333"})
    CHECK(must(normalise(IdentifierType::bsn, written)) == "111222333");
  for (const char* written : {"+31612345678", "+31 6 1234 5678", "+31-6-12345678"})
    CHECK(must(normalise(IdentifierType::phone, written)) == "+31612345678");
  CHECK(must(normalise(IdentifierType::phone, "+32 470 12 34 56")) == "+32470123456");
  for (const char* written : {"NL|12ABC3", "nl|12-abc-3", "NL | 12 ABC 3"})
    CHECK(must(normalise(IdentifierType::plate, written)) == "NL|12ABC3");
  for (const char* written : {"NL91ABNA0417164300", "nl91 abna 0417 1643 00"})
    CHECK(must(normalise(IdentifierType::iban, written)) == "NL91ABNA0417164300");
  CHECK(must(normalise(IdentifierType::iban, "GB82 WEST 1234 5698 7654 32")) == "GB82WEST12345698765432");
  CHECK(must(normalise(IdentifierType::travel_document, "nld|NX1234567")) == "NLD|NX1234567");
}

TEST_CASE("a BSN that is not one is refused with the rule it broke") {
  CHECK(refusal(IdentifierType::bsn, "11122233") == "bsn: has 9 digits; write the leading zero too");
  CHECK(refusal(IdentifierType::bsn, "11122233O") == "bsn: has 9 digits; write the leading zero too");
  CHECK(refusal(IdentifierType::bsn, "000000000") == "bsn: is not all zeros");
  CHECK(refusal(IdentifierType::bsn, "111222334") == "bsn: does not pass the 11-test; a digit is wrong");
}

TEST_CASE("a phone number is not completed by a guess") {
  CHECK(refusal(IdentifierType::phone, "0612345678") ==
        "phone: starts with + and the country, as in +31612345678");
  CHECK(refusal(IdentifierType::phone, "0031612345678").starts_with("phone: starts with +"));
  CHECK(refusal(IdentifierType::phone, "+31 (0)6 12345678").starts_with("phone: has 8 to 15 digits"));
  CHECK(refusal(IdentifierType::phone, "+310612345678") ==
        "phone: has 9 digits after +31, without the 0 of the trunk");
  CHECK(refusal(IdentifierType::phone, "+3161234567") ==
        "phone: has 9 digits after +31, without the 0 of the trunk");
  CHECK(refusal(IdentifierType::phone, "+0612345678") == "phone: has no country that starts with 0");
}

TEST_CASE("plates, accounts and documents without a country or with a wrong sign are refused") {
  CHECK(refusal(IdentifierType::plate, "12ABC3") == "plate: is written country|number");
  CHECK(refusal(IdentifierType::plate, "NL|12AB\xc3\x87") ==
        "plate: has 2 to 10 letters and digits after the country");
  CHECK(refusal(IdentifierType::plate, "N1|12ABC3") == "plate: has a country of 1 to 3 letters");
  CHECK(refusal(IdentifierType::iban, "NL91ABNA0417164301") ==
        "iban: does not pass its check digits; a sign is wrong");
  CHECK(refusal(IdentifierType::iban, "NL91ABNA04171643") == "iban: of NL has 18 signs");
  CHECK(refusal(IdentifierType::travel_document, "NL|NX1234567") ==
        "travel-document: has a country of 3 letters");
}

TEST_CASE("a refusal never holds what was refused") {
  for (const IdentifierType type : {IdentifierType::bsn, IdentifierType::phone, IdentifierType::plate,
                                    IdentifierType::iban, IdentifierType::travel_document}) {
    for (const char* written : {"CANARY|9876", "9876543210987", "+99CANARY9876", "NL|CANARY9876CANARY9876"}) {
      const std::string text = refusal(type, written);
      CHECK(text.find("9876") == std::string::npos);
      CHECK(text.find("CANARY") == std::string::npos);
    }
    CHECK(refusal(type, std::string(4096, '1')).find("128 bytes") != std::string::npos);
  }
}

TEST_CASE("types, versions and values that differ are other inputs") {
  const Bytes phone = identifier_input(IdentifierType::phone, "+31612345678");
  CHECK(encode_hex(phone) ==
        "5348312f696400"
        "01000000"
        "02"
        "0c000000"
        "2b3331363132333435363738");
  CHECK(phone != identifier_input(IdentifierType::plate, "+31612345678"));
}
