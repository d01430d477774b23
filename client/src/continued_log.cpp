#include "continued_log.h"

#include <algorithm>
#include <set>

#include "outbox.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/proof/log.h"
#include "tables.h"

namespace seinhuis::client {
namespace {

constexpr std::uint32_t kept_days = 5;  // the broker refuses a message that is older
constexpr std::size_t page = 100;
enum class Copy : std::uint8_t { message = 1, revocation = 2 };

Bytes copy_key(Day day, Copy what, ByteView id) {
  Bytes key = ordered_key(day.days());
  key.push_back(static_cast<std::byte>(what));
  append(key, id);
  return key;
}

// Each that comes makes old ones go. One for which there is no room is not kept: it is made anew then.
Result<Done> keep_copy(store::Writer& writer, Copy what, ByteView id, ByteView raw, Day today) {
  constexpr std::size_t gone_for_one = 4;
  if (auto gone = ContinuedLog::forget_copies(writer, today, gone_for_one); !gone) return gone;
  const auto room = writer.has_room(raw.size());
  if (!room) return room.error();
  return *room ? writer.put(copy_table, copy_key(today, what, id), raw, store::permanent) : Done{};
}

// Every record of a table, a page at a time; `change` may change the table behind what it is given.
Result<Done> each(store::Writer& writer, store::Table table,
                  const std::function<Result<Done>(const store::Record&)>& change) {
  Bytes after;
  for (;;) {
    const auto some = writer.scan(table, {}, after, page);
    if (!some) return some.error();
    for (const store::Record& one : *some) {
      if (auto changed = change(one); !changed) return changed;
    }
    if (some->size() < page) return Done{};
    after = some->back().key;
  }
}

// Takes out what waits to be sent: it was written after what is lost, and goes behind it.
Result<std::vector<store::Record>> empty_outbox(store::Writer& writer) {
  std::vector<store::Record> waiting;
  auto taken = each(writer, outbox_table, [&](const store::Record& one) -> Result<Done> {
    waiting.push_back(one);
    return writer.erase(outbox_table, one.key);
  });
  if (!taken) return taken.error();
  return waiting;
}
Result<Done> put_behind(store::Writer& writer, const store::Record& one) {
  const auto raw = writer.get(sent_table, ByteView(one.key).subspan(8));
  if (!raw) return raw.error();
  require(raw->has_value(), "what is in the outbox is known as sent");
  const auto sent = decode_sent(**raw);
  if (!sent) return sent.error();
  const auto place = next_outbox_key(writer, *sent);
  return place ? writer.put(outbox_table, *place, one.value, store::permanent) : place.error();
}

// Where the log ended that was seen last. One that is in no copy any more went on from an older one.
const NewLog& end_of(const Hash& log, const std::vector<NewLog>& origins) {
  const auto found = std::ranges::find_if(origins, [&](const NewLog& origin) {
    return origin.head.head.log == log || proof::quiet_log_id(origin.head.head.log) == log;
  });
  return found == origins.end() ? origins.front() : *found;
}

bool was_lost(const KeptSent& sent, std::uint64_t begin) {
  const auto accepted = decode_accepted(sent.accepted);
  return sent.state == KeptSent::State::accepted && accepted && accepted->proof.index >= begin;
}

}  // namespace

Result<Done> ContinuedLog::keep_message(store::Writer& writer, const KeptSent& sent, const Bytes& submission,
                                        Day today) {
  return keep_copy(writer, Copy::message, sent.message.bytes(), submission, today);
}

Result<Done> ContinuedLog::keep_revocation(store::Writer& writer, const store::Record& revocation,
                                           Day today) {
  return keep_copy(writer, Copy::revocation, revocation.key, revocation.value, today);
}

Result<Done> ContinuedLog::forget_copies(store::Writer& writer, Day today, std::size_t limit) {
  const auto oldest = writer.scan(copy_table, {}, {}, limit);
  if (!oldest) return oldest.error();
  for (const store::Record& one : *oldest) {
    if (number_in(ByteView(one.key).first(8)) + kept_days >= today.days()) break;
    if (auto gone = writer.erase(copy_table, one.key); !gone) return gone;
  }
  return Done{};
}

// Messages of which the broker lost the acceptance: the same bytes, or, when they are kept no more, a word of
// it.
Result<Done> ContinuedLog::queue_again(store::Writer& writer, std::uint64_t begin, Lost& lost) const {
  std::set<MessageId> queued;
  const auto waiting = empty_outbox(writer);
  if (!waiting) return waiting.error();
  auto copies = each(writer, copy_table, [&](const store::Record& one) -> Result<Done> {
    const ByteView id = ByteView(one.key).subspan(9);
    if (one.key[8] == std::byte{static_cast<std::uint8_t>(Copy::revocation)})
      return writer.put(revoking_table, id, one.value, store::permanent);
    const auto raw = writer.get(sent_table, id);
    if (!raw || !*raw) return raw ? Result<Done>(Done{}) : raw.error();
    auto sent = decode_sent(**raw);
    if (!sent) return sent.error();
    if (!was_lost(*sent, begin)) return Done{};
    const auto place = next_outbox_key(writer, *sent);
    if (!place) return place.error();
    sent->state = KeptSent::State::queued;
    queued.insert(sent->message);
    if (auto put = writer.put(outbox_table, *place, one.value, store::permanent); !put) return put;
    return writer.put(sent_table, id, encode(*sent), store::permanent);
  });
  if (!copies) return copies;
  for (const store::Record& one : *waiting) {
    if (auto put = put_behind(writer, one); !put) return put;
  }
  lost.again = queued.size();
  return each(writer, sent_table, [&](const store::Record& one) -> Result<Done> {
    auto sent = decode_sent(one.value);
    if (!sent) return sent.error();
    if (!was_lost(*sent, begin)) return Done{};
    ++lost.gone;
    sent->state = KeptSent::State::refused;
    sent->code = static_cast<std::uint16_t>(Code::absent);
    sent->text = "lost when the broker was restored; send it again";
    return writer.put(sent_table, one.key, encode(*sent), store::permanent);
  });
}

Result<Done> ContinuedLog::hand_in_again(store::Writer& writer, const NewLog& origin, Lost& lost) const {
  if (auto queued = queue_again(writer, origin.head.head.size, lost); !queued) return queued;
  const Day since = Day::of(origin.until);
  // Delivered again under another record, and received again.
  auto received = each(writer, inbox_table, [&](const store::Record& one) -> Result<Done> {
    auto held = decode_kept(one.value);
    if (!held) return held.error();
    const auto record = decode_record(held->record);
    if (!held->acknowledged || !record || record->day < since) return Done{};
    held->acknowledged = false;
    return writer.put(inbox_table, one.key, encode(*held), store::permanent);
  });
  if (!received) return received;
  auto promised = each(writer, promise_table, [&](const store::Record& one) -> Result<Done> {
    return number_in(one.value) < since.days() ? Result<Done>(Done{}) : writer.erase(promise_table, one.key);
  });
  if (!promised) return promised;
  return each(writer, posted_table, [&](const store::Record& one) -> Result<Done> {
    const auto posting = copy(ByteView(one.value).subspan(8));
    if (auto put = writer.put(posting_table, one.key, posting, store::permanent); !put) return put;
    return writer.erase(posted_table, one.key);
  });
}

Result<Done> ContinuedLog::check() {
  const Hash& log = client_.trusted_.network.directory_on(client_.today())->directory.log_id;
  const auto last = client_.last_head("head");
  if (!last) return last.error();
  if (*last && (*last)->head.log != log) {
    if (const auto head = client_.newest_head(); !head) return head.error();
  }
  return check_quiet(proof::quiet_log_id(log));
}

Result<Done> ContinuedLog::check_quiet(const Hash& log) {
  const auto last = client_.last_head("quiet-head");
  if (!last) return last.error();
  if (!*last || (*last)->head.log == log) return Done{};
  Request request;
  request.action = Action::head;
  request.name = "quiet";
  const auto reply = client_.ask(std::move(request));
  if (!reply) return reply.error();
  const auto head =
      reply->items.empty() ? Result<SignedHead>(Error{Errc::absent, ""}) : decode_head(reply->items[0].body);
  const SignerKey& key = client_.trusted_.network.directory_on(client_.today())->directory.log_key;
  if (!head || head->head.log != log || !proof::verifies(key, head->signature, encode(head->head)))
    return Error{Errc::unauthentic, "the quiet log does not go on with the other"};
  const auto alarm = client_.check_head(*head);
  if (!alarm) return alarm.error();
  return *alarm ? client_.raise(**alarm) : Done{};
}

Result<std::optional<Alarm>> ContinuedLog::follow(const std::string& name, const SignedHead& last,
                                                  const SignedHead& head) {
  const bool quiet = name == "quiet-head";
  Request request;
  request.action = Action::head;
  const auto reply = client_.ask(std::move(request));
  if (!reply) return reply.error();
  if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
  const auto origins = origins_in(*reply, client_.trusted_.network, client_.today());
  if (!origins)
    return std::optional(Alarm{AlarmCode::forked_log, "another log than before: " + origins.error().detail,
                               MessageId::zero()});
  const NewLog* origin = &end_of(last.head.log, *origins);
  const std::uint64_t begin = quiet ? (origin->quiet ? origin->quiet->head.size : 0) : origin->head.head.size;
  Lost lost;
  lost.leaves = last.head.size - std::min(last.head.size, begin);
  if (lost.leaves == 0) {
    Head older = last.head;
    older.log = head.head.log;
    const auto path = client_.consistency(older.size, head.head.size, quiet ? "quiet" : "");
    if (!path) return path.error();
    if (!proof::extends(head.head, older, *path))
      return std::optional(Alarm{AlarmCode::forked_log,
                                 "the log that goes on after a restore does not hold what was seen before",
                                 MessageId::zero()});
  }
  const auto kept = client_.parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    const Bytes former = copy(view("former-" + name + "-" + last.head.log.hex()));
    if (auto put = writer.put(state_table, former, encode(last), store::permanent); !put) return put;
    if (auto put = writer.put(state_table, view(name), encode(head), store::permanent); !put) return put;
    if (!quiet) {
      if (auto again = hand_in_again(writer, *origin, lost); !again) return again;
    }
    if (lost.leaves == 0) return Done{};
    const std::string text = "the broker was restored from a copy of " + utc_text(origin->until) +
                             ": of the " + (quiet ? "quiet log " : "log ") + std::to_string(lost.leaves) +
                             " records are gone that this desk had seen" +
                             (quiet ? ""
                                    : "; " + std::to_string(lost.again) + " messages are sent again, " +
                                          std::to_string(lost.gone) + " must be made anew");
    return client_.raise_in(writer, {AlarmCode::restored_log, text, MessageId::zero()});
  });
  if (!kept) return kept.error();
  return std::optional<Alarm>{};
}

}  // namespace seinhuis::client
