#include "scenario/doors.h"
#include "scenario/names.h"

// The two doors of a broker, over real sockets.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

constexpr auto refused = std::chrono::milliseconds(500);  // a door that stays shut gives no answer

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
