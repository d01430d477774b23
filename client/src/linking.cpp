#include "linking.h"

#include <algorithm>
#include <map>

#include "seinhuis/base/packed.h"
#include "seinhuis/policy/message.h"
#include "seinhuis/proof/hash.h"
#include "tables.h"

namespace seinhuis::client {
namespace {

constexpr std::size_t max_name = 256;
constexpr std::size_t max_record = 1024;
constexpr std::uint32_t linked_days = 365;
constexpr std::size_t most_equal = 64;  // messages with one pseudonym, in one look
constexpr std::size_t most_hits = 64;   // of a new message, on one pseudonym
constexpr std::size_t most_of_one = 4;  // organisation
constexpr int max_pages = 256;

const Error unreadable{Errc::io, "what this desk links by cannot be read"};

Bytes key_of(const seal::LocalPseudonym& pseudonym, const HitPlace& place) {
  Bytes key = copy(pseudonym.bytes());
  append(key, place.h0.bytes());
  key.push_back(static_cast<std::byte>(place.entry >> 8U));
  key.push_back(static_cast<std::byte>(place.entry & 0xFFU));
  return key;
}

Bytes encode(const Seen& seen) {
  return Packer()
      .raw(seen.place.h0.bytes())
      .number(seen.place.entry)
      .text(seen.organisation)
      .raw(seen.message.bytes())
      .raw(seen.thread.bytes())
      .take();
}

Result<Seen> decode_seen(ByteView raw) {
  Unpacker in(raw);
  Seen seen;
  seen.place.h0 = in.id<Hash>();
  seen.place.entry = in.number<std::uint16_t>();
  seen.organisation = in.text(max_name);
  seen.message = in.id<MessageId>();
  seen.thread = in.id<ThreadId>();
  if (!in.ok()) return unreadable;
  return seen;
}

PendingHit hit_of(const Seen& one, const Seen& other, const seal::WirePseudonym& wire, const Linker& linker) {
  const bool first = one.place.h0 < other.place.h0;
  const Seen& a = first ? one : other;
  const Seen& b = first ? other : one;
  PendingHit hit{
      linker.today, {}, {a.message, a.thread, MessageId::zero()}, {b.message, b.thread, MessageId::zero()}};
  hit.record = {linker.network,   linker.desk, a.place, b.place, seal::hit_tag(a.place, b.place, wire),
                Signature::zero()};
  hit.record.signature = linker.signer.sign(unsigned_bytes(hit.record));
  return hit;
}

Bytes neighbour_key(const ThreadId& thread, const ThreadId& other) {
  Bytes key = copy(thread.bytes());
  append(key, other.bytes());
  return key;
}

Result<Done> put_for_a_year(store::Writer& writer, store::Table table, const Bytes& key, ByteView value,
                            Day today) {
  Bytes due = ordered_key(today.days());
  due.push_back(static_cast<std::byte>(table));
  append(due, key);
  if (auto put = writer.put(linked_day_table, due, {}, store::permanent); !put) return put;
  return writer.put(table, key, value, store::permanent);
}

Result<Done> keep_hit(store::Writer& writer, const PendingHit& hit) {
  const Bytes there = neighbour_key(hit.a.thread, hit.b.thread);
  const Bytes back = neighbour_key(hit.b.thread, hit.a.thread);
  if (auto put = put_for_a_year(writer, neighbour_table, there, hit.b.message.bytes(), hit.found); !put)
    return put;
  if (auto put = put_for_a_year(writer, neighbour_table, back, hit.a.message.bytes(), hit.found); !put)
    return put;
  return writer.put(hit_table, key_of(hit), encode(hit), store::permanent);
}

Bytes checked_key(const HitPlace& place) { return Packer().raw(place.h0.bytes()).number(place.entry).take(); }

Result<Done> link_one(store::Writer& writer, const Seen& seen, const seal::WirePseudonym& wire,
                      const Linker& linker) {
  const seal::LocalPseudonym own = seal::local_pseudonym(wire, linker.key);
  const auto others = others_with(writer, seen, own);
  if (!others) return others.error();
  for (const Seen& other : *others) {
    if (auto kept = keep_hit(writer, hit_of(seen, other, wire, linker)); !kept) return kept;
  }
  return put_for_a_year(writer, pseudonym_table, key_of(own, seen.place), encode(seen), linker.today);
}

}  // namespace

Bytes key_of(const PendingHit& hit) {
  Bytes key = ordered_key(hit.found.days());
  append(key, proof::h32(tag_bytes(hit.record.a, hit.record.b)).bytes());
  return key;
}

Bytes encode(const PendingHit& hit) {
  Packer out;
  out.day(hit.found).sized(encode(hit.record));
  for (const PendingHit::Side& side : {hit.a, hit.b})
    out.raw(side.message.bytes()).raw(side.thread.bytes()).raw(side.told.bytes());
  return out.take();
}

Result<PendingHit> decode_pending(ByteView raw) {
  Unpacker in(raw);
  PendingHit hit;
  hit.found = in.day();
  auto record = decode_hit(in.sized(max_record));
  if (!record) return unreadable;
  hit.record = *std::move(record);
  for (PendingHit::Side* side : {&hit.a, &hit.b}) {
    side->message = in.id<MessageId>();
    side->thread = in.id<ThreadId>();
    side->told = in.id<MessageId>();
  }
  if (!in.ok()) return unreadable;
  return hit;
}

Result<std::vector<Seen>> others_with(const store::Reader& reader, const Seen& seen,
                                      const seal::LocalPseudonym& own) {
  std::vector<Seen> others;
  std::map<std::string, std::size_t> of_organisation;
  Bytes after;
  for (int page = 0; page < max_pages; ++page) {
    const auto equal = reader.scan(pseudonym_table, own.bytes(), after, most_equal);
    if (!equal) return equal.error();
    for (const store::Record& record : *equal) {
      auto other = decode_seen(record.value);
      if (!other) return other.error();
      if (other->organisation == seen.organisation || other->thread == seen.thread) continue;
      if (++of_organisation[other->organisation] > most_of_one) continue;
      others.push_back(*std::move(other));
      if (others.size() == most_hits) return others;
    }
    if (equal->size() < most_equal) break;
    after = equal->back().key;
  }
  return others;
}

Result<Done> link_pseudonyms(store::Writer& writer, const KeptDelivery& delivery,
                             const std::vector<PseudonymsAt>& pseudonyms, const Linker& linker) {
  for (const PseudonymsAt& at : pseudonyms) {
    const Seen seen{{delivery.h0, at.entry},
                    std::string(policy::organisation_of(delivery.from)),
                    delivery.message,
                    delivery.thread};
    for (const seal::WirePseudonym& wire : at.wires) {
      if (auto linked = link_one(writer, seen, wire, linker); !linked) return linked;
    }
  }
  return Done{};
}

Result<Done> forget_linked(store::Writer& writer, Day today, std::size_t limit) {
  const auto oldest = writer.scan(linked_day_table, {}, {}, limit);
  if (!oldest) return oldest.error();
  for (const store::Record& entry : *oldest) {
    const ByteView key = entry.key;
    const Day day(static_cast<std::uint32_t>(number_in(key.first(8))));
    if (day.plus(linked_days) >= today) break;
    const store::Table table{std::to_integer<std::uint8_t>(key[8])};
    if (auto gone = writer.erase(table, key.subspan(9)); !gone) return gone;
    if (auto gone = writer.erase(linked_day_table, entry.key); !gone) return gone;
  }
  return Done{};
}

Result<std::vector<MessageId>> neighbours(const store::Reader& reader, const ThreadId& thread,
                                          std::size_t limit) {
  const auto found = reader.scan(neighbour_table, thread.bytes(), {}, limit);
  if (!found) return found.error();
  std::vector<MessageId> messages;
  for (const store::Record& record : *found) {
    const auto message = MessageId::parse(record.value);
    if (!message) return unreadable;
    messages.push_back(*message);
  }
  return messages;
}

Result<Done> keep_checked(store::Writer& writer, const Hash& h0, const PseudonymsAt& pseudonyms, Day today) {
  Bytes wires;
  for (const seal::WirePseudonym& wire : pseudonyms.wires) append(wires, wire.bytes());
  return put_for_a_year(writer, checked_table, checked_key({h0, pseudonyms.entry}), wires, today);
}

Result<Done> keep_shown(store::Writer& writer, const HitRecord& record, const Hash& leaf, Day today) {
  return put_for_a_year(writer, shown_hit_table, tag_bytes(record.a, record.b), leaf.bytes(), today);
}

Result<std::optional<Hash>> shown_for(const store::Reader& reader, const HitRecord& record) {
  const auto kept = reader.get(shown_hit_table, tag_bytes(record.a, record.b));
  if (!kept) return kept.error();
  if (!*kept) return std::optional<Hash>{};
  const auto leaf = Hash::parse(**kept);
  return leaf ? Result<std::optional<Hash>>(*leaf) : unreadable;
}

Result<TagVerdict> judge_tag(const store::Reader& reader, const HitRecord& record, const Hash& own) {
  const HitPlace& mine = record.a.h0 == own ? record.a : record.b;
  if (mine.h0 != own) return TagVerdict::fails;
  const auto any = reader.scan(checked_table, own.bytes(), {}, 1);
  if (!any) return any.error();
  if (any->empty()) return TagVerdict::unknown;
  const auto kept = reader.get(checked_table, checked_key(mine));
  if (!kept) return kept.error();
  if (!*kept) return TagVerdict::fails;
  Unpacker in(**kept);
  while (!in.failed() && !in.rest().empty()) {
    if (seal::hit_tag(record.a, record.b, in.id<seal::WirePseudonym>()) == record.tag)
      return TagVerdict::holds;
  }
  return TagVerdict::fails;
}

}  // namespace seinhuis::client
