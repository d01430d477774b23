#include <algorithm>

#include "obligations.h"
#include "tables.h"
#include "transaction.h"

// Obligations as v0.1.0 kept them, which had deadlines and no clock: they become what obligations are now.
namespace seinhuis::broker {
namespace {

constexpr std::size_t at_once = 500;
constexpr std::size_t max_rule = 200;

// u16 minutes at first, then u32.
std::uint32_t minutes(Unpacker& in, bool wide) {
  return wide ? in.number<std::uint32_t>() : in.number<std::uint16_t>();
}

std::optional<Obligation> read_old(ByteView raw) {
  Unpacker in(raw);
  Obligation made;
  made.owed.rule = in.text(max_rule);
  const bool wide = in.rest().size() == 12;
  made.lengths.pick_up = minutes(in, wide);
  made.lengths.triage = minutes(in, wide);
  made.lengths.outcome = minutes(in, wide);
  return in.ok() ? std::optional(made) : std::nullopt;
}

}  // namespace

Result<bool> Transaction::take_over_old() {
  const auto old = writer_.scan(old_obligation_table, {}, {}, at_once);
  if (!old) return old.error();
  for (const store::Record& row : *old) {
    const auto message = MessageId::parse(ByteView(row.key).first(MessageId::size));
    auto made = read_old(row.value);
    if (!message || !made) return Error{Errc::io, "a stored obligation cannot be read"};
    if (auto taken = take_over(*message, ByteView(row.key).subspan(MessageId::size), *std::move(made));
        !taken)
      return taken.error();
    if (auto gone = writer_.erase(old_obligation_table, row.key); !gone) return gone.error();
  }
  return old->size() == at_once;
}

Result<Done> Transaction::take_over(const MessageId& message, ByteView tag, Obligation made) {
  const auto stored = signal(message);
  if (!stored) return stored.error();
  const auto desk = std::ranges::find_if(
      stored->recipients, [&](const std::string& name) { return std::ranges::equal(desk_tag(name), tag); });
  if (desk == stored->recipients.end()) return Error{Errc::io, "a stored obligation is of no recipient"};
  made.desk = *desk;
  made.owed.message = message;
  made.owed.h0 = stored->h0;
  made.keep_until = stored->keep_until;
  made.quiet = !stored->cell_key.empty();
  if (auto begun = begin(made, stored->received, false); !begun) return begun;
  const auto steps = writer_.scan(status_table, message.bytes(), {}, 1000);
  if (!steps) return steps.error();
  for (const store::Record& record : *steps) {
    const auto step = decode_stored_status(record.value);
    if (!step) return step.error();
    if (step->desk != made.desk) continue;
    const auto receipt = decode_receipt(step->statement);
    const auto outcome = decode_outcome(step->statement);
    auto met = receipt && receipt->authentic ? picked_up(message, made.desk)
               : outcome                     ? answered(message, *outcome)
                                             : Result<Done>(Done{});
    if (!met) return met;
  }
  return Done{};
}

}  // namespace seinhuis::broker
