#include "seinhuis/wire/prologue.h"

#include <algorithm>
#include <set>

#include "seinhuis/wire/generated/prologue_generated.h"
#include "table.h"

// Found by the codec through their arguments, so not in an unnamed namespace.
namespace seinhuis {

namespace fb = wire::generated;

template <class Way>
void pass(Way& way, Entry& d, fb::EntryRowT& w) {
  way(d.field, w.field);
  way(d.form, w.form);
  way(d.size, w.size);
}
Bytes encode(const ReplyAddress& address) {
  Bytes raw = copy(address.key.bytes());
  append(raw, address.continues.bytes());
  append(raw, address.cell.bytes());
  return raw;
}
template <class Way>
void pass_reply(Way& way, std::optional<ReplyAddress>& d, std::vector<std::uint8_t>& w) {
  Bytes raw = d ? encode(*d) : Bytes{};
  way(raw, w);
  if constexpr (Way::loading) {
    if (raw.empty()) return;
    if (raw.size() != ReplyAddress::size) return way.fail("a reply address is not 96 bytes");
    const std::span<const std::byte, ReplyAddress::size> seen(raw);
    d = ReplyAddress{SealingKey::from_bytes(seen.subspan<0, 32>()),
                     SignerKey::from_bytes(seen.subspan<32, 32>()), Hash::from_bytes(seen.subspan<64, 32>())};
  }
}
template <class Way>
void pass(Way& way, Prologue& d, fb::PrologueT& w) {
  way(d.mode, w.mode);
  way(d.kind, w.kind);
  way(d.network, w.network);
  way(d.message, w.message);
  way(d.thread, w.thread);
  way(d.parent, w.parent);
  way(d.signer, w.signer);
  way(d.sender, w.sender);
  way(d.role_class, w.role_class);
  way(d.directory.number, w.directory_version);
  way(d.directory.hash, w.directory_hash);
  way(d.policy.number, w.policy_version);
  way(d.policy.hash, w.policy_hash);
  way(d.theme, w.theme);
  way(d.weight, w.weight);
  way(d.urgent, w.urgent);
  way(d.purposes, w.purposes);
  way(d.region, w.region);
  way(d.age, w.age);
  way(d.labels, w.labels);
  way(d.statements, w.statements);
  way(d.shape, w.shape);
  way(d.created, w.created);
  way(d.expires, w.expires);
  way(d.leaves, w.leaves);
  way(d.entries, w.entries);
  pass_reply(way, d.reply, w.reply);
  if constexpr (!Way::loading) {
    w.schema = Prologue::current_schema;
    w.suite = Prologue::suite_1;
  }
}

namespace {

bool rises(const auto& list) {
  return std::ranges::adjacent_find(list, std::greater_equal<>()) == list.end();
}

// What a well-formed prologue of another version may be, and this one is not.
const char* unsupported(ByteView raw) {
  const Bytes aligned = copy(raw);
  const auto& seen = *flatbuffers::GetRoot<fb::Prologue>(aligned.data());
  if (seen.schema() != Prologue::current_schema) return "schema version";
  return seen.suite() == Prologue::suite_1 ? nullptr : "suite";
}

// A mode says what else is there, and what must not be.
const char* wrong_for_mode(const Prologue& seen) {
  if (seen.mode == Mode::identified) {
    if (seen.sender.empty()) return "no sender";
    return seen.reply || !seen.role_class.empty() ? "an identified message names its sender and nothing else"
                                                  : nullptr;
  }
  if (!seen.sender.empty()) return "names a sender, and is not identified";
  if ((seen.mode == Mode::confidential) == seen.role_class.empty())
    return "a role class is that of a confidential message";
  if (!seen.reply) return "no reply address";
  if (!seen.statements.empty()) return "a statement would name the sender's organisation";
  if (!seen.parent.is_zero()) return "a parent would tie it to somebody";
  for (const Instant at : {seen.created, seen.expires}) {
    if (Day::of(at).begins() != at) return "a time finer than a day";
  }
  return nullptr;
}

// One long text that is pointed to many times would be copied as often.
const char* crowded(const fb::Prologue& table, std::size_t) {
  const auto over = [](const auto* list, std::size_t most) { return list != nullptr && list->size() > most; };
  if (over(table.entries(), Prologue::max_entries)) return "prologue: entries not 1..256";
  return over(table.purposes(), 4) || over(table.labels(), 64) ? "prologue: a list is too long" : nullptr;
}

const char* wrong(const Prologue& seen) {
  if (seen.purposes.empty() || seen.purposes.size() > 4 || !rises(seen.purposes))
    return "purposes not 1..4 ascending";
  if (!rises(seen.labels) || seen.labels.size() > 64) return "labels not ascending";
  if (!rises(seen.statements) || seen.statements.size() > Prologue::max_statements)
    return "statements not ascending";
  if (seen.leaves.empty() || seen.leaves.size() > Prologue::max_recipients || !rises(seen.leaves))
    return "recipient leaves not 1..64 ascending";
  if (seen.entries.empty() || seen.entries.size() > Prologue::max_entries) return "entries not 1..256";
  std::set<std::pair<std::string_view, std::string_view>> cells;
  for (const Entry& entry : seen.entries) {
    if (!cells.emplace(entry.field, entry.form).second) return "a form of a field stands twice";
    if (std::ranges::find(size_classes, entry.size) == size_classes.end())
      return "an entry has no size class";
  }
  if (seen.expires <= seen.created) return "expires before it is made";
  // An hour more when the clocks go back in between.
  if (seen.expires - seen.created > Prologue::longest_life + std::chrono::hours(1))
    return "lives longer than 30 days";
  return wrong_for_mode(seen);
}

}  // namespace

Result<Prologue> decode_prologue(ByteView raw) {
  auto seen = wire::decode_table<fb::Prologue>(raw, fb::PrologueIdentifier(), Prologue::max_bytes, Prologue{},
                                               &crowded);
  if (!seen) return seen;
  if (const char* what = unsupported(raw)) return Error{Errc::unsupported, std::string("prologue: ") + what};
  if (const char* what = wrong(*seen)) return Error{Errc::malformed, std::string("prologue: ") + what};
  return seen;
}

Bytes encode(const Prologue& prologue) {
  return wire::encode_table<fb::Prologue>(prologue, fb::PrologueIdentifier());
}

}  // namespace seinhuis
