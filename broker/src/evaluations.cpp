#include "evaluations.h"

#include <algorithm>

#include "owed.h"
#include "tables.h"
#include "transaction.h"

namespace seinhuis::broker {
namespace {

constexpr std::uint32_t quota_days = 30;  // then nobody can see any more who evaluated how much

Bytes domain_tag(const Evaluation& evaluation, std::string_view organisation) {
  const Hash hash = proof::h32(Packer()
                                   .label("domain-tag")
                                   .text(organisation)
                                   .text(evaluation.domain)
                                   .number(static_cast<std::uint8_t>(evaluation.type))
                                   .bytes());
  return copy(hash.bytes().first<16>());
}

Bytes message_key(const Evaluation& evaluation) {
  return joined_key(evaluation.message, domain_tag(evaluation, {}));
}

Bytes quota_key(const Evaluation& evaluation, Day day) {
  Bytes key;
  put_big(key, day.days(), 4);
  append(key, domain_tag(evaluation, policy::organisation_of(evaluation.desk)));
  return key;
}

struct Remembered {
  std::string desk;
  std::uint32_t count = 0;
  Hash elements = Hash::zero();
};

Result<std::optional<Remembered>> remembered(const store::Reader& reader, const Evaluation& evaluation) {
  const auto raw = reader.get(evaluation_table, message_key(evaluation));
  if (!raw) return raw.error();
  if (!*raw) return std::optional<Remembered>{};
  Unpacker in(**raw);
  Remembered found;
  found.desk = in.text(256);
  found.count = in.number<std::uint32_t>();
  found.elements = in.id<Hash>();
  if (!in.ok()) return Error{Errc::io, "a record of an evaluation cannot be read"};
  return std::optional(std::move(found));
}

Bytes total_key(const Evaluation& evaluation, Day day) {
  Bytes key;
  put_big(key, day.days(), 4);
  append(key, domain_tag(evaluation, {}));
  return key;
}

Result<Done> count_total(store::Writer& writer, const Evaluation& evaluation, Day today, std::uint32_t more,
                         store::Shelf shelf) {
  const Bytes key = total_key(evaluation, today);
  const auto kept = writer.get(evaluated_total_table, key);
  if (!kept) return kept.error();
  EvaluationCount total{today, evaluation.domain, evaluation.type, more};
  if (*kept) {
    const auto earlier = decode_evaluation_count(**kept);
    if (!earlier) return Error{Errc::io, "a count of evaluations cannot be read"};
    total.elements += earlier->elements;
  }
  return writer.put(evaluated_total_table, key, encode(total), shelf);
}

}  // namespace

Result<std::vector<Bytes>> evaluated_before(const store::Reader& reader, Day today) {
  constexpr std::size_t most = 1000;
  const auto kept = reader.scan(evaluated_total_table, {}, {}, most);
  if (!kept) return kept.error();
  std::vector<Bytes> counts;
  for (const store::Record& record : *kept) {
    if (big(ByteView(record.key).first(4)) < today.days()) counts.push_back(record.value);
  }
  return counts;
}

Result<std::optional<std::uint32_t>> find_evaluated_in(const store::Reader& reader,
                                                       const Evaluation& evaluation) {
  const auto found = remembered(reader, evaluation);
  if (!found) return found.error();
  if (!*found || (*found)->desk != evaluation.desk) return std::optional<std::uint32_t>{};
  return std::optional((*found)->count);
}

Result<std::optional<std::uint64_t>> evaluated_on(const store::Reader& reader, const Evaluation& evaluation,
                                                  Day day) {
  const auto kept = reader.get(evaluated_table, quota_key(evaluation, day));
  if (!kept) return kept.error();
  return *kept ? std::optional(big(**kept)) : std::optional<std::uint64_t>{};
}

Result<Done> forget_evaluations(store::Writer& writer, Day today, std::size_t limit) {
  for (const store::Table table : {evaluated_table, evaluated_total_table, evaluation_day_table}) {
    const auto oldest = writer.scan(table, {}, {}, limit);
    if (!oldest) return oldest.error();
    for (const store::Record& entry : *oldest) {
      const Day day(static_cast<std::uint32_t>(big(ByteView(entry.key).first(4))));
      if (day.plus(quota_days) >= today) break;
      if (table == evaluation_day_table) {
        if (auto gone = writer.erase(evaluation_table, ByteView(entry.key).subspan(4)); !gone) return gone;
      }
      if (auto gone = writer.erase(table, entry.key); !gone) return gone;
    }
  }
  return Done{};
}

Result<Done> Transaction::take(const Evaluate& evaluate, const Hash& salt) {
  (void)salt;
  const Evaluation& evaluation = evaluate.evaluation;
  const auto earlier = remembered(writer_, evaluation);
  if (!earlier) return earlier.error();
  if (*earlier) {
    const bool same = (*earlier)->elements == evaluate.elements && (*earlier)->desk == evaluation.desk;
    answer(same ? Code::ok : Code::replayed, same ? "" : "other elements were evaluated for this message");
    if (same) answers_.back().reply.items.push_back({0, evaluate.answer});
    return Done{};
  }
  const auto used = evaluated_on(writer_, evaluation, today_);
  if (!used) return used.error();
  const policy::Policy& policy = *world_.policy(world_.network.policy_on(today_)->version);
  const auto& domains = policy.source().domains;
  const auto domain = std::ranges::find(domains, evaluation.domain, &bundle::Domain::id);
  const bool named = !evaluation.desk.empty();  // who is nobody paid with a token
  const std::uint64_t now_used = used->value_or(0) + evaluate.count;
  if (domain == domains.end() || (named && now_used > domain->quota)) {
    answer(Code::over_quota,
           "this organisation has evaluated what it may today in domain " + evaluation.domain);
    return Done{};
  }
  const auto fits = has_room(writer_, 0);
  if (!fits) return fits.error();
  if (!*fits) {
    answer(Code::full, "no room to remember the evaluation");
    return Done{};
  }
  const store::Shelf shelf = shelf_until(today_.plus(quota_days));
  if (named) {
    auto counted = writer_.put(evaluated_table, quota_key(evaluation, today_), number_key(now_used), shelf);
    if (!counted) return counted;
  }
  if (auto counted = count_total(writer_, evaluation, today_, evaluate.count, shelf); !counted)
    return counted;
  const Bytes kept =
      Packer().text(evaluation.desk).number(evaluate.count).raw(evaluate.elements.bytes()).take();
  const Bytes key = message_key(evaluation);
  if (auto put = writer_.put(evaluation_table, key, kept, shelf); !put) return put;
  Bytes day;
  put_big(day, today_.days(), 4);
  append(day, key);
  if (auto put = writer_.put(evaluation_day_table, day, {}, shelf); !put) return put;
  answer(Code::ok, {});
  answers_.back().reply.items.push_back({0, evaluate.answer});
  return Done{};
}

}  // namespace seinhuis::broker
