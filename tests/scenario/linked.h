#pragma once

#include "scenario/names.h"
#include "scenario/world.h"
#include "seinhuis/wire/hit.h"

// The desks of A11, and what they hear of hits.
namespace seinhuis::test {

inline std::vector<client::KeptDelivery> hits_at(World& world, const std::string& desk) {
  std::vector<client::KeptDelivery> hits;
  for (client::KeptDelivery& one : world.inbox(desk)) {
    if (one.kind == Kind::hit) hits.push_back(std::move(one));
  }
  return hits;
}

inline std::vector<std::string> texts(const client::KeptDelivery& hit, const std::string& field,
                                      const std::string& form = "exact") {
  return value_in(hit, field, form).value_or(seal::Value{}).texts;
}

inline HitEvidence evidence(const client::KeptDelivery& hit, std::size_t n = 0) {
  const std::string text = texts(hit, "treffer.bewijs").at(n);
  Bytes raw(text.size() / 2);
  REQUIRE(decode_hex(text, raw));
  return must(decode_hit_evidence(raw));
}

// Everybody who must take in a signal does, and the day turns.
inline void take_in_and_turn(World& world) {
  for (const auto& desk : {koppelpunt, avim, amsterdam, gemeente, gracht}) (void)world.inbox(desk);
  world.advance_days(1);
  for (const auto& desk : {koppelpunt, avim, amsterdam, gemeente, gracht, nla, hotel, riec})
    must(world.desk(desk).refresh());
}

inline std::size_t tell(World& world) { return must(world.desk(koppelpunt).tell_hits()); }

inline policy::Draft with_phone(World& world, const std::string& example, const std::string& number) {
  policy::Draft draft = world.example(example);
  draft.fields = {{"verdachte.telefoon", {number}}};
  return draft;
}

}  // namespace seinhuis::test
