#include "seinhuis/wire/vocabulary.h"

#include <array>
#include <span>

namespace seinhuis {
namespace {

// The name at `number` of a table that starts at 1; "" beyond it.
std::string_view name_at(std::span<const std::string_view> names, std::uint8_t number) noexcept {
  return number >= 1 && number <= names.size() ? names[number - 1U] : std::string_view();
}

constexpr std::array<std::string_view, 3> modes{"identified", "confidential", "anonymous"};
constexpr std::array<std::string_view, 8> kinds{"signal",     "feedback", "supplement", "withdrawal",
                                                "correction", "request",  "alarm",      "hit"};
constexpr std::array<std::string_view, 2> weights{"zacht", "hard"};
constexpr std::array<std::string_view, 4> bands{"<12", "12-17", "18+", "onbekend"};
constexpr std::array<std::string_view, 4> statuses{"opgepakt", "doorgezet", "onvoldoende", "gesloten"};
constexpr std::array<std::string_view, 5> identifiers{"bsn", "phone", "plate", "iban", "travel-document"};
constexpr std::array<std::string_view, 9> gates{"G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9"};

}  // namespace

std::string_view to_string(Mode mode) noexcept { return name_at(modes, static_cast<std::uint8_t>(mode)); }
std::string_view to_string(Kind kind) noexcept { return name_at(kinds, static_cast<std::uint8_t>(kind)); }
std::string_view to_string(IdentifierType type) noexcept {
  return name_at(identifiers, static_cast<std::uint8_t>(type));
}
std::string_view to_string(Weight weight) noexcept {
  return name_at(weights, static_cast<std::uint8_t>(weight));
}
std::string_view to_string(AgeBand band) noexcept { return name_at(bands, static_cast<std::uint8_t>(band)); }
std::string_view to_string(Status status) noexcept {
  return name_at(statuses, static_cast<std::uint8_t>(status));
}
std::string_view to_string(Gate gate) noexcept { return name_at(gates, static_cast<std::uint8_t>(gate)); }

}  // namespace seinhuis
