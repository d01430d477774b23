#include "packed_draft.h"

#include "packed_texts.h"

namespace seinhuis::client {
namespace {

constexpr std::size_t max_text = 1U << 20U;

void pack_lists(Packer& out, const std::map<std::string, std::vector<std::string>>& lists) {
  out.number(static_cast<std::uint16_t>(lists.size()));
  for (const auto& [name, texts] : lists) {
    out.text(name);
    pack_texts(out, texts);
  }
}

std::map<std::string, std::vector<std::string>> unpack_lists(Unpacker& in) {
  std::map<std::string, std::vector<std::string>> lists;
  const auto count = in.number<std::uint16_t>();
  for (std::uint16_t n = 0; n < count && !in.failed(); ++n) {
    std::string name = in.text(max_text);
    lists[std::move(name)] = unpack_texts(in);
  }
  return lists;
}

}  // namespace

Bytes pack_draft(const policy::Draft& draft) {
  Packer out;
  out.number(static_cast<std::uint8_t>(draft.kind)).number(static_cast<std::uint8_t>(draft.mode));
  out.text(draft.role_class).text(draft.from).text(draft.theme).text(draft.region);
  out.number(static_cast<std::uint8_t>(draft.weight)).number(static_cast<std::uint8_t>(draft.age));
  out.number(static_cast<std::uint8_t>(draft.urgent ? 1 : 0));
  pack_texts(out, draft.to);
  pack_texts(out, draft.purposes);
  pack_texts(out, draft.labels);
  pack_lists(out, draft.withhold);
  pack_lists(out, draft.fields);
  return out.take();
}

Result<policy::Draft> unpack_draft(ByteView raw) {
  Unpacker in(raw);
  policy::Draft draft;
  draft.kind = static_cast<Kind>(in.number<std::uint8_t>());
  draft.mode = static_cast<Mode>(in.number<std::uint8_t>());
  draft.role_class = in.text(max_text);
  draft.from = in.text(max_text);
  draft.theme = in.text(max_text);
  draft.region = in.text(max_text);
  draft.weight = static_cast<Weight>(in.number<std::uint8_t>());
  draft.age = static_cast<AgeBand>(in.number<std::uint8_t>());
  draft.urgent = in.number<std::uint8_t>() == 1;
  draft.to = unpack_texts(in);
  draft.purposes = unpack_texts(in);
  draft.labels = unpack_texts(in);
  draft.withhold = unpack_lists(in);
  draft.fields = unpack_lists(in);
  if (!in.ok()) return Error{Errc::io, "a draft that is kept cannot be read"};
  return draft;
}

}  // namespace seinhuis::client
