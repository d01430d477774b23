#include "seinhuis/board/cell.h"
#include "seinhuis/proof/log.h"
#include "simulation/guarantee.h"
#include "stored.h"
#include "tables.h"

// What must be true when a history is over: everybody got what was for them, and can prove it.
namespace seinhuis::simulation {
namespace {

// Every recipient that looks has it.
std::string everybody_has_theirs(const Stage& stage) {
  const auto& directory = stage.broker.world().network.directories.back().directory;
  for (const auto& [message, accepted] : stage.truth.accepted) {
    if (accepted.expires <= stage.loop.now()) continue;
    for (const std::string& desk : accepted.awake) {
      if (proof::find_desk(directory, desk) == nullptr || !stage.looks(desk)) continue;
      if (!stage.truth.shown.contains({message, desk}))
        return desk + " never got " + short_name(message) + ", which was accepted for it";
    }
  }
  return {};
}

// The log only grew.
std::string log_only_grew(const Stage& stage) {
  const broker::Ledger& ledger = stage.broker.ledger();
  const auto newest = stage.truth.heads.empty() ? std::optional<SignedHead>{} : stage.truth.heads.back();
  for (const SignedHead& seen : stage.truth.heads) {
    if (seen.head.size == 0 || seen.head.size == newest->head.size) continue;
    const Reply growth = ledger.growth({}, seen.head.size, newest->head.size);
    if (growth.code != Code::ok || growth.items.empty() ||
        !proof::extends(newest->head, seen.head, proof::path_in(growth.items.back().body)))
      return "the log does not grow out of the head of " + std::to_string(seen.head.size);
  }
  return {};
}

// Every step that a named melder reads is in the log, under the head that is signed now.
std::string steps_are_proved(const Stage& stage) {
  std::optional<SignedHead> head;
  const broker::World& world = stage.broker.world();
  const Hash& log = world.network.directories.back().directory.log_id;
  for (const auto& [message, accepted] : stage.truth.accepted) {
    if (!accepted.named || accepted.obliged.empty()) continue;
    const Reply reply = stage.broker.ledger().follow(gemeente, message);
    if (reply.items.empty()) return short_name(message) + " cannot be followed";
    for (const Item& item : reply.items) {
      const auto step = decode_status(item.body);
      if (!step) return "a step of " + short_name(message) + " cannot be read";
      const LeafKind kind = step->step == StatusEntry::Step::accepted   ? LeafKind::accepted
                            : step->step == StatusEntry::Step::received ? LeafKind::receipt
                            : step->step == StatusEntry::Step::outcome  ? LeafKind::outcome
                                                                        : LeafKind::escalation;
      const Hash leaf = proof::log_leaf(kind, step->salt, step->statement);
      if (!head && proof::proves(step->proof, leaf, world.network.id, log, stage.cast.log_key().key()))
        head = step->proof.head;
      if (!head || step->proof.head != *head ||
          !proof::includes(leaf, step->proof.index, head->head, step->proof.path))
        return "a step of " + short_name(message) + " is not in the log";
    }
  }
  return {};
}

// The notes of the broker on the days of the board that are closed.
std::set<Bytes> notes_on_board(const broker::Ledger& ledger, const Bytes& key) {
  std::set<Bytes> statements;
  const Reply days = ledger.board(0);
  if (days.items.size() != 2) return statements;
  for (std::uint64_t day = days.items[0].cursor; day <= days.items[1].cursor; ++day) {
    const Reply shown = ledger.board(day);
    if (shown.items.size() != 3) continue;
    for (ByteView cells = shown.items[2].body; cells.size() >= cell_size; cells = cells.subspan(cell_size)) {
      const auto text = board::open_cell(key, Day(static_cast<std::uint32_t>(day)), cells.first(cell_size));
      if (!text || (*text)[0] != std::byte{0}) continue;
      Unpacker in(ByteView(*text).subspan(1));
      const auto note = decode_status_note(in.sized(cell_text));
      if (note) statements.insert(note->statement);
    }
  }
  return statements;
}

// Who holds the words of a message reads on the board all that became of it until yesterday.
std::string board_tells_all(const Stage& stage) {
  const broker::Ledger& ledger = stage.broker.ledger();
  const Day today = Day::of(stage.broker.clock(stage.loop.now()) - stage.ahead);
  std::string broken;
  (void)stage.broker.store().read([&](const store::Reader& reader) -> Result<Done> {
    for (const auto& [message, accepted] : stage.truth.accepted) {
      if (accepted.named) continue;
      const auto shown = notes_on_board(ledger, accepted.cell_key);
      const auto steps = reader.scan(broker::status_table, message.bytes(), {}, 1000);
      for (const store::Record& record : *steps) {
        const auto step = broker::decode_stored_status(record.value);
        if (step->step == StatusEntry::Step::accepted || Day::of(step->at) >= today) continue;
        if (!shown.contains(step->statement))
          broken = "a step of " + short_name(message) + " is not on the board";
      }
    }
    return Done{};
  });
  return broken;
}

}  // namespace

std::string broken_at_end(const Stage& stage) {
  for (const auto promise : {everybody_has_theirs, log_only_grew, steps_are_proved, board_tells_all}) {
    if (auto broken = promise(stage); !broken.empty()) return broken;
  }
  return {};
}

}  // namespace seinhuis::simulation
