#include "board.h"

#include <sodium.h>

#include <algorithm>

#include "seinhuis/board/cell.h"
#include "tables.h"

namespace seinhuis::broker {
namespace {

constexpr std::uint32_t days_kept = 400;  // longer than the longest retention of a signal and its answers
constexpr std::uint32_t most_days_at_once = 400;
constexpr std::size_t nonce_size = 24;
const Bytes next_day = copy(view("board-next"));
const Bytes last_record = copy(view("board-last"));

Hash drawn(const Hash& salt, std::string_view what, std::uint32_t a, std::uint32_t b) {
  return proof::h32(Packer().label(what).raw(salt.bytes()).number(a).number(b).bytes());
}

// As random as the salt: nobody but the broker knows it.
Bytes dummy(const Hash& salt, std::uint32_t number) {
  static_assert(Hash::size == randombytes_SEEDBYTES);
  const Hash seed = drawn(salt, "dummy", number, 0);
  Bytes cell(cell_size);
  randombytes_buf_deterministic(cell.data(), cell.size(), octets(seed.bytes()));
  return cell;
}

struct Cell {
  Bytes bytes;
  Hash place = Hash::zero();  // H32 of it, by which a day is ordered
  Bytes owner;                // key in posted_table of who hears where it is; else empty
  Hash subkey = Hash::zero();
};
Cell cell_with(Bytes bytes, Bytes owner, const Hash& subkey) {
  const Hash place = proof::h32(bytes);
  return {std::move(bytes), place, std::move(owner), subkey};
}

// What waits, sealed for the day; takes it away.
Result<Cell> seal_waiting(store::Writer& writer, const store::Record& record, Day day, const Hash& nonce) {
  Unpacker in(record.value);
  const Bytes key = copy(in.bytes(Hash::size));
  const ByteView bytes = ByteView(nonce.bytes()).first(nonce_size);
  const Bytes salt = copy(ByteView(record.key).subspan(1));
  const auto owner = writer.get(cell_owner_table, salt);
  if (!owner) return owner.error();
  for (const auto& gone :
       {writer.erase(waiting_cell_table, record.key), writer.erase(cell_owner_table, salt)}) {
    if (!gone) return gone.error();
  }
  return cell_with(board::seal_cell(key, day, bytes, in.rest()), owner->value_or(Bytes{}),
                   board::cell_subkey(key, bytes));
}

// The cells of a day, in order.
Result<std::vector<Cell>> cells_of(store::Writer& writer, Day day, const Hash& salt) {
  const auto waiting = writer.scan(waiting_cell_table, {}, {}, cells_a_day);
  if (!waiting) return waiting.error();
  std::vector<Cell> cells;
  for (const store::Record& record : *waiting) {
    const Hash nonce = drawn(salt, "cell-nonce", day.days(), static_cast<std::uint32_t>(cells.size()));
    auto cell = seal_waiting(writer, record, day, nonce);
    if (!cell) return cell.error();
    cells.push_back(*std::move(cell));
  }
  const Hash day_salt = drawn(salt, "day", day.days(), 0);
  while (cells.size() < cells_a_day)
    cells.push_back(cell_with(dummy(day_salt, static_cast<std::uint32_t>(cells.size())), {}, Hash::zero()));
  std::ranges::sort(cells, {}, &Cell::place);
  return cells;
}

// Desks may ask where their words stand.
Result<Done> note_places(store::Writer& writer, const std::vector<Cell>& cells, Day day, store::Shelf shelf) {
  for (std::size_t n = 0; n < cells.size(); ++n) {
    if (cells[n].owner.empty()) continue;
    const PostedCell posted{day, static_cast<std::uint16_t>(n), cells[n].subkey};
    if (auto put = writer.put(posted_table, cells[n].owner, encode(posted), shelf); !put) return put;
  }
  return Done{};
}

Result<Done> close_day(store::Writer& writer, LogWriter& log, const Head& quiet, const Hash& network, Day day,
                       const Hash& salt) {
  const auto cells = cells_of(writer, day, salt);
  if (!cells) return cells.error();
  const auto last = writer.get(meta_table, last_record);
  if (!last) return last.error();
  Bytes content;
  for (const Cell& cell : *cells) append(content, cell.bytes);
  const Bytes record =
      encode(BoardDay{network, day, static_cast<std::uint32_t>(cells->size()), proof::h32(content),
                      *last ? proof::h32(**last) : Hash::zero(), quiet.size, quiet.root});
  const store::Shelf shelf = shelf_until(day.plus(days_kept));
  const auto leaf = log.append(LeafKind::board, Hash::zero(), record, shelf);
  if (!leaf) return leaf.error();
  const Bytes value = Packer().number(*leaf).sized(record).raw(content).take();
  Bytes key;
  put_big(key, day.days(), 4);
  if (auto put = writer.put(board_table, key, value, shelf); !put) return put;
  if (auto noted = note_places(writer, *cells, day, shelf); !noted) return noted;
  return writer.put(meta_table, last_record, record, store::permanent);
}

}  // namespace

Bytes posted_key(const Hash& h0, std::string_view desk, std::uint32_t seq) {
  Bytes key = joined_key(h0, desk_tag(desk));
  put_big(key, seq, 4);
  return key;
}

Result<Done> note_owner(store::Writer& writer, const Hash& salt, ByteView key, Day today) {
  return writer.put(cell_owner_table, salt.bytes(), key, shelf_until(today.plus(days_kept)));
}

Result<Done> post_cell(store::Writer& writer, const StoredSignal& signal, CellSort sort, ByteView text,
                       const Hash& salt, Day today) {
  require(signal.cell_key.size() == Hash::size && text.size() < cell_text, "a cell has a key and fits");
  Bytes key;
  key.push_back(static_cast<std::byte>(sort));
  append(key, salt.bytes());
  Bytes value = signal.cell_key;
  value.push_back(static_cast<std::byte>(sort));
  append(value, text);
  value.resize(Hash::size + cell_text);
  return writer.put(waiting_cell_table, key, value, shelf_until(today.plus(days_kept)));
}

Result<std::size_t> close_days(store::Writer& writer, LogWriter& log, const Head& quiet, const Hash& network,
                               Day today, const Hash& salt) {
  const auto kept = writer.get(meta_table, next_day);
  if (!kept) return kept.error();
  Day next = *kept ? Day(static_cast<std::uint32_t>(big(**kept))) : today;
  std::size_t closed = 0;
  for (; next < today && closed < most_days_at_once; next = next.plus(1), ++closed) {
    if (auto done = close_day(writer, log, quiet, network, next, salt); !done) return done.error();
  }
  if (!*kept || closed > 0) {
    if (auto put = writer.put(meta_table, next_day, number_key(next.days()), store::permanent); !put)
      return put.error();
  }
  return closed;
}

Result<Done> forget_days(store::Writer& writer, Day today) {
  const auto oldest = writer.scan(board_table, {}, {}, 1);
  if (!oldest) return oldest.error();
  if (oldest->empty() || big(oldest->front().key) + days_kept >= today.days()) return Done{};
  return writer.erase(board_table, oldest->front().key);
}

}  // namespace seinhuis::broker
