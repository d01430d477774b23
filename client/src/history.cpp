#include <algorithm>

#include "continued_log.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/client/client.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/wire/witness.h"
#include "tables.h"

// The broker's log has one history, and what concerns this desk is in it.
namespace seinhuis::client {
namespace {

constexpr auto under_way = std::chrono::hours(1);     // a decision of before midnight may be written after it
constexpr auto blind_after = std::chrono::hours(26);  // a day, and what clocks may differ
constexpr auto witness_patience = std::chrono::milliseconds(1000);
constexpr std::size_t max_signed_heads = 36'525;  // days in a century

}  // namespace

// Which of the two logs a head is of.
bool Client::is_quiet(const Head& head) const {
  return head.log == proof::quiet_log_id(trusted_.network.directory_on(today())->directory.log_id);
}

Result<std::optional<SignedHead>> Client::last_head(std::string_view key) const {
  std::optional<SignedHead> last;
  const auto read = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto raw = reader.get(state_table, view(key));
    if (!raw) return raw.error();
    if (!*raw) return Done{};
    const auto kept_head = decode_head(**raw);
    if (!kept_head) return kept_head.error();
    last = *kept_head;
    return Done{};
  });
  if (!read) return read.error();
  return last;
}

// The leaf is in the log, under a head of the one history that this desk knows.
Result<bool> Client::in_history(const LogProof& proof, const Hash& leaf) {
  const metadata::Directory& directory = trusted_.network.directory_on(today())->directory;
  const Hash& log = is_quiet(proof.head.head) ? proof.head.head.log : directory.log_id;
  if (!proof::proves(proof, leaf, trusted_.network.id, log, directory.log_key)) return false;
  const auto alarm = check_head(proof.head);
  if (!alarm) return alarm.error();
  if (!*alarm) return true;
  if (auto raised = raise(**alarm); !raised) return raised.error();
  return false;
}

// A head must extend the one I saw last, or be extended by it: the log has one history.
Result<std::optional<Alarm>> Client::check_head(const SignedHead& head) {
  const std::string name = is_quiet(head.head) ? "quiet" : "";
  const std::string key = name.empty() ? "head" : "quiet-head";
  const auto kept_head = last_head(key);
  if (!kept_head) return kept_head.error();
  const std::optional<SignedHead>& last = *kept_head;
  if (last && last->head.log != head.head.log) return ContinuedLog(*this).follow(key, *last, head);
  const bool newer = !last || head.head.size > last->head.size;
  if (last) {
    const Head& small = newer ? last->head : head.head;
    const Head& large = newer ? head.head : last->head;
    const auto path = consistency(small.size, large.size, name);
    if (!path) return path.error();
    if (!proof::extends(large, small, *path)) {
      return std::optional(Alarm{AlarmCode::forked_log,
                                 "the log does not extend a head seen before: size " +
                                     std::to_string(head.head.size) + ", root " + head.head.root.hex(),
                                 MessageId::zero()});
    }
  }
  if (!newer) return std::optional<Alarm>{};
  const auto put = parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    const auto raw = writer.get(state_table, view(key));  // another process may have seen a later one
    if (!raw) return raw.error();
    const auto meanwhile = *raw ? decode_head(**raw) : Result<SignedHead>(Error{Errc::absent, ""});
    if (meanwhile && meanwhile->head.size >= head.head.size) return Done{};
    return writer.put(state_table, view(key), seinhuis::encode(head), store::permanent);
  });
  if (!put) return put.error();
  return std::optional<Alarm>{};
}

// What the broker shows for the growth between two sizes; nothing that helps it when it cannot.
Result<std::vector<Hash>> Client::consistency(std::uint64_t older, std::uint64_t newer,
                                              const std::string& log) const {
  if (older == newer) return std::vector<Hash>{};
  Request request;
  request.action = Action::growth;
  request.name = log;
  request.after = older;
  request.until = newer;
  const auto reply = ask(std::move(request));
  if (!reply) return reply.error();
  if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
  if (reply->items.size() != 1) return std::vector<Hash>{};
  return proof::path_in(reply->items[0].body);
}

// That the record under which I was given this is in the log still.
Result<LogProof> Client::verify_record(const KeptDelivery& delivery) {
  Request request;
  request.action = Action::record;
  request.message = delivery.message;
  const auto reply = ask(std::move(request));
  if (!reply) return reply.error();
  const auto proof = reply->items.size() == 2 ? decode_log_proof(reply->items[1].body)
                                              : Result<LogProof>(Error{Errc::absent, ""});
  const Hash leaf = proof::log_leaf(LeafKind::delivery, delivery.record_salt, delivery.record);
  const auto record = decode_record(delivery.record);
  const auto there = proof ? in_history(*proof, leaf) : Result<bool>(false);
  if (!there) return there.error();
  if (!*there || !record || record->h0 != delivery.h0) {
    return Error{Errc::unauthentic, "the log does not show the record of delivery " + delivery.message.hex()};
  }
  return *proof;
}

// The newest head, signed by the log's key and of the history seen here; nothing while the log is empty.
Result<std::optional<SignedHead>> Client::newest_head() {
  const auto last = last_head("head");  // before asking: the log only grows
  if (!last) return last.error();
  Request request;
  request.action = Action::head;
  const auto reply = ask(std::move(request));
  if (!reply) return reply.error();
  if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
  const Error shorter{Errc::unauthentic, "the broker shows less of its log than this desk has seen"};
  if (reply->items.empty())
    return *last ? Result<std::optional<SignedHead>>(shorter) : std::optional<SignedHead>{};
  const auto head = decode_head(reply->items[0].body);
  const metadata::Directory& directory = trusted_.network.directory_on(today())->directory;
  if (!head || head->head.network != trusted_.network.id || head->head.log != directory.log_id ||
      !proof::verifies(directory.log_key, head->signature, encode(head->head))) {
    return Error{Errc::unauthentic, "the head of the log is not signed by the log's key"};
  }
  const bool same_log = *last && (*last)->head.log == head->head.log;
  if (same_log && head->head.size < (*last)->head.size) return shorter;
  auto alarm = check_head(*head);
  if (!alarm) return alarm.error();
  if (*alarm) {
    if (auto raised = raise(**alarm); !raised) return raised.error();
    return Error{Errc::unauthentic, (*alarm)->text};
  }
  return std::optional(*head);
}

Result<LogReport> Client::verify_log() {
  const auto head = newest_head();
  if (!head) return head.error();
  if (!*head) return LogReport{};
  LogReport report{(*head)->head, 0};
  const auto mine = sent();
  if (!mine) return mine.error();
  for (const KeptSent& signal : *mine) {
    if (signal.state != KeptSent::State::accepted) continue;
    const auto steps = follow(signal.message);
    if (!steps) return steps.error();
    report.records += steps->size();
  }
  const auto received = inbox();
  if (!received) return received.error();
  for (const KeptDelivery& delivery : *received) {
    const auto record = decode_record(delivery.record);
    if (delivery.mode != Mode::identified && record && record->day >= today()) continue;  // promised
    if (auto proved = verify_record(delivery); !proved) return proved.error();
    ++report.records;
  }
  return report;
}

// The head that the timestamp role signed belongs to the history that this desk is shown: two desks that are
// shown different ones cannot both hold it.
Result<Done> Client::check_signed_head() {
  const metadata::Timestamp& timestamp = trusted_.network.timestamp;
  if (timestamp.head.empty() || timestamp.version == checked_timestamp_) return Done{};
  const auto signed_head = decode_head(timestamp.head);
  const metadata::Directory& directory = trusted_.network.directory_on(today())->directory;
  std::optional<Alarm> alarm;
  if (!signed_head || signed_head->head.network != trusted_.network.id ||
      signed_head->head.log != directory.log_id ||
      !proof::verifies(directory.log_key, signed_head->signature, encode(signed_head->head))) {
    alarm =
        Alarm{AlarmCode::split_view, "the timestamp names a head that is not of this log", MessageId::zero()};
  } else {
    auto forked = check_head(*signed_head);
    if (!forked) return forked.error();
    alarm = *std::move(forked);
  }
  if (alarm) {
    alarm->code = AlarmCode::split_view;
    return raise(*alarm);
  }
  checked_timestamp_ = timestamp.version;
  if (timestamp.head_at == Instant{}) return Done{};  // signed before timestamps said when
  return parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    const Bytes key = ordered_key(Day::of(timestamp.head_at - under_way).days());
    const auto first = writer.get(signed_head_table, key);
    if (!first) return first.error();
    if (*first) return Done{};
    return writer.put(signed_head_table, key, Packer().number(signed_head->head.size).take(),
                      store::permanent);
  });
}

// What the notary saw of the log is of the same history. One that is away, or says nothing that its key
// signed, is no reason to stop.
Result<Done> Client::check_witness() {
  const metadata::Directory& directory = trusted_.network.directory_on(today())->directory;
  const metadata::Notary* notary = proof::find_notary(directory);
  if (notary == nullptr || parts_.notary == nullptr) return Done{};
  Request request;
  request.action = Action::witness;
  const auto reply = parts_.notary->ask(std::move(request), witness_patience);
  if (!reply || reply->items.size() != 1) return Done{};
  const auto witness = decode_witness(reply->items[0].body);
  if (!witness || witness->network != trusted_.network.id ||
      !proof::verifies(notary->key, witness->signature, unsigned_bytes(*witness)))
    return Done{};
  const auto by_broker = [&](const SignedHead& head) {
    return head.head.log == directory.log_id &&
           proof::verifies(directory.log_key, head.signature, seinhuis::encode(head.head));
  };
  if (witness->at + blind_after < trusted_.network.timestamp.signed_at) {
    auto raised =
        raise({AlarmCode::blind_notary, "the notary has not seen the log for a day", MessageId::zero()});
    if (!raised) return raised;
  }
  if (!by_broker(witness->head)) return Done{};
  for (const SignedHead& fork : witness->fork) {
    if (!by_broker(fork)) continue;
    const bool older = fork.head.size < witness->head.head.size;
    const auto path = consistency(std::min(fork.head.size, witness->head.head.size),
                                  std::max(fork.head.size, witness->head.head.size));
    if (!path) return path.error();
    const bool joins = older ? proof::extends(witness->head.head, fork.head, *path)
                             : proof::extends(fork.head, witness->head.head, *path);
    if (joins) continue;  // the notary accuses wrongly
    return raise(
        {AlarmCode::forked_log, "the notary holds two heads of the log that do not join", MessageId::zero()});
  }
  const auto alarm = check_head(witness->head);
  if (!alarm) return alarm.error();
  if (!*alarm) return Done{};
  return raise({AlarmCode::split_view, "the notary saw another history of the log: " + (*alarm)->text,
                MessageId::zero()});
}

Result<std::map<Day, std::uint64_t>> Client::signed_heads() const {
  std::map<Day, std::uint64_t> heads;
  const auto read = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto kept = reader.scan(signed_head_table, {}, {}, max_signed_heads);
    if (!kept) return kept.error();
    for (const auto& [key, value] : *kept) {
      heads.emplace(Day(static_cast<std::uint32_t>(number_in(key))), Unpacker(value).number<std::uint64_t>());
    }
    return Done{};
  });
  if (!read) return read.error();
  return heads;
}

}  // namespace seinhuis::client
