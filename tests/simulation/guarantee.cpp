#include "simulation/guarantee.h"

#include "obligations.h"
#include "stored.h"
#include "tables.h"

namespace seinhuis::simulation {
namespace {

using broker::Obligation;
using broker::StoredStatus;

constexpr std::size_t all = 100'000;

// The store, read as a stranger would: nothing is believed because another record says so.
class Check {
 public:
  Check(const Truth& truth, std::optional<Instant> kept, const store::Reader& reader)
      : truth_(truth), kept_(kept), reader_(reader) {}

  std::string now() {
    if (!truth_.wrong.empty()) return truth_.wrong;
    for (const auto promise : {&Check::rows_can_be_read, &Check::accepted_is_kept, &Check::index_is_the_rows,
                               &Check::silence_is_counted, &Check::nothing_overdue, &Check::steps_are_true,
                               &Check::what_is_heard_is_kept, &Check::seen_once, &Check::token_of_one}) {
      if (auto broken = (this->*promise)(); !broken.empty()) return broken;
    }
    return {};
  }

 private:
  std::vector<store::Record> records(store::Table table, ByteView prefix = {}) const {
    auto found = reader_.scan(table, prefix, {}, all);
    require(static_cast<bool>(found), "memory can be read");
    return *std::move(found);
  }
  std::vector<StoredStatus> steps(const MessageId& message) const {
    std::vector<StoredStatus> steps;
    for (const store::Record& record : records(broker::status_table, message.bytes())) {
      auto step = broker::decode_stored_status(record.value);
      require(static_cast<bool>(step), "a step can be read");
      steps.push_back(*std::move(step));
    }
    return steps;
  }

  std::string rows_can_be_read() {
    for (const store::Record& record : records(broker::owed_table)) {
      auto row = broker::decode_obligation(record.value);
      if (!row) return "an obligation cannot be read";
      rows_.push_back(*std::move(row));
    }
    return {};
  }

  // Accepted means: it is there, it is said so to its melder, and whom it obliges owes it.
  std::string accepted_is_kept() {
    for (const auto& [message, accepted] : truth_.accepted) {
      const auto kept = reader_.get(broker::signal_table, message.bytes());
      if (!*kept) return short_name(message) + " was accepted and is not there";
      const auto told = steps(message);
      if (told.empty() || told[0].step != StatusEntry::Step::accepted)
        return short_name(message) + " was accepted and its melder cannot read so";
      for (const std::string& desk : accepted.obliged) {
        if (row_of(message, desk) == nullptr)
          return short_name(message) + " was accepted and " + desk + " owes nothing";
      }
    }
    return {};
  }

  const Obligation* row_of(const MessageId& message, const std::string& desk) const {
    const auto found = std::ranges::find_if(
        rows_, [&](const Obligation& row) { return row.owed.message == message && row.desk == desk; });
    return found == rows_.end() ? nullptr : &*found;
  }

  // The index by time holds every row that has an alarm, at that time, and nothing else; so does that by
  // desk.
  std::string index_is_the_rows() {
    std::set<Bytes> due;
    std::set<Bytes> open;
    for (const Obligation& row : rows_) {
      const Bytes tag = broker::desk_tag(row.desk);
      if (const auto alarm = broker::alarm_of(row)) {
        Bytes key = broker::number_key(static_cast<std::uint64_t>(alarm->time_since_epoch().count()));
        append(key, row.owed.message.bytes());
        append(key, tag);
        due.insert(std::move(key));
      }
      Bytes key = tag;
      append(key, row.owed.message.bytes());
      if (row.open()) open.insert(std::move(key));
    }
    if (keys(broker::due_table) != due) return "the index by time is not that of the obligations";
    if (keys(broker::open_table) != open) return "the index by desk is not that of the obligations";
    return {};
  }
  std::set<Bytes> keys(store::Table table) const {
    std::set<Bytes> keys;
    for (store::Record& record : records(table)) keys.insert(std::move(record.key));
    return keys;
  }

  std::string silence_is_counted() {
    std::uint64_t counted = 0;
    for (const store::Record& record : records(broker::silence_table)) counted += broker::big(record.value);
    const auto open = std::ranges::count_if(rows_, [](const Obligation& row) { return row.open(); });
    return counted == static_cast<std::uint64_t>(open) ? "" : "ages of silence are not counted as they are";
  }

  // Whatever was due by the last time that the broker looked at its clock is met, or missed; and a desk to
  // whom it was handed on owes it too.
  std::string nothing_overdue() {
    for (const Obligation& row : rows_) {
      const auto deadline = broker::running(row);
      const bool passed = kept_ && deadline && row.owed.due[static_cast<std::size_t>(*deadline)] <= *kept_;
      if (row.open() && passed)
        return std::string(to_string(*deadline)) + " of " + row.desk + " for " +
               short_name(row.owed.message) + " has passed and nobody says so";
      if (row.resting && !row.owed.next.empty() && row_of(row.owed.message, row.owed.next) == nullptr)
        return short_name(row.owed.message) + " was handed on and " + row.owed.next + " owes nothing";
    }
    return {};
  }

  // What the melder reads is what happened: who is said to be silent was, who is said to have it has it.
  std::string steps_are_true() {
    for (const Obligation& row : rows_) {
      const Truth::OfDesk key{row.owed.message, row.desk};
      const auto told = steps(row.owed.message);
      for (std::size_t n = 0; n < deadlines; ++n) {
        const bool missed = (row.owed.missed >> n & 1U) != 0;
        if (missed && !escalated(told, row.desk, static_cast<Deadline>(n)))
          return row.desk + " let a deadline pass for " + short_name(row.owed.message) +
                 " and its melder cannot read so";
      }
      const auto said = truth_.said.find(key);
      if (row.owed.met > 0 && !truth_.received.contains(key) && said == truth_.said.end())
        return row.desk + " is said to have " + short_name(row.owed.message) + " and never said so";
      if (row.owed.met == deadlines && said == truth_.said.end())
        return row.desk + " is said to have closed " + short_name(row.owed.message) + " and never said so";
      for (const StoredStatus& step : told) {
        if (step.step != StatusEntry::Step::outcome || step.desk != row.desk) continue;
        if (said == truth_.said.end() ||
            std::ranges::find(said->second, step.statement) == said->second.end())
          return "an outcome of " + row.desk + " is told that it never gave";
      }
    }
    return {};
  }
  static bool escalated(const std::vector<StoredStatus>& steps, const std::string& desk, Deadline deadline) {
    return std::ranges::any_of(steps, [&](const StoredStatus& step) {
      if (step.step != StatusEntry::Step::escalated || step.desk != desk) return false;
      const auto record = decode_escalation(step.statement);
      return record && record->deadline == deadline;
    });
  }

  // A desk that heard "taken" need not say it again: its melder reads it.
  std::string what_is_heard_is_kept() {
    for (const auto& [key, outcomes] : truth_.taken) {
      const auto told = steps(key.first);
      for (const Bytes& outcome : outcomes) {
        if (std::ranges::find(told, outcome, &StoredStatus::statement) == told.end())
          return "what " + key.second + " said of " + short_name(key.first) + " was taken and is not told";
      }
    }
    return {};
  }

  std::string seen_once() {
    for (const auto& [key, times] : truth_.shown) {
      if (times > 1) return key.second + " saw " + short_name(key.first) + " more than once";
    }
    return {};
  }
  std::string token_of_one() {
    for (const auto& [token, manifests] : truth_.spent) {
      if (manifests.size() > 1) return "one token let two messages in";
    }
    return {};
  }

  const Truth& truth_;
  std::optional<Instant> kept_;
  const store::Reader& reader_;
  std::vector<Obligation> rows_;
};

}  // namespace

std::string broken_in(const store::Store& store, const Truth& truth, std::optional<Instant> kept) {
  std::string broken;
  const auto read = store.read([&](const store::Reader& reader) -> Result<Done> {
    broken = Check(truth, kept, reader).now();
    return Done{};
  });
  require(static_cast<bool>(read), "the store can be read");
  return broken;
}

std::string broken_now(const Stage& stage) {
  return broken_in(stage.broker.store(), stage.truth, stage.broker.kept());
}

}  // namespace seinhuis::simulation
