#include <algorithm>

#include "packed_draft.h"
#include "seinhuis/client/client.h"
#include "seinhuis/policy/calendar.h"
#include "tables.h"

// Pseudonyms that could not be made when a signal left follow in a supplement.
namespace seinhuis::client {
namespace {

constexpr std::size_t at_once = 100;

}  // namespace

Result<Done> Client::owe_supplement(store::Writer& writer, const policy::Draft& sent,
                                    const MessageId& message) const {
  policy::Draft owed = sent;
  owed.kind = Kind::supplement;
  owed.to.clear();  // the desks of the signal, whatever they are today
  std::erase_if(owed.fields, [&](const auto& field) {
    const policy::Index index = policy().field(field.first);
    return index == policy::none || policy().source().fields[index].identifier == IdentifierType::none;
  });
  if (owed.fields.empty()) return Done{};
  return writer.put(supplement_table, message.bytes(), pack_draft(owed), store::permanent);
}

// Each as far as it goes: an evaluator that is still away leaves it for the next time, a month at most.
Result<Done> Client::supplement() {
  std::vector<std::pair<MessageId, policy::Draft>> owed;
  auto read = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto kept = reader.scan(supplement_table, {}, {}, at_once);
    if (!kept) return kept.error();
    for (const store::Record& record : *kept) {
      const auto message = MessageId::parse(record.key);
      auto draft = unpack_draft(record.value);
      if (!message || !draft) return Error{Errc::io, "what a supplement needs cannot be read"};
      owed.emplace_back(*message, *std::move(draft));
    }
    return Done{};
  });
  if (!read) return read;
  for (auto& one : owed) {
    const auto settled = supplement_one(one.first, std::move(one.second));
    if (!settled) return settled.error();
    if (!*settled) continue;
    auto gone = parts_.store.write(
        [&](store::Writer& writer) { return writer.erase(supplement_table, one.first.bytes()); });
    if (!gone) return gone;
  }
  return Done{};
}

// True: there is nothing to supplement any more.
Result<bool> Client::supplement_one(const MessageId& message, policy::Draft draft) {
  const auto signal = kept_sent(message);
  if (!signal) return signal.error();
  if (!*signal || (*signal)->state == KeptSent::State::refused) return true;
  if ((*signal)->created + std::chrono::days(policy::message_life(policy().source())) < parts_.clock())
    return true;
  if ((*signal)->state == KeptSent::State::queued) return false;
  draft.parent = message;
  const auto sent = send_with(std::move(draft), {}, Unavailable::wait);
  if (sent) return true;
  const Errc why = sent.error().code;
  if (why == Errc::unreachable) return false;
  const bool never = why == Errc::refused || why == Errc::malformed;  // today's policy gives it to nobody
  return never ? Result<bool>(true) : sent.error();
}

Result<std::vector<EvaluationCount>> Client::evaluation_counts(const std::string& evaluator) {
  Request request;
  request.action = Action::counts;
  const auto reply = ask_evaluator(evaluator, std::move(request));
  if (!reply) return reply.error();
  if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
  if (reply->code != Code::ok) return Error{Errc::refused, reply->text};
  std::vector<EvaluationCount> counts;
  for (const Item& item : reply->items) {
    auto count = decode_evaluation_count(item.body);
    if (!count) return Error{Errc::unauthentic, "a count that cannot be read"};
    counts.push_back(*std::move(count));
  }
  return counts;
}

}  // namespace seinhuis::client
