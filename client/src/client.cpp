#include "seinhuis/client/client.h"

#include <algorithm>

#include "continued_log.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/client/newer_metadata.h"
#include "seinhuis/policy/calendar.h"
#include "tables.h"

namespace seinhuis::client {
namespace {

Bytes encode(const proof::Floor& floor) {
  return Packer()
      .number(floor.root)
      .number(floor.timestamp)
      .number(floor.snapshot)
      .number(floor.directory)
      .number(floor.policy)
      .take();
}

proof::Floor decode_floor(ByteView raw) {
  Unpacker in(raw);
  proof::Floor floor;
  floor.root = in.number<std::uint32_t>();
  floor.timestamp = in.number<std::uint32_t>();
  floor.snapshot = in.number<std::uint32_t>();
  floor.directory = in.number<std::uint32_t>();
  floor.policy = in.number<std::uint32_t>();
  return floor;
}

proof::Floor highest(const proof::Floor& a, const proof::Floor& b) {
  return {std::max(a.root, b.root), std::max(a.timestamp, b.timestamp), std::max(a.snapshot, b.snapshot),
          std::max(a.directory, b.directory), std::max(a.policy, b.policy)};
}

}  // namespace

Result<std::unique_ptr<Client>> Client::open(Parts parts, proof::Files files) {
  std::unique_ptr<Client> client(new Client(std::move(parts), {}));
  const auto read = client->parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto kept = reader.get(state_table, view("floor"));
    if (!kept) return kept.error();
    if (*kept) client->floor_ = decode_floor(**kept);
    return Done{};
  });
  if (!read) return read.error();
  auto adopted = client->adopt(files);
  if (!adopted) adopted = client->catch_up(std::move(files));
  if (!adopted) return adopted.error();
  return client;
}

// A desk that was away for long, or ended between raising its floor and saving the files, or while it saved
// them: what it holds is good for finding the broker only.
Result<Done> Client::catch_up(proof::Files files) {
  auto network = proof::verify_as_signed(files);
  if (!network) return network.error();
  auto trusted = make_trusted(*std::move(network));
  if (!trusted) return trusted.error();
  trusted_ = *std::move(trusted);
  files_ = std::move(files);
  const auto refreshed = refresh_metadata();
  if (!refreshed) {
    return Error{refreshed.error().code, "the metadata here is too old to rely on, and newer did not come: " +
                                             refreshed.error().detail};
  }
  return adopt(files_);
}

const policy::Policy& Client::policy() const {
  return *trusted_.policy(trusted_.network.policy_on(today())->version);
}

Sender Client::sender() const {
  return {trusted_,      parts_.desk,   parts_.keys.signer(), parts_.keys.nonce_key(),
          parts_.random, parts_.clock()};
}

Result<Reply> Client::ask(Request request) const {
  return parts_.link.ask(std::move(request), parts_.patience);
}

// Verifies files against the floor; they count, and the floor rises, only when all of it holds.
Result<Done> Client::adopt(proof::Files files) {
  auto network = proof::verify_network(files, floor_, parts_.clock());
  if (!network) return network.error();
  if (!trusted_.network.id.is_zero() && network->id != trusted_.network.id)
    return Error{Errc::unauthentic, "metadata of another network"};
  for (const KeyCard& card : network->cards) {
    if (card.desk != parts_.desk || card.until < today())
      continue;  // keys of weeks that are over are destroyed
    if (parts_.keys.opening_key(card.key) == nullptr) {
      const std::string which = std::to_string(card.epoch) + ", key " + card.key.hex();
      const Alarm alarm{AlarmCode::foreign_card,
                        "a key card in this desk's name that it did not make: epoch " + which,
                        MessageId::zero()};
      if (auto raised = raise(alarm); !raised) return raised;
    }
  }
  proof::Floor floor = network->floor;
  auto trusted = make_trusted(*std::move(network));
  if (!trusted) return trusted.error();
  auto kept = parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    const auto raised = writer.get(state_table, view("floor"));  // by another process of this desk
    if (!raised) return raised.error();
    if (*raised) floor = highest(floor, decode_floor(**raised));
    return writer.put(state_table, view("floor"), encode(floor), store::permanent);
  });
  if (!kept) return kept;
  if (trusted_.network.root.logs != trusted->network.root.logs) cursor_ = 0;  // of the queue before a restore
  trusted_ = *std::move(trusted);
  floor_ = floor;
  files_ = std::move(files);
  return Done{};
}

// Whoever keeps showing the same timestamp hides what was published since: its end is the end of trust.
Result<Done> Client::check_fresh() const {
  const Instant until = trusted_.network.timestamp.expires_at;
  if (parts_.clock() < until) return Done{};
  return Error{Errc::stale, "timestamp: expired at " + utc_text(until) + ", and no newer one came"};
}

Result<Done> Client::refresh() {
  if (auto refreshed = refresh_metadata(); !refreshed) return refreshed;
  if (auto checked = ContinuedLog(*this).check(); !checked) return checked;
  if (auto checked = check_signed_head(); !checked) return checked;
  return check_witness();
}

Result<Done> Client::send_waiting() {
  Result<Done> first = Done{};
  for (const auto step :
       {&Client::upload_cards, &Client::flush, &Client::flush_unnamed, &Client::flush_postings,
        &Client::check_postings, &Client::supplement, &Client::report_alarms, &Client::check_promises,
        &Client::fetch_tokens_when_due, &Client::forget_old}) {
    if (auto done = (this->*step)(); !done && first) first = done;
  }
  return first;
}

Result<Done> Client::sync() {
  if (auto refreshed = refresh(); !refreshed) return refreshed;
  return send_waiting();
}

Result<Done> Client::refresh_metadata() {
  auto fresh = newer_metadata(files_, trusted_.network.root.version,
                              [this](Request request) { return ask(std::move(request)); });
  if (!fresh) return fresh.error();
  if ((*fresh)["timestamp"] == files_["timestamp"]) return check_fresh();
  return adopt(*std::move(fresh));
}

Result<Done> Client::upload_cards() {
  const auto cards = parts_.keys.cards(trusted_.network.id, parts_.desk, today(), parts_.random);
  if (!cards) return cards.error();
  for (const KeyCard& card : *cards) {
    if (std::ranges::find(trusted_.network.cards, card) != trusted_.network.cards.end()) continue;
    Request request;
    request.action = Action::card;
    request.body = seinhuis::encode(card);
    const auto reply = ask(std::move(request));
    if (!reply) return reply.error();
    if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
    if (reply->code != Code::ok) return Error{Errc::refused, "the broker refuses a key card: " + reply->text};
  }
  std::uint32_t life = 0;
  for (const auto& [version, known] : trusted_.policies)
    life = std::max(life, policy::message_life(known->source()));
  return parts_.keys.forget(today(), life);
}

Statement Client::attest(Statement statement) const {
  statement.network = trusted_.network.id;
  statement.issuer = parts_.desk;
  std::ranges::sort(statement.to);
  std::ranges::sort(statement.purposes);
  statement.signature = parts_.keys.signer().sign(unsigned_bytes(statement));
  return statement;
}

}  // namespace seinhuis::client
