#include "board.h"
#include "continued.h"
#include "obligations.h"
#include "quiet.h"
#include "seinhuis/broker/ledger.h"
#include "tables.h"
#include "transaction.h"

// Time goes by: desks are reminded, and what they let pass is escalated and told to the melder.
namespace seinhuis::broker {
namespace {

constexpr std::size_t longest_escalation =
    620;  // so that a cell of the board holds it, whatever its desk is called
constexpr std::size_t at_once = 500;
const Bytes directory_seen = copy(view("directory-seen"));

bool is_due(const Obligation& obligation, Deadline deadline, Instant now) {
  return obligation.owed.due[static_cast<std::size_t>(deadline)] <= now;
}

std::uint8_t with(std::uint8_t bits, Deadline deadline) {
  return static_cast<std::uint8_t>(bits | 1U << static_cast<unsigned>(deadline));
}

}  // namespace

Result<Transaction::Passed> Transaction::keep_deadlines(const Hash& salt) {
  const auto due = due_by(writer_, now_, at_once);
  if (!due) return due.error();
  Passed passed{0, due->unreadable};
  for (const Obligation& obligation : due->obligations) {
    const bool ends = obligation.keep_until < today_;  // then its message may be gone already
    if (!ends && !signal(obligation.owed.message)) {
      ++passed.unreadable;
      continue;
    }
    const auto own = proof::h32(
        Packer().label("deadline").raw(salt.bytes()).number(static_cast<std::uint32_t>(passed.done)).bytes());
    if (auto kept = keep_deadline(obligation, own); !kept) return kept.error();
    ++passed.done;
  }
  return passed;
}

Result<Done> Transaction::keep_deadline(Obligation obligation, const Hash& salt) {
  const auto deadline = running(obligation);
  const bool passes = deadline && is_due(obligation, *deadline, now_);
  if (obligation.keep_until < today_) {  // what ends with it is silence too
    if (passes && signal(obligation.owed.message)) {
      if (auto passed = escalate(obligation, *deadline, salt); !passed) return passed;
    }
    const auto ended = find_obligation(writer_, obligation.owed.message, obligation.desk);
    if (!ended) return ended.error();
    return erase_obligation(writer_, **ended);
  }
  require(deadline.has_value(), "what is due and not forgotten runs");
  if (passes) return escalate(std::move(obligation), *deadline, salt);
  obligation.owed.reminded = with(obligation.owed.reminded, *deadline);
  return put_obligation(writer_, std::move(obligation));
}

// The melder reads that this desk was silent, and who is asked now.
Result<Done> Transaction::escalate(Obligation obligation, Deadline deadline, const Hash& salt) {
  auto stored = signal(obligation.owed.message);
  if (!stored) return stored.error();
  const auto handed = hand_on(obligation, *stored);
  if (!handed) return handed.error();
  const std::string& next = handed->next;
  if (!next.empty()) obligation.owed.next = next;
  obligation.resting = obligation.resting || !next.empty();
  auto log = LogReader::open(writer_, stored->cell_key.empty() ? Tree::main : Tree::quiet);
  if (!log) return log.error();
  obligation.owed.missed = with(obligation.owed.missed, deadline);
  const Instant due = obligation.owed.due[static_cast<std::size_t>(deadline)];
  Escalation record{world_.network.id,    stored->h0, obligation.desk, deadline,
                    moment(*stored, due), next,       log->size(),     log->head().head.root,
                    handed->passed};
  while (!record.passed.empty() && encode(record).size() > longest_escalation) record.passed.pop_back();
  const Bytes raw = encode(record);
  const store::Shelf shelf = shelf_until(stored->keep_until);
  const auto leaf = append_to_log(*stored, LeafKind::escalation, salt, raw, shelf);
  if (!leaf) return leaf.error();
  const StoredStatus step{
      StatusEntry::Step::escalated, moment(*stored, now_), obligation.desk, raw, salt, *leaf};
  if (auto added = add_status(obligation.owed.message, step, shelf); !added) return added;
  if (!stored->cell_key.empty()) {
    if (auto told = tell_melder(*stored, StatusEntry::Step::escalated, obligation.desk, raw, salt); !told)
      return told;
  }
  if (!next.empty()) {
    const Woken woken{obligation.owed.message, next, salt, *leaf, today_, raw};
    if (auto kept = keep_reason(woken, shelf); !kept) return kept;
  }
  if (auto counted = count_missed(writer_, obligation.desk, today_); !counted) return counted;
  return put_obligation(writer_, std::move(obligation));
}

// A desk that is no more answers nothing: what it owes passes at once, all of it.
Result<Transaction::Removed> Transaction::escalate_removed(const Hash& salt) {
  const metadata::Directory& directory = world_.network.directory_on(today_)->directory;
  std::vector<Bytes> there;
  for (const metadata::DeskKeys& desk : directory.desks) {
    if (!desk.revoked) there.push_back(desk_tag(desk.name));
  }
  const auto tags = obliged_tags(writer_);
  if (!tags) return tags.error();
  Removed removed;
  for (const Bytes& tag : *tags) {
    if (std::ranges::find(there, tag) != there.end()) continue;
    if (auto passed = escalate_all_of(tag, salt, removed); !passed) return passed.error();
  }
  removed.all = removed.all && removed.done < at_once;
  return removed;
}

Result<Done> Transaction::escalate_all_of(ByteView tag, const Hash& salt, Removed& removed) {
  MessageId after = MessageId::zero();
  while (removed.done < at_once) {
    auto open = open_of(writer_, tag, after, at_once - removed.done);
    if (!open) return open.error();
    if (open->empty()) break;
    for (Obligation& obligation : *open) {
      after = obligation.owed.message;
      const auto deadline = running(obligation);
      if (!deadline) continue;
      if (obligation.owed.offered > now_) {  // it waits for its day, and so does what becomes of it
        removed.all = false;
        continue;
      }
      const Hash own =
          proof::h32(Packer().label("removed").raw(salt.bytes()).raw(tag).raw(after.bytes()).bytes());
      obligation.owed.due[static_cast<std::size_t>(*deadline)] = now_;
      obligation.resting = true;
      if (auto passed = escalate(std::move(obligation), *deadline, own); !passed) return passed;
      ++removed.done;
    }
  }
  return Done{};
}

Result<TimeKept> Ledger::keep_time(const World& world, Instant now, const Hash& salt) {
  TimeKept kept;
  if (!world.vouches_for(now)) {
    kept.doubted = true;
    return kept;
  }
  const auto done = store_.write([&](store::Writer& writer) -> Result<Done> {
    auto log = LogWriter::open(writer);
    if (!log) return log.error();
    if (auto continued = continue_log(writer, *log, log_key_, world, now, salt); !continued) return continued;
    Transaction transaction(writer, *log, log_key_, world, limits_, now);
    const auto old = transaction.take_over_old();
    if (!old) return old.error();
    kept.more = *old;
    const proof::DirectoryVersion& directory = *world.network.directory_on(Day::of(now));
    const auto seen = writer.get(meta_table, directory_seen);
    if (!seen) return seen.error();
    if (!*seen || big(**seen) != directory.version.number) {
      const auto removed = transaction.escalate_removed(salt);
      if (!removed) return removed.error();
      kept.more = kept.more || removed->done >= at_once;
      if (removed->all) {
        auto put =
            writer.put(meta_table, directory_seen, number_key(directory.version.number), store::permanent);
        if (!put) return put;
      }
    }
    const auto held = hold(writer, now);
    if (!held) return held.error();
    const auto passed =
        *held ? Result<Transaction::Passed>(Transaction::Passed{}) : transaction.keep_deadlines(salt);
    if (!passed) return passed.error();
    kept.more = kept.more || passed->done == at_once;
    kept.unreadable = passed->unreadable;
    kept.desks = transaction.woken();
    return log->close(log_key_, world.network.id, directory.directory.log_id);
  });
  if (!done) return done.error();
  return kept;
}

Result<std::optional<Instant>> Ledger::next_alarm() const {
  std::optional<Instant> next;
  const auto done = store_.read([&](const store::Reader& reader) -> Result<Done> {
    const auto first = first_alarm(reader);
    const auto held = held_until(reader);
    if (!first || !held) return first ? held.error() : first.error();
    if (*first) next = std::max(**first, *held);
    return Done{};
  });
  if (!done) return done.error();
  return next;
}

Reply Ledger::obligations(std::string_view desk, const MessageId& after) const {
  constexpr std::size_t page = 1000;
  Reply reply;
  const auto done = store_.read([&](const store::Reader& reader) -> Result<Done> {
    const auto open = open_of(reader, desk_tag(desk), after, page);
    if (!open) return open.error();
    for (const Obligation& obligation : *open) reply.items.push_back({0, encode(obligation.owed)});
    return Done{};
  });
  return done ? reply : error_reply(done.error());
}

Reply Ledger::overview(const World& world, Day today) const {
  Reply reply;
  const bundle::Policy& policy = world.policy(world.network.policy_on(today)->version)->source();
  const auto done = store_.read([&](const store::Reader& reader) -> Result<Done> {
    for (const bundle::Desk& desk : policy.desks) {
      const auto overview = overview_of(reader, desk.name, today, policy.least_cell);
      if (!overview) return overview.error();
      if (*overview != DeskOverview{desk.name, {}, {}, {}, 0}) reply.items.push_back({0, encode(*overview)});
    }
    return Done{};
  });
  return done ? reply : error_reply(done.error());
}

}  // namespace seinhuis::broker
