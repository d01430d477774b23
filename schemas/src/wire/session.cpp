#include "seinhuis/wire/session.h"

#include "seinhuis/wire/generated/session_generated.h"
#include "table.h"

// Found by the codec through their arguments, so not in an unnamed namespace.
namespace seinhuis {

namespace fb = wire::generated;

inline std::uint8_t last_number(Action) { return 27; }

template <class Way>
void pass(Way& way, Request& d, fb::RequestT& w) {
  way(d.id, w.id);
  way(d.action, w.action);
  way(d.after, w.after);
  way(d.until, w.until);
  way(d.wait_ms, w.wait_ms);
  way(d.name, w.name);
  way(d.message, w.message);
  way(d.body, w.body);
  if constexpr (!Way::loading) w.version = Request::current_version;
}
template <class Way>
void pass(Way& way, Item& d, fb::ItemT& w) {
  way(d.cursor, w.cursor);
  way(d.body, w.body);
}
template <class Way>
void pass(Way& way, Reply& d, fb::ReplyT& w) {
  way(d.id, w.id);
  way(d.text, w.text);
  way(d.rule, w.rule);
  way(d.gate, w.gate);
  way(d.retry_ms, w.retry_ms);
  way(d.items, w.items);
  if constexpr (Way::loading) {
    if (w.code > static_cast<std::uint16_t>(Code::awaited)) way.fail("an unknown code");
    d.code = static_cast<Code>(w.code);
  } else {
    w.version = Request::current_version;
    w.code = static_cast<std::uint16_t>(d.code);
  }
}

namespace {

template <class Table>
bool other_version(ByteView raw) {
  const Bytes aligned = copy(raw);
  return flatbuffers::GetRoot<Table>(aligned.data())->version() != Request::current_version;
}

}  // namespace

std::string_view to_string(Code code) noexcept {
  switch (code) {
    case Code::ok: return "ok";
    case Code::malformed: return "malformed";
    case Code::too_large: return "too-large";
    case Code::unsupported: return "unsupported";
    case Code::wrong_network: return "wrong-network";
    case Code::expired: return "expired";
    case Code::replayed: return "replayed";
    case Code::stale_metadata: return "stale-metadata";
    case Code::not_you: return "not-you";
    case Code::bad_signature: return "bad-signature";
    case Code::bad_statement: return "bad-statement";
    case Code::bad_slot: return "bad-slot";
    case Code::refused: return "refused";
    case Code::nobody_obliged: return "nobody-obliged";
    case Code::bad_thread: return "bad-thread";
    case Code::bad_outcome: return "bad-outcome";
    case Code::over_quota: return "over-quota";
    case Code::busy: return "busy";
    case Code::full: return "full";
    case Code::absent: return "absent";
    case Code::unauthorised: return "unauthorised";
    case Code::internal: return "internal";
    case Code::closed: return "closed";
    case Code::answered: return "answered";
    case Code::awaited: return "awaited";
  }
  return "";
}

Result<Request> decode_request(ByteView raw) {
  auto seen = wire::decode_table<fb::Request>(raw, "SHRQ", Request::max_bytes, Request{});
  if (seen && other_version<fb::Request>(raw)) return Error{Errc::unsupported, "request version"};
  return seen;
}
Bytes encode(const Request& request) { return wire::encode_table<fb::Request>(request, "SHRQ"); }

Result<Reply> decode_reply(ByteView raw) {
  auto seen = wire::decode_table<fb::Reply>(raw, "SHRP", Reply::max_bytes, Reply{});
  if (seen && other_version<fb::Reply>(raw)) return Error{Errc::unsupported, "reply version"};
  return seen;
}
Bytes encode(const Reply& reply) { return wire::encode_table<fb::Reply>(reply, "SHRP"); }

}  // namespace seinhuis
