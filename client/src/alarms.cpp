#include <algorithm>

#include "seinhuis/base/packed.h"
#include "seinhuis/client/client.h"
#include "seinhuis/proof/hash.h"
#include "tables.h"

// What this desk caught: kept, shown, and told to who supervises the log.
namespace seinhuis::client {
namespace {

constexpr std::size_t max_alarms = 10'000;
constexpr std::size_t max_text = 4096;
constexpr std::size_t reports_at_once = 16;
constexpr auto report_again = std::chrono::days(1);

// One record for one thing: a broker that repeats a lie does not fill the store.
Bytes key_of(const Alarm& alarm) {
  return Packer()
      .raw(alarm.message.bytes())
      .number(static_cast<std::uint8_t>(alarm.code))
      .raw(proof::h32(view(alarm.text)).bytes())
      .take();
}

const bundle::Rule* reporting_rule(const policy::Policy& policy) {
  for (const bundle::Rule& rule : policy.source().rules) {
    if (std::ranges::find(rule.kinds, Kind::alarm) != rule.kinds.end()) return &rule;
  }
  return nullptr;
}

}  // namespace

std::string_view to_string(AlarmCode code) noexcept {
  switch (code) {
    case AlarmCode::malformed: return "malformed";
    case AlarmCode::wrong_network: return "wrong-network";
    case AlarmCode::expired: return "expired";
    case AlarmCode::conflict: return "conflict";
    case AlarmCode::replay: return "replay";
    case AlarmCode::not_mine: return "not-mine";
    case AlarmCode::bad_manifest: return "bad-manifest";
    case AlarmCode::not_the_sender: return "not-the-sender";
    case AlarmCode::unknown_metadata: return "unknown-metadata";
    case AlarmCode::record_mismatch: return "record-mismatch";
    case AlarmCode::record_date: return "record-date";
    case AlarmCode::old_policy: return "old-policy";
    case AlarmCode::no_proof: return "no-proof";
    case AlarmCode::forked_log: return "forked-log";
    case AlarmCode::bad_statement: return "bad-statement";
    case AlarmCode::bad_outcome: return "bad-outcome";
    case AlarmCode::broker_withheld: return "broker-withheld";
    case AlarmCode::dropped: return "dropped";
    case AlarmCode::broker_added: return "broker-added";
    case AlarmCode::sender_oversealed: return "sender-oversealed";
    case AlarmCode::does_not_open: return "does-not-open";
    case AlarmCode::gap: return "gap";
    case AlarmCode::fork: return "fork";
    case AlarmCode::foreign_card: return "foreign-card";
    case AlarmCode::split_view: return "split-view";
    case AlarmCode::wrong_keyset: return "wrong-keyset";
    case AlarmCode::wrong_pseudonym: return "wrong-pseudonym";
    case AlarmCode::false_hit: return "false-hit";
    case AlarmCode::bad_issuer: return "bad-issuer";
    case AlarmCode::blind_notary: return "blind-notary";
    case AlarmCode::not_admitted: return "not-admitted";
    case AlarmCode::broken_promise: return "broken-promise";
    case AlarmCode::not_posted: return "not-posted";
    case AlarmCode::false_silence: return "false-silence";
    case AlarmCode::early_release: return "early-release";
    case AlarmCode::restored_log: return "restored-log";
    case AlarmCode::unsaid_silence: return "unsaid-silence";
  }
  return "";
}

Bytes encode(const KeptAlarm& kept) {
  return Packer()
      .number(static_cast<std::uint8_t>(kept.alarm.code))
      .text(kept.alarm.text.substr(0, max_text))
      .raw(kept.alarm.message.bytes())
      .number(static_cast<std::uint64_t>(kept.at.time_since_epoch().count()))
      .number(static_cast<std::uint8_t>(kept.seen ? 1 : 0))
      .number(static_cast<std::uint8_t>(kept.acknowledged ? 1 : 0))
      .raw(kept.report.bytes())
      .number(static_cast<std::uint64_t>(kept.reported.time_since_epoch().count()))
      .take();
}

Result<KeptAlarm> decode_alarm(ByteView raw) {
  Unpacker in(raw);
  KeptAlarm kept;
  const auto instant = [&in] {
    return Instant(std::chrono::milliseconds(static_cast<std::int64_t>(in.number<std::uint64_t>())));
  };
  kept.alarm.code = static_cast<AlarmCode>(in.number<std::uint8_t>());
  kept.alarm.text = in.text(max_text);
  kept.alarm.message = in.id<MessageId>();
  kept.at = instant();
  kept.seen = in.number<std::uint8_t>() == 1;
  kept.acknowledged = in.number<std::uint8_t>() == 1;
  kept.report = in.id<MessageId>();
  kept.reported = instant();
  if (!in.ok()) return Error{Errc::io, "a kept alarm has another form than this version writes"};
  return kept;
}

Result<Done> Client::raise(const Alarm& alarm) {
  return parts_.store.write([&](store::Writer& writer) { return raise_in(writer, alarm); });
}

Result<Done> Client::raise_in(store::Writer& writer, const Alarm& alarm) const {
  const auto earlier = writer.get(alarm_table, key_of(alarm));
  if (!earlier) return earlier.error();
  if (*earlier) return Done{};
  return writer.put(alarm_table, key_of(alarm), encode(KeptAlarm{alarm, parts_.clock()}), store::permanent);
}

Result<Done> Client::keep(const KeptAlarm& alarm) {
  return parts_.store.write([&](store::Writer& writer) {
    return writer.put(alarm_table, key_of(alarm.alarm), encode(alarm), store::permanent);
  });
}

Result<std::vector<KeptAlarm>> Client::alarms() const {
  std::vector<KeptAlarm> all;
  const auto done = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto kept = reader.scan(alarm_table, {}, {}, max_alarms);
    if (!kept) return kept.error();
    for (const store::Record& record : *kept) {
      auto alarm = decode_alarm(record.value);
      if (!alarm) return alarm.error();
      all.push_back(*std::move(alarm));
    }
    return Done{};
  });
  if (!done) return done.error();
  std::ranges::stable_sort(all, {}, &KeptAlarm::at);
  return all;
}

Result<Done> Client::mark_seen(const KeptAlarm& alarm) {
  if (alarm.seen) return Done{};
  KeptAlarm shown = alarm;
  shown.seen = true;
  return keep(shown);
}

Result<Done> Client::report_alarms() {
  const auto all = alarms();
  if (!all) return all.error();
  std::size_t reports = 0;
  for (const KeptAlarm& alarm : *all) {
    if (alarm.acknowledged) continue;
    if (++reports > reports_at_once) break;
    if (auto done = report(alarm); !done) return done;
  }
  return Done{};
}

Result<Done> Client::report(KeptAlarm alarm) {
  if (policy::supervises(policy(), policy().desk(parts_.desk))) {  // this desk is who must know
    alarm.acknowledged = true;
    return keep(alarm);
  }
  if (!alarm.report.is_zero()) {
    const auto there = arrived(alarm.report);
    if (!there) return there.error();
    alarm.acknowledged = *there;
    if (*there) return keep(alarm);
    if (parts_.clock() < alarm.reported + report_again) return Done{};
  }
  auto draft = report_of(alarm);
  if (!draft) return Done{};
  const auto sent = send(*std::move(draft));
  if (!sent) {  // no rule for it today, or no key card of the supervisor: it is told when there is
    const Errc code = sent.error().code;
    return code == Errc::refused || code == Errc::absent ? Result<Done>(Done{}) : sent.error();
  }
  alarm.report = sent->kept.message;
  alarm.reported = parts_.clock();
  return keep(alarm);
}

// A desk that got the report has signed its receipt.
Result<bool> Client::arrived(const MessageId& report) {
  const auto mine = kept_sent(report);
  if (!mine) return mine.error();
  if (!*mine || (*mine)->state != KeptSent::State::accepted) return false;
  const auto steps = follow(report);
  if (!steps) return steps.error().code == Errc::unauthentic ? Result<bool>(false) : steps.error();
  return std::ranges::any_of(*steps, [](const Step& step) { return step.status == "received"; });
}

std::optional<policy::Draft> Client::report_of(const KeptAlarm& alarm) const {
  const bundle::Rule* rule = reporting_rule(policy());
  const policy::Index own = policy().desk(parts_.desk);
  if (rule == nullptr || own == policy::none || policy().source().regions.empty()) return {};
  policy::Draft draft;
  draft.kind = Kind::alarm;
  draft.from = parts_.desk;
  draft.theme = rule->themes.front();
  draft.purposes = {rule->purpose};
  draft.region = policy().source().regions.front().id;
  draft.age = AgeBand::adult;
  const policy::Index shape = policy().shape(Kind::alarm, policy().theme(draft.theme));
  if (shape == policy::none) return {};
  for (const bundle::ShapeField& carried : policy().source().shapes[shape].fields) {
    const std::string& field = carried.field;
    if (field.ends_with(".code")) draft.fields[field] = {std::string(to_string(alarm.alarm.code))};
    if (field.ends_with(".bericht")) draft.fields[field] = {alarm.alarm.message.hex()};
    if (field.ends_with(".tekst")) draft.fields[field] = {alarm.alarm.text};
  }
  return draft;
}

}  // namespace seinhuis::client
