#include "hit_teller.h"

#include <algorithm>
#include <set>

#include "seinhuis/base/message_id.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/log.h"
#include "tables.h"

namespace seinhuis::client {
namespace {

constexpr std::size_t at_once = 1000;     // hits in one batch; the rest goes with the next
constexpr std::size_t max_listed = 32;    // texts in one value
constexpr std::uint32_t tried_days = 90;  // then a hit that nobody can be told is left

void put(policy::Draft& draft, const policy::Policy& policy, std::string_view ending, bundle::Texts texts) {
  const policy::Index shape = policy.shape(draft.kind, policy.theme(draft.theme));
  if (shape == policy::none || texts.empty()) return;
  for (const bundle::ShapeField& field : policy.source().shapes[shape].fields) {
    if (!field.field.ends_with(ending)) continue;
    draft.fields[field.field] = std::move(texts);
    return;
  }
}

}  // namespace

Result<std::vector<PendingHit>> HitTeller::due() const {
  std::vector<PendingHit> found;
  const auto read = client_.parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto kept = reader.scan(hit_table, {}, {}, at_once);
    if (!kept) return kept.error();
    for (const store::Record& record : *kept) {
      auto hit = decode_pending(record.value);
      if (!hit) return hit.error();
      if (hit->found >= client_.today()) break;
      found.push_back(*std::move(hit));
    }
    return Done{};
  });
  if (!read) return read.error();
  return found;
}

// The same answer however often it is asked.
Result<HitAnswer> HitTeller::log(const HitRecord& record) const {
  Request request;
  request.action = Action::hit;
  request.body = encode(record);
  const auto reply = client_.ask(std::move(request));
  if (!reply) return reply.error();
  if (reply->code == Code::busy || reply->code == Code::over_quota) return Error{Errc::busy, reply->text};
  if (reply->code != Code::ok || reply->items.size() != 1) return Error{Errc::refused, reply->text};
  auto answer = decode_hit_answer(reply->items[0].body);
  if (!answer) return answer;
  const auto there =
      client_.in_history(answer->proof, proof::log_leaf(LeafKind::hit, answer->salt, encode(record)));
  if (!there) return there.error();
  if (!*there) return Error{Errc::unauthentic, "the log does not show the hit"};
  return answer;
}

// By today's policy, or the one under which the signal came here: what changed since accuses nobody.
bool HitTeller::may_be_obliged(const KeptDelivery& signal, const std::string& desk) const {
  policy::Draft draft;
  draft.kind = signal.kind;
  draft.from = signal.from;
  draft.theme = signal.theme;
  draft.weight = signal.weight;
  draft.region = signal.region;
  draft.age = signal.age;
  draft.labels = signal.labels;
  draft.purposes = signal.purposes;
  const auto record = decode_record(signal.record);
  const policy::Policy* then = record ? client_.trusted_.policy(record->policy) : nullptr;
  if (then == nullptr || signal.purposes.empty()) return true;  // nothing here to tell by
  const std::array<const policy::Policy*, 2> policies{then, &client_.policy()};
  return std::ranges::any_of(policies, [&](const policy::Policy* policy) {
    const auto facts = policy::facts_of(*policy, draft, record->day);
    return facts && policy::may_be_obliged(*policy, *facts, policy->desk(desk));
  });
}

Result<std::vector<std::string>> HitTeller::obliged_by_policy(const KeptDelivery& signal,
                                                              const std::vector<std::string>& named) const {
  std::vector<std::string> desks;
  for (const std::string& desk : named) {
    if (may_be_obliged(signal, desk)) {
      desks.push_back(desk);
      continue;
    }
    const Alarm alarm{AlarmCode::broker_added, "the broker names a desk that no rule obliges: " + desk,
                      signal.message};
    if (auto raised = client_.raise(alarm); !raised) return raised.error();
  }
  return desks;
}

Result<Planned> HitTeller::plan(const policy::Draft& draft, const Hash& h0,
                                const std::vector<std::string>& obliged) const {
  policy::ThreadContext context;
  context.recipients = client_.policy().desks_named({client_.parts_.desk});
  context.obliged = client_.policy().desks_named(obliged);
  return plan_for(client_.sender(), draft, context, h0);
}

// The desks that may see a hit on so many signals: below the least count of the rule that gives it, a count
// would name somebody.
bundle::Texts HitTeller::enough(const Planned& planned, std::size_t count) const {
  const policy::Policy& policy = client_.policy();
  bundle::Texts desks;
  for (const policy::Row& row : planned.plan.rows) {
    const bool small = std::ranges::any_of(row.cells, [&](const policy::Cell& cell) {
      return cell.state == policy::CellState::given && policy.source().rules[cell.rule].min_cell > count;
    });
    const std::string& name = policy.source().desks[row.desk].name;
    // One that has no key for today (it was away for weeks) does not keep the others from hearing.
    const bool sealable =
        proof::card_on(client_.trusted_.network, name, KeyCard::Use::current, client_.today()) != nullptr;
    if (row.outcome == policy::Outcome::deliver && !small && sealable) desks.push_back(name);
  }
  return desks;
}

// Of the obliged desks of a signal those that hear which signals they are, and so may be asked about it.
bundle::Texts HitTeller::may_be_asked(const Hash& h0, const About& about) const {
  const auto signal = client_.kept(about.message);
  if (!signal || !*signal) return {};
  const auto obliged = obliged_by_policy(**signal, about.obliged);
  if (!obliged) return {};
  const auto planned = plan(client_.answer_to(Kind::hit, **signal), h0, *obliged);
  if (!planned) return {};
  bundle::Texts desks;
  for (const policy::Row& row : planned->plan.rows) {
    const bool named = std::ranges::any_of(row.cells, [&](const policy::Cell& cell) {
      return cell.state == policy::CellState::given && (cell.forms & 1U) != 0 &&
             client_.policy().source().fields[cell.field].id.ends_with(".signalen");
    });
    if (row.outcome == policy::Outcome::deliver && named)
      desks.push_back(client_.policy().source().desks[row.desk].name);
  }
  return desks;
}

// Marks the hits as told at this side, by `message`. They stay until it is accepted: a refused one tells
// nobody.
Result<Done> HitTeller::settle(store::Writer& writer, const Hash& h0, const About& about,
                               const MessageId& message) {
  for (const std::size_t n : about.hits) {
    const auto kept = writer.get(hit_table, key_of(logged_[n].hit));
    if (!kept) return kept.error();
    if (!*kept) continue;
    auto hit = decode_pending(**kept);
    if (!hit) return hit.error();
    (hit->record.a.h0 == h0 ? hit->a : hit->b).told = message;
    if (auto put = writer.put(hit_table, key_of(*hit), encode(*hit), store::permanent); !put) return put;
  }
  return Done{};
}

// What became of the message that tells one side.
Result<HitTeller::Told> HitTeller::told(const PendingHit::Side& side) const {
  if (side.told.is_zero()) return Told::no;
  if (side.told == PendingHit::nobody()) return Told::done;
  const auto sent = client_.kept_sent(side.told);
  if (!sent) return sent.error();
  if (!*sent || (*sent)->state == KeptSent::State::refused) return Told::no;
  return (*sent)->state == KeptSent::State::accepted ? Told::done : Told::under_way;
}

// Takes away what is told at both sides, or is too old to be told; a side that was refused is told anew.
Result<bool> HitTeller::is_over(PendingHit& hit) const {
  bool over = true;
  for (PendingHit::Side* side : {&hit.a, &hit.b}) {
    const auto state = told(*side);
    if (!state) return state.error();
    if (*state == Told::no) side->told = MessageId::zero();
    over = over && *state == Told::done;
  }
  if (!over && hit.found.plus(tried_days) >= client_.today()) return false;
  auto gone =
      client_.parts_.store.write([&](store::Writer& writer) { return writer.erase(hit_table, key_of(hit)); });
  return gone ? Result<bool>(true) : gone.error();
}

Result<Done> HitTeller::tell(const Hash& h0, const About& about) {
  const auto signal = client_.kept(about.message);
  if (!signal) return signal.error();
  require(signal->has_value(), "what is linked is in the inbox");
  bundle::Texts signals{about.message.hex()};
  std::set<std::string> desks;
  bundle::Texts evidence;
  for (const std::size_t n : about.hits) {
    const Logged& logged = logged_[n];
    const bool first = logged.hit.record.a.h0 == h0;
    const Hash& other = first ? logged.hit.record.b.h0 : logged.hit.record.a.h0;
    const About there{first ? logged.hit.b.message : logged.hit.a.message,
                      first ? logged.answer.obliged_b : logged.answer.obliged_a,
                      {}};
    for (const std::string& desk : may_be_asked(other, there)) desks.insert(desk);
    evidence.push_back(
        encode_hex(encode(HitEvidence{logged.hit.record, logged.answer.salt, logged.answer.proof})));
  }
  auto read = client_.parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto all = neighbours(reader, (*signal)->thread, max_listed - 1);
    if (!all) return all.error();
    for (const MessageId& one : *all) signals.push_back(without_time(one).hex());
    return Done{};
  });
  if (!read) return read;
  policy::Draft draft = client_.answer_to(Kind::hit, **signal);
  const policy::Policy& policy = client_.policy();
  put(draft, policy, ".signalen", signals);
  bundle::Texts others(desks.begin(), desks.end());
  others.resize(std::min(others.size(), max_listed));
  put(draft, policy, ".bij", std::move(others));
  put(draft, policy, ".bewijs", evidence);
  put(draft, policy, ".dag", {logged_[about.hits.front()].hit.found.text()});
  const auto obliged = obliged_by_policy(**signal, about.obliged);
  if (!obliged) return obliged.error();
  auto planned = plan(draft, h0, *obliged);
  if (!planned) return planned.error();
  draft.to = enough(*planned, signals.size());
  if (draft.to.empty()) {
    return client_.parts_.store.write(
        [&](store::Writer& writer) { return settle(writer, h0, about, PendingHit::nobody()); });
  }
  planned = plan(draft, h0, *obliged);
  if (!planned) return planned.error();
  const auto sent = client_.send_planned(
      *std::move(planned), {},
      [&](store::Writer& writer, const MessageId& message) { return settle(writer, h0, about, message); },
      Client::Unavailable::follows);
  if (!sent) return sent.error();
  if (sent->kept.state == KeptSent::State::refused) return Error{Errc::refused, sent->kept.text};
  ++told_;
  return Done{};
}

Result<std::size_t> HitTeller::run() {
  if (auto fresh = client_.check_fresh(); !fresh) return fresh.error();
  auto hits = due();
  if (!hits) return hits.error();
  std::optional<Error> failed;
  std::map<Hash, std::vector<About>> signals;  // by h0; each About at most what one message holds
  for (PendingHit& hit : *hits) {
    const auto over = is_over(hit);
    if (!over) return over.error();
    if (*over || (!hit.a.told.is_zero() && !hit.b.told.is_zero())) continue;
    auto answer = log(hit.record);
    if (!answer && answer.error().code != Errc::refused) return answer.error();
    if (!answer) {
      if (!failed) failed = answer.error();
      continue;
    }
    for (const bool first : {true, false}) {
      const PendingHit::Side& side = first ? hit.a : hit.b;
      if (!side.told.is_zero()) continue;
      auto& about = signals[first ? hit.record.a.h0 : hit.record.b.h0];
      if (about.empty() || about.back().hits.size() == max_listed) about.emplace_back();
      about.back().message = side.message;
      about.back().obliged = first ? answer->obliged_a : answer->obliged_b;
      about.back().hits.push_back(logged_.size());
    }
    logged_.push_back({std::move(hit), *std::move(answer)});
  }
  for (const auto& [h0, abouts] : signals) {
    for (const About& about : abouts) {
      auto told = tell(h0, about);
      if (!told && !failed) failed = told.error();
    }
  }
  if (failed) return *failed;
  return told_;
}

Result<std::size_t> Client::tell_hits() { return HitTeller(*this).run(); }

}  // namespace seinhuis::client
