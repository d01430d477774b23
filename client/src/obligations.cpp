#include "seinhuis/client/obligations.h"

#include <algorithm>

namespace seinhuis::client {
namespace {

constexpr std::size_t page = 1000;
constexpr std::size_t most = 1'000'000;
const Error unreadable{Errc::unauthentic, "the broker's answer cannot be read"};

Result<Reply> ask(const Client& client, Action action, const MessageId& after) {
  Request request;
  request.action = action;
  request.message = after;
  auto reply = client.ask(std::move(request));
  if (!reply) return reply;
  if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
  if (reply->code != Code::ok) return Error{Errc::refused, reply->text};
  return reply;
}

Instant order_of(const Owed& owed) {
  const auto next = next_deadline(owed);
  return next ? next->second : owed.due[0];
}

}  // namespace

std::optional<std::pair<Deadline, Instant>> next_deadline(const Owed& owed) {
  for (std::size_t n = owed.met; n < deadlines; ++n) {
    if ((owed.missed >> n & 1U) == 0) return std::pair(static_cast<Deadline>(n), owed.due[n]);
  }
  return std::nullopt;
}

Result<std::vector<Owed>> obligations(const Client& client) {
  std::vector<Owed> all;
  MessageId after = MessageId::zero();
  for (;;) {
    const auto reply = ask(client, Action::obligations, after);
    if (!reply) return reply.error();
    for (const Item& item : reply->items) {
      auto owed = decode_owed(item.body);
      if (!owed || owed->message <= after) return unreadable;  // or it would go round for ever
      after = owed->message;
      all.push_back(*std::move(owed));
    }
    if (reply->items.size() < page || all.size() >= most) break;
  }
  std::ranges::stable_sort(all, {}, order_of);
  return all;
}

Result<std::vector<DeskOverview>> overview(const Client& client) {
  const auto reply = ask(client, Action::overview, MessageId::zero());
  if (!reply) return reply.error();
  std::vector<DeskOverview> desks;
  for (const Item& item : reply->items) {
    auto desk = decode_desk_overview(item.body);
    if (!desk) return unreadable;
    desks.push_back(*std::move(desk));
  }
  return desks;
}

}  // namespace seinhuis::client
