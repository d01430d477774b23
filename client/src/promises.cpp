#include "promises.h"

#include "seinhuis/client/board.h"
#include "seinhuis/proof/log.h"
#include "tables.h"

namespace seinhuis::client {

Result<Done> Promises::note(store::Writer& writer, const KeptDelivery& kept, Day day) {
  if (kept.mode == Mode::identified) return Done{};
  return writer.put(promise_table, kept.message.bytes(), ordered_key(day.days()), store::permanent);
}

Result<Promises::Due> Promises::due() const {
  constexpr std::size_t at_once = 1000;
  Due due;
  auto read = client_.parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto kept = reader.scan(promise_table, {}, {}, at_once);
    if (!kept) return kept.error();
    for (const store::Record& record : *kept) {
      const auto message = MessageId::parse(record.key);
      const Day day(static_cast<std::uint32_t>(number_in(record.value)));
      if (message && day < client_.today()) due.emplace_back(*message, day);
    }
    return Done{};
  });
  if (!read) return read.error();
  return due;
}

// The record stands before the end that the closed day names, in the quiet log that this desk knows.
Result<bool> Promises::named_by_closed_day(const LogProof& record, Day day) {
  const proof::Network& network = client_.trusted_.network;
  const auto shown = fetch_day(network, network.directory_on(client_.today())->directory, day,
                               [this](Request request) { return client_.ask(std::move(request)); });
  if (!shown) {
    const Errc code = shown.error().code;
    return code == Errc::refused || code == Errc::unauthentic ? Result<bool>(false) : shown.error();
  }
  auto logged =
      client_.in_history(shown->proof, proof::log_leaf(LeafKind::board, Hash::zero(), encode(shown->record)));
  if (!logged || !*logged) return logged;
  // Of the other log, its place says nothing: there a record tells the hour.
  if (!client_.is_quiet(record.head.head) || record.index >= shown->record.quiet_size) return false;
  const auto last = client_.last_head("quiet-head");
  if (!last || !*last) return last ? Result<bool>(false) : last.error();
  Head named = (*last)->head;
  named.size = shown->record.quiet_size;
  named.root = shown->record.quiet_root;
  const bool grown = named.size < (*last)->head.size;
  const Head& older = grown ? named : (*last)->head;
  const Head& newer = grown ? (*last)->head : named;
  const auto path = client_.consistency(older.size, newer.size, "quiet");
  if (!path) return path.error();
  return proof::extends(newer, older, *path);
}

Result<std::optional<std::string>> Promises::broken(const KeptDelivery& delivery, Day day) {
  const auto record = client_.verify_record(delivery);
  if (!record && record.error().code != Errc::unauthentic) return record.error();
  if (!record) return std::optional(record.error().detail);
  const auto named = named_by_closed_day(*record, day);
  if (!named) return named.error();
  if (*named) return std::optional<std::string>{};
  return std::optional("the closed day " + day.text() +
                       " does not name the quiet log with the record of delivery " + delivery.message.hex());
}

Result<Done> Promises::check() {
  const auto due = this->due();
  if (!due) return due.error();
  for (const auto& [message, day] : *due) {
    const auto delivery = client_.kept(message);
    if (!delivery) return delivery.error();
    if (*delivery) {
      const auto why = broken(**delivery, day);
      if (!why) return why.error();
      if (*why && day.plus(1) >= client_.today())
        continue;  // clocks differ, and a broker may turn its day late
      if (*why) {
        auto raised = client_.raise({AlarmCode::broken_promise, **why, message});
        if (!raised) return raised;
      }
    }
    const Bytes key = copy(message.bytes());
    auto gone =
        client_.parts_.store.write([&](store::Writer& writer) { return writer.erase(promise_table, key); });
    if (!gone) return gone;
  }
  return Done{};
}

Result<Done> Client::check_promises() { return Promises(*this).check(); }

}  // namespace seinhuis::client
