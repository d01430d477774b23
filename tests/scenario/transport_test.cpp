#include <zmq.hpp>

#include "scenario/doors.h"
#include "scenario/names.h"

// The two doors of a broker, over real sockets.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

constexpr auto refused = std::chrono::milliseconds(500);  // a door that stays shut gives no answer

// A desk that asks and asks, and reads no answer.
class Deaf {
 public:
  Deaf(Doors& doors, const client::TransportSecret& own) : socket_(context_, zmq::socket_type::dealer) {
    const TransportKey key = client::public_of(own);
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::rcvhwm, 1);
    socket_.set(zmq::sockopt::sndtimeo, static_cast<int>(patience.count()));
    socket_.set(zmq::sockopt::curve_serverkey, zmq::buffer(doors.key().bytes().data(), TransportKey::size));
    socket_.set(zmq::sockopt::curve_publickey, zmq::buffer(key.bytes().data(), TransportKey::size));
    socket_.set(zmq::sockopt::curve_secretkey, zmq::buffer(own.reveal().data(), TransportKey::size));
    socket_.connect(doors.transport().endpoint());
  }
  void ask() { REQUIRE(socket_.send(zmq::buffer(encode(Request{})))); }

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
};

}  // namespace

SCENARIO("a desk is known by its key at its door, and by nothing at the anonymous one") {
  Doors doors;
  const client::TransportSecret& own = doors.world().keys_of(gemeente).transport();
  CHECK(must(doors.connect(doors.transport().endpoint(), own)->ask({}, patience)).text == gemeente);
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
  auto named = doors.connect(doors.transport().endpoint(), doors.world().keys_of(gemeente).transport());
  auto anonymous = doors.connect_unnamed();
  for (int n = 0; n < 20; ++n) {
    CHECK(must(named->ask({}, patience)).text == gemeente);
    CHECK(must(anonymous->ask({}, patience)).text == broker::anonymous_peer);
  }
}

SCENARIO("a message of 255 KiB passes the anonymous door: libzmq counts what CURVE adds") {
  Doors doors;
  Request large;
  large.action = Action::submit;
  large.body.resize((255U << 10U) - 100);
  CHECK(must(doors.connect_unnamed()->ask(large, patience)).text == broker::anonymous_peer);
}

SCENARIO("what is not padded is not heard at the anonymous door") {
  Doors doors;
  const client::TransportSecret& own = doors.world().keys_of(gemeente).transport();
  CHECK_FALSE(doors.connect(doors.transport().anonymous_endpoint(), own)->ask({}, refused));
}

SCENARIO("F19: who does not read loses answers that are counted, and keeps nobody from being served") {
  constexpr int asked = 400;
  Doors doors(1, 64U << 10U);  // a socket of the system holds a few megabytes besides
  WHEN("it goes on asking") {
    Deaf deaf(doors, doors.world().keys_of(gemeente).transport());
    for (int n = 0; n < asked; ++n) deaf.ask();
    auto other = doors.connect(doors.transport().endpoint(), doors.world().keys_of(avim).transport());
    for (int n = 0; n < 10 || doors.transport().unheard() == 0; ++n) {
      REQUIRE(n < asked);
      CHECK(must(other->ask({}, patience)).text == avim);
    }
    CHECK(doors.transport().unheard() < asked);
    THEN("it is served again when it comes back") {
      auto back = doors.connect(doors.transport().endpoint(), doors.world().keys_of(gemeente).transport());
      CHECK(must(back->ask({}, patience)).text == gemeente);
    }
  }
  WHEN("everybody reads") {
    auto desk = doors.connect(doors.transport().endpoint(), doors.world().keys_of(gemeente).transport());
    for (int n = 0; n < 10; ++n) CHECK(must(desk->ask({}, patience)).text == gemeente);
    CHECK(doors.transport().unheard() == 0);
  }
}
