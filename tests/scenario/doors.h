#pragma once

#include <thread>

#include "scenario/world.h"
#include "seinhuis/broker/transport.h"

namespace seinhuis::test {

constexpr auto patience = std::chrono::milliseconds(5000);

// A transport before a service that says who asked.
class Doors {
 public:
  // `answers`: not read yet, of one desk; `answer_bytes`: of each, at least.
  explicit Doors(int answers = 1000, std::size_t answer_bytes = 0) {
    const auto clock = world_.clock();
    transport_ = must(broker::Transport::open({"tcp://127.0.0.1:*", "tcp://127.0.0.1:*", answers},
                                              broker::TransportSecret::filled([&](std::span<std::byte> out) {
                                                std::ranges::copy(pair_.secret.reveal(), out.begin());
                                              }),
                                              world_.signed_world(), [clock] { return clock->load(); }));
    server_ = std::jthread([this, answer_bytes](const std::stop_token& stop) {
      (void)transport_->serve(stop, [this, answer_bytes](broker::Asked asked) {
        Reply reply;
        reply.id = must(decode_request(asked.frame)).id;
        reply.text = asked.desk;
        reply.items = {{0, Bytes(answer_bytes)}};
        transport_->tell({{asked.peer, encode(reply)}});
        return true;
      });
    });
  }

  std::unique_ptr<client::Link> connect(const std::string& endpoint, const client::TransportSecret& own) {
    return must(client::connect(endpoint, pair_.key, own));
  }
  std::unique_ptr<client::Link> connect_unnamed(const std::string& proxy = "") {
    return must(client::connect_unnamed(transport_->anonymous_endpoint(), pair_.key, proxy));
  }
  broker::Transport& transport() { return *transport_; }
  World& world() { return world_; }
  const TransportKey& key() const { return pair_.key; }

 private:
  World world_;
  client::TransportPair pair_ = client::new_transport_pair();
  std::unique_ptr<broker::Transport> transport_;
  std::jthread server_;
};

}  // namespace seinhuis::test
