#include <algorithm>

#include "packed_texts.h"
#include "seinhuis/client/client.h"
#include "tables.h"

// Pseudonyms that could not be made when a signal left follow in a supplement.
namespace seinhuis::client {
namespace {

constexpr std::size_t at_once = 100;
constexpr std::size_t max_text = 1U << 20U;

// What of a message a supplement to it needs again: what it inherits, and the identifiers.
Bytes encode_supplement(const policy::Draft& draft) {
  Packer out;
  out.text(draft.from).text(draft.theme).text(draft.region);
  out.number(static_cast<std::uint8_t>(draft.weight)).number(static_cast<std::uint8_t>(draft.age));
  out.number(static_cast<std::uint8_t>(draft.urgent ? 1 : 0));
  pack_texts(out, draft.purposes);
  pack_texts(out, draft.labels);
  out.number(static_cast<std::uint16_t>(draft.fields.size()));
  for (const auto& [field, texts] : draft.fields) {
    out.text(field);
    pack_texts(out, texts);
  }
  return out.take();
}

Result<policy::Draft> decode_supplement(ByteView raw) {
  Unpacker in(raw);
  policy::Draft draft;
  draft.kind = Kind::supplement;
  draft.from = in.text(max_text);
  draft.theme = in.text(max_text);
  draft.region = in.text(max_text);
  draft.weight = static_cast<Weight>(in.number<std::uint8_t>());
  draft.age = static_cast<AgeBand>(in.number<std::uint8_t>());
  draft.urgent = in.number<std::uint8_t>() == 1;
  draft.purposes = unpack_texts(in);
  draft.labels = unpack_texts(in);
  const auto count = in.number<std::uint16_t>();
  for (std::uint16_t n = 0; n < count && !in.failed(); ++n) {
    std::string field = in.text(max_text);
    draft.fields[std::move(field)] = unpack_texts(in);
  }
  if (!in.ok()) return Error{Errc::io, "what a supplement needs cannot be read"};
  return draft;
}

}  // namespace

Result<Done> Client::owe_supplement(store::Writer& writer, const policy::Draft& sent,
                                    const MessageId& message) const {
  policy::Draft owed = sent;
  std::erase_if(owed.fields, [&](const auto& field) {
    const policy::Index index = policy().field(field.first);
    return index == policy::none || policy().source().fields[index].identifier == IdentifierType::none;
  });
  if (owed.fields.empty()) return Done{};
  return writer.put(supplement_table, message.bytes(), encode_supplement(owed), store::permanent);
}

// Each as far as it goes: an evaluator that is still away leaves it for the next time, a month at most.
Result<Done> Client::supplement() {
  std::vector<std::pair<MessageId, policy::Draft>> owed;
  auto read = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto kept = reader.scan(supplement_table, {}, {}, at_once);
    if (!kept) return kept.error();
    for (const store::Record& record : *kept) {
      const auto message = MessageId::parse(record.key);
      auto draft = decode_supplement(record.value);
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
  if ((*signal)->created + Prologue::longest_life < parts_.clock()) return true;
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
