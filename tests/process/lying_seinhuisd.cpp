#include <unistd.h>

#include <iostream>
#include <thread>

#include "daemon_config.h"
#include "seinhuis/base/file_clock.h"
#include "seinhuis/base/files.h"
#include "seinhuis/broker/transport.h"
#include "seinhuis/proof/metadata_folder.h"
#include "seinhuis/store/lmdb.h"
#include "support_plain.h"

// A broker made of the real parts that keeps one field more than the policy says from every delivery. Serves
// until it is killed.
using namespace seinhuis;
using test::must;

namespace {

template <class Key>
Key key_in(const std::filesystem::path& file) {
  const Bytes raw = must(read_private_file(file, 64));
  return Key::filled([&](std::span<std::byte> out) { std::ranges::copy(raw, out.begin()); });
}

Bytes with_a_field_less(const Bytes& frame) {
  auto reply = decode_reply(frame);
  if (!reply) return frame;
  for (Item& item : reply->items) {
    auto delivery = decode_delivery(item.body);
    if (!delivery || delivery->passed.empty()) continue;
    delivery->passed.pop_back();
    item.body = encode(*delivery);
  }
  return encode(*reply);
}

int run(const std::string& file) {
  const auto config = must(broker::read_config(file));
  const Clock clock = must(clock_from(config.clock));
  SystemRandom random;
  const proof::Signer log_key(key_in<proof::SigningSeed>(config.signing_key));
  const auto secret = key_in<broker::TransportSecret>(config.transport_key);
  const auto store = must(store::open_lmdb(config.store, config.map_megabytes << 20U, random));
  broker::CurrentWorld world(
      must(broker::make_world(must(proof::read_metadata(config.metadata)), {}, clock())));
  broker::Ledger ledger(*store, log_key, {});
  const auto transport = must(broker::Transport::open(
      {world.get()->network.directories.back().directory.endpoint, {}}, secret, world, clock));
  broker::Service service(world, ledger, clock, random, {}, [&](std::vector<broker::Told> told) {
    for (broker::Told& one : told) one.frame = with_a_field_less(one.frame);
    transport->tell(std::move(told));
  });
  std::jthread server([&](const std::stop_token& stop) {
    (void)transport->serve(stop, [&](broker::Asked asked) { return service.offer(std::move(asked)); });
  });
  std::cout << "ready " << transport->endpoint() << " (lying)" << std::endl;
  return ::pause();
}

}  // namespace

int main(int argc, char** argv) try {
  return argc == 3 ? run(argv[2]) : 2;  // --config FILE
} catch (const std::exception& broken) {
  std::cerr << broken.what() << '\n';
  return 1;
}
