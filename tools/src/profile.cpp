#include "profile.h"

#include "seinhuis/base/files.h"
#include "seinhuis/base/message_id.h"
#include "seinhuis/proof/metadata_folder.h"
#include "seinhuis/seal/pseudonym.h"
#include "seinhuis/store/lmdb.h"
#include "seinhuis/yaml/yaml.h"

namespace seinhuis::tools {
namespace {

constexpr std::size_t gib = std::size_t{1} << 30U;

struct Settings {
  std::string desk;
  std::optional<std::filesystem::path> clock;
  std::size_t store_bytes = gib;
  std::string proxy;  // SOCKS5, for what names nobody
};

Result<Settings> read_settings(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "profile.yaml";
  const auto content = read_file(file, 65536);
  if (!content)
    return Error{content.error().code, content.error().detail + " (is " + folder.string() + " a profile?)"};
  const auto root = yaml::parse(text_of(*content), file.string());
  if (!root) return root.error();
  yaml::Report report;
  const yaml::Fields in(*root, report, {"desk"}, {"clock", "store-gib", "socks"});
  Settings settings{
      in.text("desk"), {}, std::max(1U, in.number("store-gib", 1, 1024)) * gib, in.text("socks")};
  if (in.get("clock") != nullptr) settings.clock = folder / in.text("clock");
  if (!report.ok()) return Error{Errc::malformed, report.text()};
  return settings;
}

}  // namespace

client::Anonymously offices_of(const metadata::Directory& directory, const std::string& proxy) {
  if (directory.anonymous_endpoint.empty()) return {};
  std::string broker = directory.anonymous_endpoint;
  std::string issuer = broker;
  TransportKey broker_key = directory.broker_transport;
  TransportKey issuer_key = broker_key;
  if (const metadata::Notary* notary = proof::find_notary(directory)) {
    issuer = notary->anonymous_endpoint;
    issuer_key = notary->transport;
  }
  return [=](client::Office office) {
    return office == client::Office::issuer ? client::connect_unnamed(issuer, issuer_key, proxy)
                                            : client::connect_unnamed(broker, broker_key, proxy);
  };
}

Result<std::unique_ptr<Profile>> Profile::open(const std::filesystem::path& folder) {
  std::unique_ptr<Profile> profile(new Profile(folder));
  const auto settings = read_settings(folder);
  if (!settings) return settings.error();
  profile->desk_ = settings->desk;
  const auto clock = clock_from(settings->clock);
  if (!clock) return clock.error();
  profile->clock_ = *clock;
  auto keys = client::DeskKeys::load(folder);
  if (!keys) return keys.error();
  profile->keys_ = std::make_unique<client::DeskKeys>(*std::move(keys));
  auto store = store::open_lmdb(folder / "store", settings->store_bytes, profile->random_);
  if (!store) return store.error();
  profile->store_ = *std::move(store);
  auto files = proof::read_metadata(folder / "metadata");
  if (!files) return files.error();
  const auto network =
      proof::verify_as_signed(*files);  // for whom to connect to; the client decides the rest
  if (!network) return network.error();
  if (settings->clock && !network->root.sandbox)
    return Error{Errc::refused, "profile.yaml: 'clock' is for sandboxes only"};
  const metadata::Directory& directory = network->directory_on(Day::of((*clock)()))->directory;
  auto link = client::connect(directory.endpoint, directory.broker_transport, profile->keys_->transport());
  if (!link) return link.error();
  profile->link_ = *std::move(link);
  if (const metadata::Notary* notary = proof::find_notary(directory)) {
    auto other = client::connect(notary->endpoint, notary->transport, profile->keys_->transport());
    if (!other) return other.error();
    profile->notary_ = *std::move(other);
  }
  client::Client::Parts parts{profile->desk_,  *profile->keys_,  *profile->store_,
                              *profile->link_, profile->random_, *clock};
  parts.notary = profile->notary_.get();
  profile->anonymously_ = offices_of(directory, settings->proxy);
  parts.anonymously = profile->anonymously_;
  auto client = client::Client::open(std::move(parts), *std::move(files));
  if (!client) return client.error();
  profile->client_ = *std::move(client);
  return profile;
}

Result<std::string> Profile::handle(const Hash& h0) {
  if (h0.is_zero()) return std::string();
  const auto key = keys_->pseudonym_key(random_);
  return key ? Result<std::string>(seal::message_handle(h0, **key).hex()) : key.error();
}

Result<MessageId> Profile::delivery_called(const std::string& id_or_handle) {
  auto id = MessageId::parse_hex(id_or_handle);
  if (id && *id != without_time(*id)) return id;
  if (!id && !Hash::parse_hex(id_or_handle))
    return Error{Errc::malformed, "--signal must be the 32 hex digits of a signal, or the 64 of its handle"};
  const auto inbox = client_->inbox();
  if (!inbox) return inbox.error();
  for (const client::KeptDelivery& delivery : *inbox) {
    if (id && without_time(delivery.message) == *id) return delivery.message;
    const auto handle = this->handle(delivery.h0);
    if (!handle) return handle.error();
    if (*handle == id_or_handle) return delivery.message;
  }
  return Error{Errc::absent, "no signal in the inbox has this id or handle"};
}

Result<Done> Profile::save_metadata() const {
  return proof::write_metadata(folder_ / "metadata", client_->files());
}

Result<client::DeskKeys> create_profile(const std::filesystem::path& folder, const std::string& desk,
                                        const std::optional<std::string>& clock, Random& random) {
  auto keys = client::DeskKeys::create(folder, random);
  if (!keys) return keys;
  std::string text = "desk: " + desk + "\n";
  if (clock) text += "clock: " + *clock + "\n";
  if (auto written = write_file(folder / "profile.yaml", view(text), Readers::owner); !written)
    return written.error();
  return keys;
}

}  // namespace seinhuis::tools
