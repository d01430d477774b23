#pragma once

#include <string>

// Desks and fields of the policy set, as the scenarios call them.
namespace seinhuis::test {

inline const std::string gemeente = "gemeente-groningen/toezicht";
inline const std::string gracht = "gemeente-amsterdam/toezicht";
inline const std::string avim = "politie-noord/avim-mensenhandel";
inline const std::string amsterdam = "politie-amsterdam/avim-mensenhandel";
inline const std::string ovd = "politie-noord/ovd";
inline const std::string zorg = "zorgcoordinatie-noord/zorgcoordinator";
inline const std::string ggd = "ggd-groningen/zorg";
inline const std::string shelter = "opvang-noord/intake";
inline const std::string nla = "nla/toezicht";
inline const std::string hotel = "hotelketen/meldpunt";
inline const std::string riec = "riec-amsterdam/casusoverleg";
inline const std::string koppelpunt = "linker/koppelpunt";
inline const std::string supervisor = "toezichthouder/log";

inline const std::string domain = "carrousel-2026";
inline const std::string phone = "verdachte.telefoon";
inline const std::string plate = "verdachte.kenteken";
inline const std::string pseudonym = "pseudonym@" + domain;

}  // namespace seinhuis::test
