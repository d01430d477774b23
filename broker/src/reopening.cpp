#include <algorithm>

#include "owed.h"
#include "postings.h"
#include "seinhuis/proof/sign.h"
#include "sender.h"
#include "tables.h"
#include "transaction.h"

// An answer that its melder cannot read is none: noise with "opgepakt" on it does not satisfy anybody.
namespace seinhuis::broker {

std::variant<Reopen, Refusal> judge_unreadable(const World& world, const Unreadable& said,
                                               const Known& known) {
  if (said.network != world.network.id) return no(Code::wrong_network, "of another network");
  const auto parent = known.parent(said.h0);
  if (!parent) return no(Code::internal, "the message cannot be read");
  const bool by_words =
      *parent && (*parent)->prologue.reply &&
      proof::verifies((*parent)->prologue.reply->continues, said.signature, unsigned_bytes(said));
  if (!by_words) return no(Code::bad_signature, "not by who has the words of a message that is known here");
  return Reopen{said, (*parent)->message};
}

Result<Done> Transaction::take(const Reopen& reopen, const Hash& salt) {
  const Unreadable& said = reopen.unreadable;
  const auto steps = writer_.scan(status_table, reopen.message.bytes(), {}, 1000);
  if (!steps) return steps.error();
  const Bytes record = encode(said);
  bool given = false;
  bool later = false;
  for (const store::Record& kept : *steps) {
    const auto step = decode_stored_status(kept.value);
    if (!step) return step.error();
    const auto before = decode_unreadable(step->statement);
    if (before && unsigned_bytes(*before) == unsigned_bytes(said)) {  // who has the key can sign it many ways
      answer(Code::ok, {});                                           // a retry
      return Done{};
    }
    const auto outcome = decode_outcome(step->statement);
    if (!outcome || outcome->desk != said.desk) continue;
    given = given || (outcome->seq == said.seq && outcome->manifest == said.manifest);
    later = later || outcome->seq > said.seq;
  }
  if (!given || later) {
    answer(given ? Code::answered : Code::absent,
           given ? "this desk has given a later answer" : "this desk has given no such answer");
    return Done{};
  }
  const auto fits = has_room(writer_, record.size());
  if (!fits) return fits.error();
  if (!*fits) {
    answer(Code::full, "no room to keep that; it does not count yet");
    return Done{};
  }
  const auto stored = signal(reopen.message);
  if (!stored) return stored.error();
  const store::Shelf shelf = shelf_until(stored->keep_until);
  const auto leaf = append_to_log(*stored, LeafKind::unreadable, salt, record, shelf);
  if (!leaf) return leaf.error();
  const StoredStatus step{
      StatusEntry::Step::unreadable, moment(*stored, now_), said.desk, record, salt, *leaf};
  for (const auto& done : {add_status(reopen.message, step, shelf),
                           tell_melder(*stored, StatusEntry::Step::unreadable, said.desk, record, salt),
                           run_anew(reopen.message, said.desk)}) {
    if (!done) return done;
  }
  answer(Code::ok, {});
  return Done{};
}

}  // namespace seinhuis::broker
