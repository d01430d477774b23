#include "bench/way.h"

#include <chrono>

#include "support_plain.h"

namespace seinhuis::bench {

std::vector<double> run(Way& way, const std::string& desk, const std::vector<Bytes>& frames,
                        const std::function<void(const Reply&)>& take) {
  using Steady = std::chrono::steady_clock;
  constexpr std::size_t window = 900;  // below what the broker's socket lets a peer have under way
  std::vector<double> latencies;
  std::vector<Steady::time_point> begun(frames.size());
  std::size_t next = 0;
  while (latencies.size() < frames.size()) {
    while (next < frames.size() && next - latencies.size() < window) {
      begun[next] = Steady::now();
      if (!way.ask(desk, frames[next])) break;
      ++next;
    }
    for (const Bytes& frame : way.answers(desk)) {
      const Reply reply = test::must(decode_reply(frame));
      if (reply.code != Code::ok) throw std::runtime_error(std::string("refused: ") + reply.text);
      latencies.push_back(std::chrono::duration<double, std::milli>(Steady::now() - begun[reply.id]).count());
      take(reply);
    }
  }
  return latencies;
}

Bytes encoded(Request request, std::size_t id) {
  request.id = id;
  return encode(request);
}

}  // namespace seinhuis::bench
