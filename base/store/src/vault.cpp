#include "seinhuis/store/vault.h"

#include <sodium.h>

#include "seinhuis/base/files.h"
#include "seinhuis/base/packed.h"

namespace seinhuis::store {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t head_size = 4;
constexpr std::size_t max_keys_file = 1U << 20U;

Bytes place(Table table, ByteView key) {
  Bytes aad;
  aad.reserve(key.size() + 2);
  aad.push_back(static_cast<std::byte>(table));
  append(aad, key);
  aad.push_back(std::byte{version});
  return aad;
}

}  // namespace

Result<std::unique_ptr<Vault>> Vault::open(std::filesystem::path file, Random& random) {
  std::unique_ptr<Vault> vault(new Vault(std::move(file), random));
  if (const auto loaded = vault->load(); !loaded) return loaded.error();
  return vault;
}

Result<Done> Vault::load() const {
  auto content = read_private_file(file_, max_keys_file);
  if (!content && content.error().code == Errc::absent) return Done{};
  if (!content) return content.error();
  std::map<Shelf, RecordKey> keys;
  Unpacker in(*content);
  in.label("store-keys");
  const auto count = in.number<std::uint32_t>();
  for (std::uint32_t n = 0; n < count && !in.failed(); ++n) {
    const Shelf shelf{in.number<std::uint8_t>(), in.number<std::uint16_t>()};
    const ByteView raw = in.bytes(RecordKey::size);
    if (in.failed()) break;
    keys.emplace(shelf,
                 RecordKey::filled([&](std::span<std::byte> out) { std::ranges::copy(raw, out.begin()); }));
  }
  const bool whole = in.ok();
  wipe(*content);
  if (!whole) return Error{Errc::malformed, file_.string() + " is not a file of store keys"};
  keys_ = std::move(keys);
  return Done{};
}

Result<Done> Vault::save() const {
  Packer out;
  out.label("store-keys").number(static_cast<std::uint32_t>(keys_.size()));
  for (const auto& [shelf, key] : keys_) out.number(shelf.retention).number(shelf.month).raw(key.reveal());
  Bytes content = out.take();
  auto written = write_over(file_, content, Readers::owner);
  wipe(content);
  return written;
}

Result<Bytes> Vault::seal(Table table, ByteView key, ByteView value, Shelf shelf) {
  const std::scoped_lock lock(mutex_);
  auto found = keys_.find(shelf);
  if (found == keys_.end()) {  // unless another process drew it: the store's write lock is held here
    if (const auto loaded = load(); !loaded) return loaded.error();
    found = keys_.find(shelf);
  }
  if (found == keys_.end()) {
    found =
        keys_.emplace(shelf, RecordKey::filled([&](std::span<std::byte> out) { random_.fill(out); })).first;
    if (const auto saved = save(); !saved) {
      keys_.erase(found);
      return saved.error();
    }
  }
  used_.insert(shelf);
  Bytes record(head_size + nonce_size + value.size() + tag_size);
  record[0] = std::byte{version};
  record[1] = std::byte{shelf.retention};
  record[2] = static_cast<std::byte>(shelf.month & 0xFFU);
  record[3] = static_cast<std::byte>(shelf.month >> 8U);
  const std::span<std::byte> nonce = std::span(record).subspan(head_size, nonce_size);
  random_.fill(nonce);
  const Bytes aad = place(table, key);
  crypto_aead_xchacha20poly1305_ietf_encrypt(octets(std::span(record)) + head_size + nonce_size, nullptr,
                                             octets(value), value.size(), octets(aad), aad.size(), nullptr,
                                             octets(nonce), octets(found->second.reveal()));
  return record;
}

Shelf Vault::shelf_of(ByteView record) {
  if (record.size() < head_size) return permanent;
  return {std::to_integer<std::uint8_t>(record[1]),
          static_cast<std::uint16_t>(std::to_integer<unsigned>(record[2]) |
                                     std::to_integer<unsigned>(record[3]) << 8U)};
}

void Vault::watch() {
  const std::scoped_lock lock(mutex_);
  used_.clear();
}

Result<Done> Vault::destroy_before(std::uint16_t month) {
  const std::scoped_lock lock(mutex_);
  if (auto loaded = load(); !loaded) return loaded;
  const auto gone = std::erase_if(keys_, [&](const auto& entry) {
    const Shelf& shelf = entry.first;
    return shelf.retention != 0 && shelf.month < month && !used_.contains(shelf);
  });
  if (gone == 0) return Done{};
  auto saved = save();
  if (!saved) (void)load();
  return saved;
}

Result<Bytes> Vault::open(Table table, ByteView key, ByteView record) const {
  const Error altered{Errc::unauthentic, "a stored record does not open in its place"};
  if (record.size() < head_size + nonce_size + tag_size || record[0] != std::byte{version}) return altered;
  const Shelf shelf = shelf_of(record);
  const std::scoped_lock lock(mutex_);
  auto found = keys_.find(shelf);
  if (found == keys_.end() && load()) found = keys_.find(shelf);  // drawn by another process
  if (found == keys_.end()) return Error{Errc::absent, "the key of this record's month is gone"};
  Bytes value(record.size() - head_size - nonce_size - tag_size);
  const Bytes aad = place(table, key);
  const ByteView sealed = record.subspan(head_size + nonce_size);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          octets(std::span(value)), nullptr, nullptr, octets(sealed), sealed.size(), octets(aad), aad.size(),
          octets(record.subspan(head_size)), octets(found->second.reveal())) != 0) {
    return altered;
  }
  return value;
}

}  // namespace seinhuis::store
