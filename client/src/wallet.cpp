#include "wallet.h"

#include <algorithm>

#include "seinhuis/base/packed.h"
#include "seinhuis/policy/pseudonym.h"
#include "seinhuis/policy/role_class.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/keyset.h"
#include "tables.h"

namespace seinhuis::client {
namespace {

const Error unreadable_tokens{Errc::io, "the tokens of this desk cannot be read"};

// By the issuer's key: tokens of an issuer that was replaced are worth nothing, and others are fetched.
Bytes place_of(const metadata::TokenKey& key) {
  Bytes place = ordered_key(key.kind.epoch);
  place.push_back(static_cast<std::byte>(key.kind.use));
  append(place, Packer().text(key.kind.role_class).bytes());
  append(place, key.key.bytes());
  return place;
}

Bytes place_of(const metadata::TokenKey& key, const TokenNonce& nonce) {
  Bytes place = place_of(key);
  append(place, nonce.bytes());
  return place;
}

}  // namespace

std::vector<TokenKind> Wallet::kinds() const {
  const Day today = client_.today();
  const metadata::Directory& directory = client_.trusted_.network.directory_on(today)->directory;
  const policy::Index own = client_.policy().desk(client_.parts_.desk);
  std::vector<TokenKind> kinds;
  if (own == policy::none) return kinds;
  const std::uint32_t epoch = proof::token_epoch(today);
  for (TokenKind kind :
       {TokenKind{TokenUse::admission, policy::role_class(client_.policy(), own), epoch},
        TokenKind{TokenUse::admission, {}, epoch}, TokenKind{TokenUse::evaluation, {}, epoch}}) {
    if (kind.use == TokenUse::evaluation && !policy::may_have_evaluation_tokens(client_.policy(), own))
      continue;
    if (proof::find_token_key(directory, kind) != nullptr) kinds.push_back(std::move(kind));
  }
  return kinds;
}

// One name for an epoch and who issues in it: an issuer that was replaced is asked too.
Bytes Wallet::issue() const {
  Packer keys;
  for (const TokenKind& kind : kinds()) keys.raw(key_of(kind)->key.bytes());
  const std::string epoch = std::to_string(proof::token_epoch(client_.today()));
  return copy(view("tokens-" + epoch + "-" + proof::h32(keys.bytes()).hex()));
}

const metadata::TokenKey* Wallet::key_of(const TokenKind& kind) const {
  return proof::find_token_key(client_.trusted_.network.directory_on(client_.today())->directory, kind);
}

Result<bool> Wallet::fetched(const metadata::TokenKey& key) const {
  bool there = false;
  const auto read = client_.parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto kept = reader.get(token_batch_table, place_of(key));
    if (!kept) return kept.error();
    there = *kept && (*kept)->empty();
    return Done{};
  });
  if (!read) return read.error();
  return there;
}

// The batch that is on its way, or a new one; nothing when the tokens are here.
Result<std::optional<Wallet::Batch>> Wallet::batch_for(const metadata::TokenKey& key) {
  std::optional<Batch> batch;
  const auto kept = client_.parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    const auto earlier = writer.get(token_batch_table, place_of(key));
    if (!earlier) return earlier.error();
    if (*earlier && (*earlier)->empty()) return Done{};
    batch.emplace();
    if (*earlier) {
      Unpacker in(**earlier);
      for (std::size_t n = 0; n < proof::tokens_of_a_kind && !in.failed(); ++n) {
        batch->nonces.push_back(in.id<TokenNonce>());
        auto blind = proof::parse_secret_scalar(in.bytes(proof::SecretScalar::size));
        if (!blind) return unreadable_tokens;
        batch->blinds.push_back(*std::move(blind));
      }
      return in.ok() ? Result<Done>(Done{}) : unreadable_tokens;
    }
    Packer out;
    for (std::size_t n = 0; n < proof::tokens_of_a_kind; ++n) {
      const auto nonce = client_.parts_.random.draw<TokenNonce>();
      auto blind = proof::voprf::fresh_scalar(client_.parts_.random, proof::token_input(nonce),
                                              client_.parts_.keys.nonce_key().reveal());
      out.raw(nonce.bytes()).raw(blind.reveal());
      batch->nonces.push_back(nonce);
      batch->blinds.push_back(std::move(blind));
    }
    Bytes raw = out.take();
    auto put = writer.put(token_batch_table, place_of(key), raw, store::permanent);
    wipe(raw);
    return put;
  });
  if (!kept) return kept.error();
  return batch;
}

Result<Done> Wallet::keep(const metadata::TokenKey& key, const Batch& batch,
                          const std::vector<proof::Element>& outputs) {
  return client_.parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    const auto there = writer.get(token_batch_table, place_of(key));
    if (!there) return there.error();
    if (*there && (*there)->empty()) return Done{};  // by another process, which may have spent some
    for (std::size_t n = 0; n < outputs.size(); ++n) {
      const auto worth =
          proof::voprf::finalize(proof::token_input(batch.nonces[n]), batch.blinds[n], outputs[n]);
      if (auto put =
              writer.put(token_table, place_of(key, batch.nonces[n]), worth.reveal(), store::permanent);
          !put)
        return put;
    }
    return writer.put(token_batch_table, place_of(key), {}, store::permanent);
  });
}

Result<Done> Wallet::fetch(const TokenKind& kind) {
  const metadata::TokenKey* key = key_of(kind);
  if (key == nullptr) return Error{Errc::absent, "no such tokens are issued"};
  const auto batch = batch_for(*key);
  if (!batch) return batch.error();
  if (!*batch) return Done{};
  std::vector<proof::Element> elements;
  for (std::size_t n = 0; n < (*batch)->nonces.size(); ++n) {
    const auto element = proof::voprf::blind(proof::token_input((*batch)->nonces[n]), (*batch)->blinds[n]);
    if (!element) return element.error();
    elements.push_back(*element);
  }
  TokenRequest wanted{client_.trusted_.network.id, kind, proof::points_of(elements), Signature::zero()};
  wanted.signature = client_.parts_.keys.signer().sign(unsigned_bytes(wanted));
  Request request;
  request.action = Action::tokens;
  request.body = encode(wanted);
  const auto reply = client_.ask_issuer(std::move(request));
  if (!reply) return reply.error();
  if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
  if (reply->code != Code::ok || reply->items.size() != 1) return Error{Errc::refused, reply->text};
  const auto answer = decode_evaluated(reply->items[0].body);
  if (!answer) return Error{Errc::unauthentic, "the issuer's answer cannot be read"};
  auto outputs = proof::outputs_of(key->key, elements, *answer);
  if (!outputs) return Error{Errc::unauthentic, "the issuer did not use the key that the directory names"};
  return keep(*key, **batch, *outputs);
}

Result<std::vector<std::string>> Wallet::crowd(const std::string& role_class, std::uint32_t epoch) {
  Request request;
  request.action = Action::crowd;
  request.name = role_class;
  request.after = epoch;
  const auto reply = client_.ask_issuer(std::move(request));
  if (!reply) return reply.error();
  if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
  if (reply->code != Code::ok) return Error{Errc::refused, reply->text};
  std::vector<std::string> names;
  for (const Item& item : reply->items) names.emplace_back(text_of(item.body));
  const metadata::TokenKey* key = key_of({TokenUse::admission, role_class, epoch});
  const auto own = key == nullptr ? Result<bool>(false) : fetched(*key);
  if (!own) return own.error();
  const std::string organisation(policy::organisation_of(client_.parts_.desk));
  if (*own && std::ranges::find(names, organisation) == names.end())
    return Error{Errc::unauthentic, "the list of who has tokens leaves out " + organisation};
  return names;
}

Result<std::optional<Wallet::Token>> Wallet::take(store::Writer& writer, const metadata::TokenKey& key) {
  const auto found = writer.scan(token_table, place_of(key), {}, 1);
  if (!found) return found.error();
  if (found->empty()) return std::optional<Token>{};
  const store::Record& record = found->front();
  const auto nonce = TokenNonce::parse(ByteView(record.key).last(TokenNonce::size));
  if (!nonce || record.value.size() != proof::voprf::Output::size) return unreadable_tokens;
  if (auto gone = writer.erase(token_table, record.key); !gone) return gone.error();
  return std::optional(Token{*nonce, proof::voprf::Output::filled([&](std::span<std::byte> out) {
                               std::ranges::copy(record.value, out.begin());
                             })});
}

Result<Reply> Client::ask_issuer(Request request) const {
  const metadata::Directory& directory = trusted_.network.directory_on(today())->directory;
  const bool notary = proof::find_notary(directory) != nullptr;
  if (notary && parts_.notary == nullptr) return Error{Errc::unreachable, "no way to the notary"};
  return (notary ? *parts_.notary : parts_.link).ask(std::move(request), parts_.patience);
}

// Some time in the first two days after this desk notices the epoch: when it fetches says nothing either. In
// a sandbox at once.
Result<Done> Client::fetch_tokens_when_due() {
  if (Wallet(*this).kinds().empty()) return Done{};
  const Bytes key = Wallet(*this).issue();
  constexpr auto spread = std::chrono::milliseconds(std::chrono::hours(48));
  std::uint64_t due = 0;  // ms; the end of time once they are here
  auto drawn = parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    const auto kept = writer.get(state_table, key);
    if (!kept) return kept.error();
    if (*kept) {
      due = number_in(**kept);
      return Done{};
    }
    std::array<std::byte, 8> raw{};
    parts_.random.fill(raw);
    const auto wait = trusted_.network.root.sandbox ? 0
                                                    : Unpacker(raw).number<std::uint64_t>() %
                                                          static_cast<std::uint64_t>(spread.count());
    due = static_cast<std::uint64_t>(parts_.clock().time_since_epoch().count()) + wait;
    return writer.put(state_table, key, ordered_key(due), store::permanent);
  });
  if (!drawn) return drawn;
  const auto now = static_cast<std::uint64_t>(parts_.clock().time_since_epoch().count());
  constexpr std::uint64_t never = ~std::uint64_t{0};
  if (due == never) return Wallet(*this).count_crowds_daily();
  if (now < due) return Done{};
  const auto fetched = fetch_tokens();
  if (!fetched && fetched.error().code == Errc::unauthentic) {
    const Alarm alarm{AlarmCode::bad_issuer, fetched.error().detail, MessageId::zero()};
    if (auto raised = raise(alarm); !raised) return raised;
  }
  // An issuer that is away, full or not to be trusted holds nobody up: it is asked again after a while.
  constexpr std::uint64_t pause = 10UL * 60 * 1000;
  return parts_.store.write([&](store::Writer& writer) {
    return writer.put(state_table, key, ordered_key(fetched ? never : now + pause), store::permanent);
  });
}

// How many have tokens, once a day, whether this desk needs to know or not.
Result<Done> Wallet::count_crowds_daily() {
  const Bytes key = copy(view("crowds-counted"));
  bool due = false;
  auto looked = client_.parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto kept = reader.get(state_table, key);
    if (!kept) return kept.error();
    due = !*kept || number_in(**kept) < client_.today().days();
    return Done{};
  });
  if (!looked || !due) return looked;
  for (const TokenKind& kind : kinds()) {
    if (kind.use != TokenUse::admission) continue;
    const auto counted = count_crowd(kind);
    if (!counted && counted.error().code == Errc::unauthentic)
      return client_.raise({AlarmCode::bad_issuer, counted.error().detail, MessageId::zero()});
    if (!counted) return Done{};  // an issuer that is away is asked again with the next synchronisation
  }
  return client_.parts_.store.write([&](store::Writer& writer) {
    return writer.put(state_table, key, ordered_key(client_.today().days()), store::permanent);
  });
}

Result<Done> Client::fetch_tokens() {
  Wallet wallet(*this);
  for (const TokenKind& kind : wallet.kinds()) {
    if (auto done = wallet.fetch(kind); !done) return done;
    if (kind.use != TokenUse::admission) continue;
    if (auto counted = wallet.count_crowd(kind); !counted) return counted;
  }
  return Done{};
}

bool Client::has_tokens() {
  const Wallet wallet(*this);
  const std::vector<TokenKind> kinds = wallet.kinds();
  return std::ranges::all_of(kinds, [&](const TokenKind& kind) { return wallet.holds(kind); });
}

bool Wallet::holds(const TokenKind& kind) const {
  const metadata::TokenKey* key = key_of(kind);
  const auto there = key == nullptr ? Result<bool>(false) : fetched(*key);
  return there && *there;
}

Result<Done> Wallet::count_crowd(const TokenKind& kind) {
  const auto names = crowd(kind.role_class, kind.epoch);
  if (!names) return names.error();
  Bytes key = ordered_key(kind.epoch);
  append(key, view(kind.role_class));
  return client_.parts_.store.write([&](store::Writer& writer) {
    return writer.put(crowd_table, key, Packer().number(static_cast<std::uint32_t>(names->size())).take(),
                      store::permanent);
  });
}

}  // namespace seinhuis::client
