#include "continued_log.h"
#include "seinhuis/proof/hash.h"
#include "tables.h"

// Taking back a consent or attest: it counts from its arrival at the broker.
namespace seinhuis::client {

Result<bool> Client::revoke(const Statement& revocation) {
  const Bytes raw = seinhuis::encode(revocation);
  const Hash name = proof::h32(raw);
  const auto kept = parts_.store.write(
      [&](store::Writer& writer) { return writer.put(revoking_table, name.bytes(), raw, store::permanent); });
  if (!kept) return kept.error();
  const auto sent = flush_revocations();
  if (!sent && sent.error().code != Errc::unreachable && sent.error().code != Errc::busy) return sent.error();
  return static_cast<bool>(sent);
}

// Fails with refused, and raises an alarm, when the broker refuses one: nobody may think that it counts.
Result<Done> Client::flush_revocations() {
  std::vector<store::Record> waiting;
  auto read = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    auto kept = reader.scan(revoking_table, {}, {}, 1000);
    if (!kept) return kept.error();
    waiting = *std::move(kept);
    return Done{};
  });
  if (!read) return read;
  for (const store::Record& one : waiting) {
    Request request;
    request.action = Action::revoke;
    request.body = one.value;
    const auto reply = ask(std::move(request));
    if (!reply) return reply.error();
    if (reply->code == Code::busy || reply->code == Code::over_quota || reply->code == Code::full ||
        reply->code == Code::internal)
      return Error{Errc::busy, reply->text};
    const std::string text = "the broker refuses a revocation: " + reply->text;
    auto settled = parts_.store.write([&](store::Writer& writer) -> Result<Done> {
      if (reply->code != Code::ok) {
        const Alarm alarm{AlarmCode::bad_statement, text, MessageId::zero()};
        if (auto raised = raise_in(writer, alarm); !raised) return raised;
      }
      if (reply->code == Code::ok) {
        if (auto copied = ContinuedLog::keep_revocation(writer, one, today()); !copied) return copied;
      }
      return writer.erase(revoking_table, one.key);
    });
    if (!settled) return settled;
    if (reply->code != Code::ok) return Error{Errc::refused, text};
  }
  return Done{};
}

}  // namespace seinhuis::client
