#include "hits.h"

#include <algorithm>

#include "owed.h"
#include "refusal.h"
#include "seinhuis/policy/pseudonym.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/sign.h"
#include "tables.h"
#include "transaction.h"

namespace seinhuis::broker {
namespace {

constexpr std::uint32_t hit_days = 400;  // longer than what it is about

// What stands at a place, as the policy of the message's day knows it.
struct Seen {
  Parent parent;
  std::string domain;
  IdentifierType type = IdentifierType::none;
};

std::variant<Seen, Refusal> look_at(const World& world, std::string_view desk, const HitPlace& place,
                                    const Known& known) {
  auto parent = known.parent(place.h0);
  if (!parent) return no(Code::internal, "the messages cannot be read");
  const bool received =
      *parent && std::ranges::find((*parent)->recipients, desk) != (*parent)->recipients.end();
  if (!received) return no(Code::bad_thread, "this desk received no such message");
  const Prologue& prologue = (*parent)->prologue;
  const policy::Policy* policy = world.policy(prologue.policy);
  const bool there = policy != nullptr && place.entry < prologue.entries.size();
  const bundle::Form* form = there ? policy::form_of(*policy, prologue.entries[place.entry]) : nullptr;
  if (form == nullptr || form->how != bundle::Form::How::pseudonym)
    return no(Code::malformed, "no pseudonym stands there");
  const auto& domains = policy->source().domains;
  const auto domain = std::ranges::find(domains, form->domain, &bundle::Domain::id);
  if (domain == domains.end() || domain->organisation != policy::organisation_of(desk))
    return no(Code::unauthorised, "domain " + form->domain + " is not this desk's");
  const bundle::Field& field = policy->source().fields[policy->field(prologue.entries[place.entry].field)];
  return Seen{**std::move(parent), form->domain, field.identifier};
}

Bytes pair_hash(const HitRecord& record) {
  return copy(proof::h32(tag_bytes(record.a, record.b)).bytes().first<16>());
}

}  // namespace

std::variant<RegisterHit, Refusal> judge_hit(const World& world, std::string_view desk, HitRecord record,
                                             const Known& known, Day today) {
  if (record.network != world.network.id) return no(Code::wrong_network, "a hit of another network");
  if (record.desk != desk) return no(Code::not_you, "a hit of another desk");
  const auto* keys = proof::find_desk(world.network.directory_on(today)->directory, record.desk);
  if (keys == nullptr || !proof::verifies(keys->signer, record.signature, unsigned_bytes(record)))
    return no(Code::bad_signature, "the signature of the hit does not hold");
  auto a = look_at(world, desk, record.a, known);
  auto b = look_at(world, desk, record.b, known);
  for (auto* side : {&a, &b}) {
    if (auto* refusal = std::get_if<Refusal>(side)) return std::move(*refusal);
  }
  Seen& one = std::get<Seen>(a);
  Seen& other = std::get<Seen>(b);
  if (one.domain != other.domain || one.type != other.type)
    return no(Code::malformed, "pseudonyms of two domains or types are never equal");
  if (policy::organisation_of(one.parent.prologue.sender) ==
      policy::organisation_of(other.parent.prologue.sender))
    return no(Code::refused, "two messages of one organisation make no hit");
  std::ranges::sort(one.parent.obliged);
  std::ranges::sort(other.parent.obliged);
  return RegisterHit{std::move(record), std::move(one.parent.obliged), std::move(other.parent.obliged)};
}

Result<std::optional<Done>> find_hit_in(const store::Reader& reader, const Hash& h0) {
  const auto found = reader.scan(hit_table, h0.bytes(), {}, 1);
  if (!found) return found.error();
  return found->empty() ? std::optional<Done>{} : std::optional(Done{});
}

Result<Done> forget_hits(store::Writer& writer, Day today, std::size_t limit) {
  const auto oldest = writer.scan(hit_day_table, {}, {}, limit);
  if (!oldest) return oldest.error();
  for (const store::Record& entry : *oldest) {
    const Day day(static_cast<std::uint32_t>(big(ByteView(entry.key).first(4))));
    if (day.plus(hit_days) >= today) break;
    if (auto gone = writer.erase(hit_table, ByteView(entry.key).subspan(4)); !gone) return gone;
    if (auto gone = writer.erase(hit_day_table, entry.key); !gone) return gone;
  }
  return Done{};
}

// One leaf for a pair: the same again has the same answer, another record for it is refused.
Result<Done> Transaction::take(const RegisterHit& hit, const Hash& salt) {
  const Bytes raw = encode(hit.record);
  const Bytes pair = pair_hash(hit.record);
  const auto earlier = writer_.get(hit_table, joined_key(hit.record.a.h0, pair));
  if (!earlier) return earlier.error();
  Answer made;
  made.hits.push_back({salt, {}, hit.obliged_a, hit.obliged_b});
  if (*earlier) {
    Unpacker in(**earlier);
    made.hits[0].salt = in.id<Hash>();
    made.leaves.push_back(in.number<std::uint64_t>());
    if (!std::ranges::equal(in.rest(), raw)) {
      answer(Code::replayed, "another hit of these two is in the log");
      return Done{};
    }
    answers_.push_back(std::move(made));
    return Done{};
  }
  const auto fits = has_room(writer_, 2 * raw.size());
  if (!fits) return fits.error();
  if (!*fits) {
    answer(Code::full, "no room to keep the hit");
    return Done{};
  }
  const auto room = within_quota(hit.record.desk);
  if (!room) return room.error();
  if (!*room) {
    answer(Code::over_quota, "this desk has sent its messages of today; the quota is set by the network");
    return Done{};
  }
  const store::Shelf shelf = shelf_until(today_.plus(hit_days));
  const auto leaf = log_.append(LeafKind::hit, salt, raw, shelf);
  if (!leaf) return leaf.error();
  const Bytes kept = Packer().raw(salt.bytes()).number(*leaf).raw(raw).take();
  for (const Hash& h0 : {hit.record.a.h0, hit.record.b.h0}) {
    const Bytes key = joined_key(h0, pair);
    if (auto put = writer_.put(hit_table, key, kept, shelf); !put) return put;
    Bytes day;
    put_big(day, today_.days(), 4);
    append(day, key);
    if (auto put = writer_.put(hit_day_table, day, {}, shelf); !put) return put;
  }
  made.leaves.push_back(*leaf);
  answers_.push_back(std::move(made));
  return Done{};
}

}  // namespace seinhuis::broker
