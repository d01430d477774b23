#include "sandbox.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "network_admin.h"
#include "notary_admin.h"
#include "profile.h"
#include "seinhuis/base/file_clock.h"
#include "seinhuis/base/files.h"
#include "seinhuis/policy_load/load.h"
#include "seinhuis/proof/metadata_folder.h"

namespace seinhuis::tools {
namespace {

using std::filesystem::path;

bool nobody_listens(std::uint16_t port) {
  const int raw = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (raw < 0) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool bound = ::bind(raw, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(raw);
  return bound;
}

// Ports of this machine that nobody listens on right now, each given once. From below what the kernel gives
// to outgoing connections (32768 on): one of those could hold a port of ours at the moment its daemon starts
// again.
class FreePorts {
 public:
  explicit FreePorts(Random& random) {
    std::array<std::byte, 2> drawn{};
    random.fill(drawn);
    next_ =
        first +
        (std::to_integer<std::uint32_t>(drawn[0]) << 8 | std::to_integer<std::uint32_t>(drawn[1])) % count;
  }
  Result<std::string> endpoint() {
    for (std::uint32_t tried = 0; tried < count; ++tried) {
      const auto port = static_cast<std::uint16_t>(next_);
      next_ = first + (next_ + 1 - first) % count;
      if (nobody_listens(port)) return "tcp://127.0.0.1:" + std::to_string(port);
    }
    return Error{Errc::io, "no free port on 127.0.0.1"};
  }

 private:
  static constexpr std::uint32_t first = 20000;
  static constexpr std::uint32_t count = 12000;
  std::uint32_t next_;
};

Result<Done> write_text(const path& file, const std::string& text, Readers readers) {
  return write_file(file, view(text), readers);
}

Result<Hash> network_id(const path& folder) {
  const auto raw = read_file(folder / "admin" / "directory.pending", metadata::max_bytes);
  if (!raw) return raw.error();
  const auto directory = metadata::decode_directory(*raw);
  if (!directory) return directory.error();
  return directory->network;
}

Result<Done> create_desk(const path& folder, const std::string& desk, const Hash& network, Day day,
                         Random& random) {
  const path home = folder / "desks" / desk;
  if (auto made = make_folder(home.parent_path(), Readers::owner); !made) return made;
  auto keys = create_profile(home, desk, "../../../metadata/sandbox-clock", random);
  if (!keys) return keys.error();
  const auto cards = keys->cards(network, desk, day, random);
  if (!cards) return cards.error();
  return enrol(folder, request_for(desk, *keys, *cards));
}

Result<Done> write_broker(const path& folder) {
  const std::string config =
      "metadata: ../metadata\n"
      "store: store\n"
      "transport-key: transport.key\n"
      "log-key: log.key\n"
      "evaluator: evaluator\n"
      "issuer: issuer\n"
      "clock: ../metadata/sandbox-clock\n";
  if (auto written = write_text(folder / "broker" / "broker.yaml", config, Readers::owner); !written)
    return written;
  std::error_code failed;
  std::filesystem::create_symlink("broker/broker.yaml", folder / "broker.yaml", failed);
  if (failed) return Error{Errc::io, "cannot link broker.yaml: " + failed.message()};
  return Done{};
}

Result<Done> add_notary(const path& folder, const path& policies, Day today, FreePorts& ports,
                        Random& random) {
  const auto endpoint = ports.endpoint();
  if (!endpoint) return endpoint.error();
  const auto anonymous = ports.endpoint();
  if (!anonymous) return anonymous.error();
  const NotaryPlan plan{*endpoint, *anonymous, policies, today, 1, 3, "../metadata/sandbox-clock"};
  const auto request = make_notary(folder / "notary", plan, random);
  return request ? enrol_notary(folder, *request) : request.error();
}

Result<Done> hand_out_metadata(const path& folder) {
  const auto files = proof::read_metadata(folder / "metadata");
  if (!files) return files.error();
  if (std::filesystem::exists(folder / "notary")) {
    if (auto written = proof::write_metadata(folder / "notary" / "metadata", *files); !written)
      return written;
  }
  for (const auto& organisation : std::filesystem::directory_iterator(folder / "desks")) {
    for (const auto& desk : std::filesystem::directory_iterator(organisation)) {
      if (auto written = proof::write_metadata(desk.path() / "metadata", *files); !written) return written;
    }
  }
  return Done{};
}

}  // namespace

Result<Done> create_sandbox(const path& folder, const path& policies, Day day, Random& random,
                            const client::Progress& tell, WithNotary notary) {
  auto loaded = policy::load(policies);
  if (!loaded) return loaded.error();
  FreePorts ports(random);
  const auto endpoint = ports.endpoint();
  if (!endpoint) return endpoint.error();
  const Instant noon = std::chrono::sys_days(std::chrono::days(day.days())) + std::chrono::hours(12);
  const auto anonymous = ports.endpoint();
  if (!anonymous) return anonymous.error();
  const NetworkPlan plan{loaded->bundle.id + "-sandbox", policies, *endpoint, *anonymous, noon, true};
  if (auto created = create_network(folder, plan, random); !created) return created;
  if (auto written =
          write_text(folder / "metadata" / "sandbox-clock", utc_text(noon) + "\n", Readers::everybody);
      !written)
    return written;
  const auto network = network_id(folder);
  if (!network) return network.error();
  std::size_t done = 0;
  for (const bundle::Desk& desk : loaded->bundle.desks) {
    if (auto made = create_desk(folder, desk.name, *network, day, random); !made) return made;
    if (tell) tell(++done, loaded->bundle.desks.size());
  }
  if (notary == WithNotary::yes) {
    if (auto added = add_notary(folder, policies, day, ports, random); !added) return added;
  }
  if (auto published = publish(folder, policies, {}, noon); !published) return published;
  if (auto written = write_broker(folder); !written) return written;
  return hand_out_metadata(folder);
}

Result<Done> advance_sandbox(const path& folder, std::chrono::minutes by, Random& random,
                             RunningBroker broker) {
  const path clock_file = folder / "metadata" / "sandbox-clock";
  const auto clock = file_clock(clock_file);
  if (!clock) return clock.error();
  const auto network = network_id(folder);
  if (!network) return network.error();
  const Instant then = (*clock)() + by;
  Published cards;
  bool running = false;
  if (broker == RunningBroker::ask) {
    auto news = ask_broker(folder, {}, (*clock)());
    if (!news && news.error().code == Errc::unauthentic) return news.error();
    running = static_cast<bool>(news);  // a broker that does not run is no obstacle
    if (news) cards = *std::move(news);
  }
  for (const auto& organisation : std::filesystem::directory_iterator(folder / "desks")) {
    for (const auto& desk : std::filesystem::directory_iterator(organisation)) {
      auto keys = client::DeskKeys::load(desk.path());
      if (!keys) return keys.error();
      const std::string name =
          organisation.path().filename().string() + "/" + desk.path().filename().string();
      const auto own = keys->cards(*network, name, Day::of(then), random);
      if (!own) return own.error();
      for (const KeyCard& card : *own) cards.cards.push_back(encode(card));
    }
  }
  if (auto refreshed = refresh(folder, cards, then); !refreshed) return refreshed;
  if (auto written = write_text(clock_file, utc_text(then) + "\n", Readers::everybody); !written)
    return written;
  if (running) {
    // What desks hold may not be ahead of what the broker serves: they would take that for a rollback.
    if (auto taken = await_broker(folder, then); !taken) return taken;
  }
  return hand_out_metadata(folder);
}

}  // namespace seinhuis::tools
