#include "seinhuis/client/desk_keys.h"

#include "seinhuis/base/key_file.h"
#include "seinhuis/base/packed.h"

namespace seinhuis::client {
namespace {

constexpr std::uint32_t weeks_ahead = 9;     // this one and the next eight
constexpr std::uint32_t quarters_ahead = 2;  // this one and the next
constexpr std::uint32_t standby_kept = 400;  // days after the quarter: the last deadline of a chain, and more
constexpr std::string_view standby_prefix = "standby-";

Result<Done> save_key(const std::filesystem::path& file, ByteView key) {
  return write_new_file(file, key, Readers::owner);
}

template <class Key>
Key draw(Random& random) {
  return Key::filled([&](std::span<std::byte> out) { random.fill(out); });
}

}  // namespace

Result<DeskKeys> DeskKeys::create(const std::filesystem::path& folder, Random& random) {
  if (auto made = make_folder(folder, Readers::owner); !made) return made.error();
  if (auto made = make_folder(folder / "cards", Readers::owner); !made) return made.error();
  for (const char* name : {"identity.key", "nonce.key", "transport.key"}) {
    const auto key = draw<proof::SigningSeed>(random);
    if (auto saved = save_key(folder / name, key.reveal()); !saved) return saved.error();
  }
  return load(folder);
}

Result<DeskKeys> DeskKeys::load(const std::filesystem::path& folder) {
  auto seed = read_key<proof::SigningSeed>(folder / "identity.key");
  if (!seed) return seed.error();
  auto nonce = read_key<seal::NonceKey>(folder / "nonce.key");
  if (!nonce) return nonce.error();
  auto transport = read_key<TransportSecret>(folder / "transport.key");
  if (!transport) return transport.error();
  DeskKeys keys(folder, proof::Signer(*std::move(seed)), *std::move(nonce), *std::move(transport));
  if (auto loaded = keys.load_cards(); !loaded) return loaded.error();
  return keys;
}

Result<const seal::PseudonymKey*> DeskKeys::pseudonym_key(Random& random) {
  if (pseudonym_) return &*pseudonym_;
  const auto file = folder_ / "pseudonym.key";
  const auto key = draw<seal::PseudonymKey>(random);
  if (auto saved = save_key(file, key.reveal()); !saved && saved.error().code != Errc::conflict)
    return saved.error();
  auto kept = read_key<seal::PseudonymKey>(file);  // the one that was there first
  if (!kept) return kept.error();
  pseudonym_.emplace(*std::move(kept));
  return &*pseudonym_;
}

std::filesystem::path DeskKeys::file_of(Epoch epoch) const {
  const std::string prefix(epoch.first == KeyCard::Use::standby ? standby_prefix : "");
  return folder_ / "cards" / (prefix + std::to_string(epoch.second) + ".key");
}

Result<Done> DeskKeys::load_cards() {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "cards", failed)) {
    if (entry.path().extension() != ".key") continue;
    auto key = read_key<seal::OpeningKey>(entry.path());
    if (!key) return key.error();
    std::string name = entry.path().stem().string();
    const bool standby = name.starts_with(standby_prefix);
    if (standby) name.erase(0, standby_prefix.size());
    const Epoch epoch{standby ? KeyCard::Use::standby : KeyCard::Use::current,
                      static_cast<std::uint32_t>(std::strtoul(name.c_str(), nullptr, 10))};
    const SealingKey sealing = seal::public_of(*key);
    epochs_.insert_or_assign(epoch, sealing);
    opening_.insert_or_assign(sealing, *std::move(key));
  }
  return Done{};
}

Result<KeyCard> DeskKeys::card(const Hash& network, std::string_view desk, Epoch epoch, Random& random) {
  if (!epochs_.contains(epoch)) {
    const auto file = file_of(epoch);
    auto key = draw<seal::OpeningKey>(random);
    if (auto saved = save_key(file, key.reveal()); !saved) {
      if (saved.error().code != Errc::conflict) return saved.error();
      auto made_meanwhile =
          read_key<seal::OpeningKey>(file);  // by another client of this desk: one card an epoch
      if (!made_meanwhile) return made_meanwhile.error();
      key = *std::move(made_meanwhile);
    }
    const SealingKey sealing = seal::public_of(key);
    epochs_.insert_or_assign(epoch, sealing);
    opening_.insert_or_assign(sealing, std::move(key));
  }
  const CardDays days = span_of(epoch.first, epoch.second);
  KeyCard card{network,   std::string(desk), epoch.first,       epoch.second,
               days.from, days.until,        epochs_.at(epoch), Signature::zero()};
  card.signature = signer_.sign(unsigned_bytes(card));  // Ed25519 is deterministic: the same card every time
  return card;
}

Result<std::vector<KeyCard>> DeskKeys::cards(const Hash& network, std::string_view desk, Day today,
                                             Random& random) {
  std::vector<KeyCard> cards;
  for (const auto& [use, ahead] :
       {std::pair(KeyCard::Use::current, weeks_ahead), std::pair(KeyCard::Use::standby, quarters_ahead)}) {
    const std::uint32_t first = epoch_of(use, today);
    for (std::uint32_t number = first; number < first + ahead; ++number) {
      auto made = card(network, desk, {use, number}, random);
      if (!made) return made.error();
      cards.push_back(*std::move(made));
    }
  }
  return cards;
}

Result<Done> DeskKeys::forget(Day today, std::uint32_t life) {
  for (auto at = epochs_.begin(); at != epochs_.end();) {
    const auto& [epoch, sealing] = *at;
    const std::uint32_t kept = epoch.first == KeyCard::Use::standby ? standby_kept : life + 1;
    if (span_of(epoch.first, epoch.second).until.plus(kept) >= today) {
      ++at;
      continue;
    }
    std::error_code failed;
    std::filesystem::remove(file_of(epoch), failed);
    if (failed) return Error{Errc::io, "cannot remove a sealing key that is over: " + failed.message()};
    opening_.erase(sealing);
    at = epochs_.erase(at);
  }
  return Done{};
}

const seal::OpeningKey* DeskKeys::opening_key(const SealingKey& key) {
  auto found = opening_.find(key);
  if (found == opening_.end() && load_cards())
    found = opening_.find(key);  // another client of this desk made it
  return found == opening_.end() ? nullptr : &found->second;
}

}  // namespace seinhuis::client
