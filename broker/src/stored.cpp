#include "stored.h"

#include <algorithm>

#include "seinhuis/base/packed.h"
#include "tables.h"

namespace seinhuis::broker {
namespace {

constexpr std::size_t max_part = 1U << 20U;
const Error unreadable{Errc::io, "a stored record has another form than this version writes"};

Instant instant(std::uint64_t value) {
  return Instant(std::chrono::milliseconds(static_cast<std::int64_t>(value)));
}

}  // namespace

Bytes encode(const StoredSignal& s) {
  Packer out;
  out.sized(s.prologue)
      .raw(s.h0.bytes())
      .raw(s.manifest.bytes())
      .number(milliseconds_of(s.received))
      .raw(s.salt.bytes());
  out.number(s.leaf)
      .day(s.keep_until)
      .number(s.open_slots)
      .number(static_cast<std::uint16_t>(s.recipients.size()));
  for (const std::string& desk : s.recipients) out.text(desk);
  out.number(static_cast<std::uint16_t>(s.statements.size()));
  for (const StatementCopy& copy : s.statements) out.raw(copy.salt.bytes()).sized(copy.body);
  const bool sleeping = std::ranges::any_of(s.dormant, [](std::uint8_t step) { return step != 0; });
  if (!s.cell_key.empty()) out.raw(s.cell_key);
  if (s.cell_key.empty() && sleeping) out.raw(Hash::zero().bytes());
  for (std::size_t n = 0; sleeping && n < s.dormant.size(); ++n) out.number(s.dormant[n]);
  return out.take();
}

Result<StoredSignal> decode_signal(ByteView raw) {
  Unpacker in(raw);
  StoredSignal s;
  s.prologue = copy(in.sized(max_part));
  s.h0 = in.id<Hash>();
  s.manifest = in.id<Hash>();
  s.received = instant(in.number<std::uint64_t>());
  s.salt = in.id<Hash>();
  s.leaf = in.number<std::uint64_t>();
  s.keep_until = in.day();
  s.open_slots = in.number<std::uint16_t>();
  const auto count = in.number<std::uint16_t>();
  for (std::uint16_t n = 0; n < count && !in.failed(); ++n) s.recipients.push_back(in.text(max_part));
  const auto statements = in.number<std::uint16_t>();
  for (std::uint16_t n = 0; n < statements && !in.failed(); ++n) {
    const auto salt = in.id<Hash>();
    s.statements.push_back({salt, copy(in.sized(max_part))});
  }
  if (!in.failed() && !in.rest().empty()) s.cell_key = copy(in.bytes(Hash::size));  // since 0.3
  if (s.cell_key == copy(Hash::zero().bytes())) s.cell_key.clear();
  while (!in.failed() && !in.rest().empty()) s.dormant.push_back(in.number<std::uint8_t>());
  if (!in.ok()) return unreadable;
  return s;
}

std::vector<std::string> StoredSignal::awake() const {
  std::vector<std::string> desks;
  for (std::size_t n = 0; n < recipients.size(); ++n) {
    if (!sleeps(n)) desks.push_back(recipients[n]);
  }
  return desks;
}

Bytes encode(const StoredStatus& s) {
  return Packer()
      .number(static_cast<std::uint8_t>(s.step))
      .number(milliseconds_of(s.at))
      .text(s.desk)
      .sized(s.statement)
      .raw(s.salt.bytes())
      .number(s.leaf)
      .take();
}

Result<StoredStatus> decode_stored_status(ByteView raw) {
  Unpacker in(raw);
  StoredStatus s;
  s.step = static_cast<StatusEntry::Step>(in.number<std::uint8_t>());
  s.at = instant(in.number<std::uint64_t>());
  s.desk = in.text(max_part);
  s.statement = copy(in.sized(max_part));
  s.salt = in.id<Hash>();
  s.leaf = in.number<std::uint64_t>();
  if (!in.ok()) return unreadable;
  return s;
}

Bytes encode(const StoredRecord& r) {
  return Packer()
      .sized(r.record)
      .raw(r.salt.bytes())
      .number(r.leaf)
      .number(static_cast<std::uint8_t>(r.receipted ? 1 : 0))
      .take();
}

Result<StoredRecord> decode_stored_record(ByteView raw) {
  Unpacker in(raw);
  StoredRecord r;
  r.record = copy(in.sized(max_part));
  r.salt = in.id<Hash>();
  r.leaf = in.number<std::uint64_t>();
  r.receipted = in.number<std::uint8_t>() == 1;
  if (!in.ok()) return unreadable;
  return r;
}

}  // namespace seinhuis::broker
