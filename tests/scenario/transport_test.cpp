#include "seinhuis/broker/transport.h"

#include <thread>

#include "scenario/world.h"

// The two doors of a broker, over real sockets.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

const std::string desk = "gemeente-groningen/toezicht";
constexpr auto patience = std::chrono::milliseconds(5000);
constexpr auto refused = std::chrono::milliseconds(500);  // a door that stays shut gives no answer

// A transport before a service that says who asked.
class Doors {
 public:
  Doors() {
    const auto clock = world_.clock();
    transport_ = must(broker::Transport::open({"tcp://127.0.0.1:*", "tcp://127.0.0.1:*"},
                                              broker::TransportSecret::filled([&](std::span<std::byte> out) {
                                                std::ranges::copy(pair_.secret.reveal(), out.begin());
                                              }),
                                              world_.signed_world(), [clock] { return clock->load(); }));
    server_ = std::jthread([this](const std::stop_token& stop) {
      (void)transport_->serve(stop, [this](broker::Asked asked) {
        Reply reply;
        reply.id = must(decode_request(asked.frame)).id;
        reply.text = asked.desk;
        transport_->tell({{asked.peer, encode(reply)}});
        return true;
      });
    });
  }

  std::unique_ptr<client::Link> connect(const std::string& endpoint, const client::TransportSecret& own) {
    return must(client::connect(endpoint, pair_.key, own));
  }
  std::unique_ptr<client::Link> connect_unnamed() {
    return must(client::connect_unnamed(transport_->anonymous_endpoint(), pair_.key));
  }
  broker::Transport& transport() { return *transport_; }
  World& world() { return world_; }

 private:
  World world_;
  client::TransportPair pair_ = client::new_transport_pair();
  std::unique_ptr<broker::Transport> transport_;
  std::jthread server_;
};

}  // namespace

SCENARIO("a desk is known by its key at its door, and by nothing at the anonymous one") {
  Doors doors;
  const client::TransportSecret& own = doors.world().keys_of(desk).transport();
  CHECK(must(doors.connect(doors.transport().endpoint(), own)->ask({}, patience)).text == desk);
  CHECK(must(doors.connect_unnamed()->ask({}, patience)).text == broker::anonymous_peer);
}

SCENARIO("a key that nobody enrolled opens the anonymous door only") {
  Doors doors;
  const auto stranger = client::new_transport_pair();
  CHECK_FALSE(doors.connect(doors.transport().endpoint(), stranger.secret)->ask({}, refused));
  CHECK(must(doors.connect_unnamed()->ask({}, patience)).text == broker::anonymous_peer);
}

SCENARIO("answers go back through the door that the question came in by") {
  Doors doors;
  auto named = doors.connect(doors.transport().endpoint(), doors.world().keys_of(desk).transport());
  auto anonymous = doors.connect_unnamed();
  for (int n = 0; n < 20; ++n) {
    CHECK(must(named->ask({}, patience)).text == desk);
    CHECK(must(anonymous->ask({}, patience)).text == broker::anonymous_peer);
  }
}

SCENARIO("what is not padded is not heard at the anonymous door") {
  Doors doors;
  const client::TransportSecret& own = doors.world().keys_of(desk).transport();
  CHECK_FALSE(doors.connect(doors.transport().anonymous_endpoint(), own)->ask({}, refused));
}
