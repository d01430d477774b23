#include "postings.h"

#include <algorithm>

#include "board.h"
#include "owed.h"
#include "seinhuis/proof/board.h"
#include "sender.h"
#include "tables.h"
#include "transaction.h"

// What melders who are not named are answered, and what the broker itself says to them.
namespace seinhuis::broker {

bool says_why(const policy::Policy& policy, const OutcomeStatement& outcome) {
  const auto& reasons = policy.source().reasons;
  if (!outcome.reason.empty())
    return std::ranges::find(reasons, outcome.reason, &bundle::Term::id) != reasons.end();
  return outcome.status != Status::gesloten && outcome.status != Status::onvoldoende;
}

std::variant<Post, Refusal> judge_posting(const World& world, std::string_view desk, Posting posting,
                                          const Known& known, Day today) {
  const OutcomeStatement& outcome = posting.outcome;
  if (outcome.network != world.network.id) return no(Code::wrong_network, "an outcome of another network");
  if (outcome.desk != desk) return no(Code::not_you, "an outcome of another desk");
  const auto* keys = proof::find_desk(world.network.directory_on(today)->directory, desk);
  if (keys == nullptr || outcome.manifest != proof::parts_hash(posting.parts) ||
      !proof::verifies(keys->signer, outcome.signature, unsigned_bytes(outcome)))
    return no(Code::bad_outcome, "the outcome statement is not of this answer");
  const auto parent = known.parent(outcome.parent);
  if (!parent) return no(Code::internal, "the parent cannot be read");
  if (!*parent || (*parent)->prologue.mode == Mode::identified ||
      std::ranges::find((*parent)->recipients, desk) == (*parent)->recipients.end())
    return no(Code::bad_thread, "no message to this desk that is answered on the board");
  if (!says_why(*world.policy(world.network.policy_on(today)->version), outcome))
    return no(Code::bad_outcome, "closing needs a reason code of the policy (WGS art. 1.7 lid 4)");
  return Post{std::move(posting), (*parent)->message};
}

Result<Done> Transaction::tell_melder(const StoredSignal& signal, StatusEntry::Step step,
                                      const std::string& desk, const Bytes& statement, const Hash& salt) {
  StatusNote note{world_.network.id, signal.h0, step, today_, desk, statement, Signature::zero()};
  note.signature = log_key_.sign(unsigned_bytes(note));
  const Bytes text = Packer().sized(encode(note)).take();
  const Hash place = proof::h32(Packer().label("note-cell").raw(salt.bytes()).bytes());
  return post_cell(writer_, signal, CellSort::status, text, place, today_);
}

// How many cells this desk has used to answer the message.
Result<std::uint64_t> Transaction::cells_used(const OutcomeStatement& outcome) const {
  const auto kept = writer_.get(answer_cells_table, joined_key(outcome.parent, desk_tag(outcome.desk)));
  if (!kept) return kept.error();
  return *kept ? big(**kept) : 0;
}

// A retry of what was posted last is answered as it was.
Result<bool> Transaction::posted_before(const Post& post) const {
  const auto steps = writer_.scan(status_table, post.parent.bytes(), {}, 1000);
  if (!steps) return steps.error();
  const Bytes statement = encode(post.posting.outcome);
  return std::ranges::any_of(*steps, [&](const store::Record& record) {
    const auto step = decode_stored_status(record.value);
    return step && step->statement == statement;
  });
}

Result<Done> Transaction::take(const Post& post, const Hash& salt) {
  const OutcomeStatement& outcome = post.posting.outcome;
  const auto before = posted_before(post);
  if (!before) return before.error();
  if (*before) {
    answer(Code::ok, {});
    return Done{};
  }
  const auto fits = has_room(writer_, post.posting.parts.size() * cell_size);
  if (!fits) return fits.error();
  if (!*fits) {
    answer(Code::full, "no room to keep the answer; it was not posted");
    return Done{};
  }
  const auto parent = signal(post.parent);
  if (!parent) return parent.error();
  const auto used = cells_used(outcome);
  if (!used) return used.error();
  const std::uint64_t cells = *used + post.posting.parts.size();
  if (cells > cells_of_a_desk) {
    answer(Code::over_quota, "a desk has 8 cells of the board to answer one message; make it shorter");
    return Done{};
  }
  const auto kept = keep_outcome(outcome, post.parent, salt);
  if (!kept) return kept.error();
  if (kept->code != Code::ok) {
    answer(kept->code, kept->why);
    return Done{};
  }
  const Bytes counter = joined_key(outcome.parent, desk_tag(outcome.desk));
  if (auto put = writer_.put(answer_cells_table, counter, number_key(cells), shelf_until(parent->keep_until));
      !put)
    return put;
  for (std::size_t n = 0; n < post.posting.parts.size(); ++n) {
    const Hash place =
        proof::h32(Packer().label("part").raw(salt.bytes()).number(static_cast<std::uint32_t>(n)).bytes());
    if (auto put = post_cell(writer_, *parent, CellSort::answer, post.posting.parts[n], place, today_); !put)
      return put;
    Bytes owner = posted_key(outcome.parent, outcome.desk, outcome.seq);
    owner.push_back(static_cast<std::byte>(n));
    if (auto noted = note_owner(writer_, place, owner, today_); !noted) return noted;
  }
  if (auto told = tell_melder(*parent, StatusEntry::Step::outcome, outcome.desk, encode(outcome), salt);
      !told)
    return told;
  answer(Code::ok, {});
  return Done{};
}

}  // namespace seinhuis::broker
