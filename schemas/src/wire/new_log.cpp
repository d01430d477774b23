#include "seinhuis/wire/new_log.h"

#include "fixed.h"

namespace seinhuis {

using namespace wire;

Bytes encode(const NewLog& record) {
  Packer out;
  out.label("new-log").raw(record.network.bytes()).number(milliseconds(record.until)).day(record.day);
  out.sized(encode(record.head));
  return out.sized(record.quiet ? encode(*record.quiet) : Bytes{}).take();
}

Result<NewLog> decode_new_log(ByteView raw) {
  constexpr std::size_t max_head = 1024;
  Unpacker in(raw);
  NewLog record;
  in.label("new-log");
  record.network = in.id<Hash>();
  record.until = unpack_instant(in);
  record.day = in.day();
  const auto head = decode_head(in.sized(max_head));
  const ByteView raw_quiet = in.sized(max_head);
  const auto quiet = decode_head(raw_quiet);
  if (!head || (!raw_quiet.empty() && !quiet)) in.fail();
  if (head) record.head = *head;
  if (quiet) record.quiet = *quiet;
  return whole(in, record);
}

}  // namespace seinhuis
