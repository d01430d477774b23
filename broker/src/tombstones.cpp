#include "owed.h"
#include "seinhuis/wire/audit.h"
#include "tables.h"
#include "transaction.h"

// What was signed and refused leaves a tombstone in the log: whoever misses the message by its number can see
// that nobody kept it from them.
namespace seinhuis::broker {

Result<Done> Transaction::take(const Entomb& entomb, const Hash& salt) {
  const Refused& refused = entomb.refused;
  if (refused.message) {
    const auto earlier = signal(*refused.message);
    if (!earlier && earlier.error().code != Errc::absent) return earlier.error();
    if (earlier && (earlier->manifest == refused.manifest || earlier->manifest == refused.accepted)) {
      answer_accepted(*earlier);
      return Done{};
    }
  }
  answer(Code::ok, {});
  answers_.back().reply = refusal_reply(refused.refusal);
  if (!refused.manifest) return Done{};
  return bury({*refused.manifest, static_cast<std::uint16_t>(refused.refusal.code), refused.refusal.rule,
               refused.refusal.gate, today_, entomb.desk, refused.signature},
              salt);
}

// Once for a message, as far as there is room. What names nobody has no number that would be missed.
Result<Done> Transaction::bury(const Tombstone& tombstone, const Hash& salt) {
  const auto earlier = writer_.get(refusal_table, tombstone.manifest.bytes());
  if (!earlier) return earlier.error();
  const auto fits = has_room(writer_, 0);
  if (!fits) return fits.error();
  const bool skip = *earlier || !*fits || tombstone.sender == anonymous_peer;
  const auto room = skip ? Result<bool>(false) : within_quota(tombstone.sender);  // tombstones count too
  if (!room) return room.error();
  if (!*room) return Done{};
  const store::Shelf shelf = shelf_until(today_.plus(365));
  const auto leaf = log_.append(LeafKind::refused, salt, encode(tombstone), shelf);
  if (!leaf) return leaf.error();
  return writer_.put(refusal_table, tombstone.manifest.bytes(), number_key(*leaf), shelf);
}

// Why this message was refused, if it was.
Result<std::optional<Code>> Transaction::refused_before(const Hash& manifest) const {
  const auto leaf = writer_.get(refusal_table, manifest.bytes());
  if (!leaf) return leaf.error();
  if (!*leaf) return std::optional<Code>{};
  const auto content = log_.content(big(**leaf));
  if (!content) return content.error();
  constexpr std::size_t head = 1 + Hash::size;  // kind || salt
  const auto tombstone = *content && (*content)->size() > head
                             ? decode_tombstone(ByteView(**content).subspan(head))
                             : Result<Tombstone>(Error{Errc::io, ""});
  if (!tombstone) return Error{Errc::io, "a tombstone cannot be read"};
  return std::optional(Code{tombstone->code});
}

}  // namespace seinhuis::broker
