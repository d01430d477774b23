#include "canary_round.h"

#include <algorithm>

#include "seinhuis/client/board.h"
#include "seinhuis/client/obligations.h"
#include "seinhuis/seal/words.h"

namespace seinhuis::tools {
namespace {

constexpr std::size_t looked_at = 8;  // canaries by name whose answer is looked for
constexpr std::size_t max_unnamed = 32;
constexpr std::size_t read_a_day = 3;        // unnamed ones of a mode
constexpr std::uint32_t answered_after = 2;  // days, at the soonest: there, and the day of the answer closed
constexpr std::uint32_t forgotten_after = 30;  // days
constexpr auto answer_time = std::chrono::milliseconds(10'000);

std::string name_of(Mode mode) { return std::string(to_string(mode)); }

// What a canary is closed with: that it was dealt with, or whatever the policy calls it.
std::string reason_in(const bundle::Policy& policy) {
  const auto done = std::ranges::find(policy.reasons, "afgerond", &bundle::Term::id);
  if (done != policy.reasons.end()) return done->id;
  return policy.reasons.empty() ? std::string() : policy.reasons.front().id;
}

}  // namespace

std::vector<std::string> CanaryRound::run() {
  for (const std::string& name : {name_of(Mode::identified), std::string("partner")}) state_.canaries[name];
  std::vector<std::string> problems;
  for (auto step : {&CanaryRound::take_in, &CanaryRound::answer, &CanaryRound::send_named,
                    &CanaryRound::send_unnamed, &CanaryRound::look_at_named, &CanaryRound::read_board}) {
    if (const auto done = (this->*step)(); !done) problems.push_back(done.error().detail);
  }
  return problems;
}

Result<Done> CanaryRound::take_in() {
  client::Client& client = profile_.client();
  auto synced = client.sync();
  if (auto saved = profile_.save_metadata(); !saved) return saved;
  if (!synced) return synced;
  for (;;) {
    const auto taken = client.fetch({});
    if (!taken) return taken.error();
    if (*taken == 0) break;
  }
  const auto inbox = client.inbox();
  if (!inbox) return inbox.error();
  Instant& newest = state_.canaries["partner"].answered;
  for (const client::KeptDelivery& one : *inbox) {
    const bool theirs = one.kind == Kind::signal && one.theme == draft_.theme && one.mode == Mode::identified;
    if (theirs) newest = std::max(newest, one.created);
  }
  return Done{};
}

Result<Done> CanaryRound::answer() {
  client::Client& client = profile_.client();
  const auto owed = client::obligations(client);
  const auto inbox = client.inbox();
  if (!owed || !inbox) return owed ? inbox.error() : owed.error();
  for (const Owed& one : *owed) {
    const auto found = std::ranges::find(*inbox, one.message, &client::KeptDelivery::message);
    if (found == inbox->end() || found->theme != draft_.theme) continue;
    const auto said =
        client.feedback({one.message, Status::gesloten, reason_in(client.policy().source()), {}, false});
    if (!said) return said.error();
  }
  return Done{};
}

Result<std::vector<client::KeptSent>> CanaryRound::canaries_sent() const {
  auto sent = profile_.client().sent();
  if (!sent) return sent;
  std::erase_if(*sent, [&](const client::KeptSent& one) {
    const auto prologue = decode_prologue(one.prologue);
    return one.kind != Kind::signal || !prologue || prologue->theme != draft_.theme;
  });
  std::ranges::reverse(*sent);  // the newest first
  return sent;
}

Result<Done> CanaryRound::send_named() {
  const auto sent = canaries_sent();
  if (!sent) return sent.error();
  if (!sent->empty() && sent->front().created + every_ > now_) return Done{};
  const auto made = profile_.client().send(draft_);
  if (!made) return made.error();
  if (made->kept.state == client::KeptSent::State::refused)
    return Error{Errc::refused, "the broker refuses a canary: " + made->kept.text};
  return Done{};
}

// One a day, by turns: a desk has tokens for one of each mode every other day.
Result<Done> CanaryRound::send_unnamed() {
  client::Client& client = profile_.client();
  if (client.trusted().network.directory_on(client.today())->directory.anonymous_endpoint.empty())
    return Done{};
  for (const Mode mode : {Mode::confidential, Mode::anonymous}) state_.canaries[name_of(mode)];
  if (state_.last_day >= client.today() || state_.unnamed.size() >= max_unnamed) return Done{};
  policy::Draft draft = draft_;
  draft.mode = state_.last_mode == Mode::anonymous ? Mode::confidential : Mode::anonymous;
  auto planned = client.plan(draft);
  if (!planned) return planned.error();
  if (auto hindered = client.hindered(*planned); !hindered) return hindered;
  SystemRandom random;
  const auto words = seal::ReceiptWords::draw(random);
  const auto sent = client.send_unnamed(*std::move(planned), words);
  if (!sent) return sent.error();
  if (sent->kept.state == client::KeptSent::State::refused)
    return Error{Errc::refused, "the broker refuses a canary: " + sent->kept.text};
  state_.unnamed.push_back({draft.mode, client.today(), words.reveal()});
  state_.last_mode = draft.mode;
  state_.last_day = client.today();
  return Done{};
}

Result<Done> CanaryRound::look_at_named() {
  const auto sent = canaries_sent();
  if (!sent) return sent.error();
  Instant& answered = state_.canaries[name_of(Mode::identified)].answered;
  for (std::size_t n = 0; n < std::min(looked_at, sent->size()); ++n) {
    const client::KeptSent& one = (*sent)[n];
    if (one.created <= answered) break;
    if (one.state != client::KeptSent::State::accepted) continue;
    const auto steps = profile_.client().follow(one.message);
    if (!steps) return steps.error();
    const bool closed = std::ranges::any_of(
        *steps, [](const client::Step& step) { return step.entry.step == StatusEntry::Step::outcome; });
    if (closed) answered = one.created;
  }
  return Done{};
}

Result<bool> CanaryRound::is_answered(const UnnamedCanary& one) const {
  const proof::Network& network = profile_.client().trusted().network;
  const auto words = seal::ReceiptWords::parse(one.words);
  if (!words) return words.error();
  auto link = profile_.anonymously()(client::Office::broker);
  if (!link) return link.error();
  const auto steps =
      client::read_board(network, profile_.client().today(), words->keys(network.id),
                         [&](Request request) { return (*link)->ask(std::move(request), answer_time); });
  if (!steps) return steps.error();
  return std::ranges::any_of(*steps, [&](const client::BoardStep& step) {
    return step.outcome && step.readable && step.by != profile_.desk();
  });
}

// The newest that can have an answer first: one that was lost does not stand in the way of those after it.
Result<Done> CanaryRound::look_at_unnamed(Mode mode) {
  std::size_t read = 0;
  for (std::size_t n = state_.unnamed.size(); n-- > 0 && read < read_a_day;) {
    const UnnamedCanary one = state_.unnamed[n];
    if (one.mode != mode || one.day.plus(answered_after) > profile_.client().today()) continue;
    ++read;
    const auto answered = is_answered(one);
    if (!answered) return answered.error();
    if (!*answered) continue;
    Instant& newest = state_.canaries[name_of(mode)].answered;
    newest = std::max(newest, one.day.begins());
    std::erase_if(state_.unnamed,
                  [&](const UnnamedCanary& other) { return other.mode == mode && other.day <= one.day; });
    break;
  }
  return Done{};
}

// The whole board is read for each, so once a day.
Result<Done> CanaryRound::read_board() {
  const Day today = profile_.client().today();
  std::erase_if(state_.unnamed,
                [&](const UnnamedCanary& one) { return one.day.plus(forgotten_after) < today; });
  if (state_.read >= today) return Done{};
  for (const Mode mode : {Mode::confidential, Mode::anonymous}) {
    if (auto looked = look_at_unnamed(mode); !looked) return looked;
  }
  state_.read = today;
  return Done{};
}

}  // namespace seinhuis::tools
