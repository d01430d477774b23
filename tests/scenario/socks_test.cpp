#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "scenario/doors.h"

// Through a SOCKS5 proxy that works, is down, refuses, or dies: the process lives, and the answer is
// "unreachable".
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

constexpr auto short_patience = std::chrono::milliseconds(700);

enum class Proxy : std::uint8_t { works, wants_words, refuses, dies_while_greeting };

// A proxy on the loopback, good for one test.
class SocksServer {
 public:
  explicit SocksServer(Proxy how) : how_(how), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof here;
    auto* address = reinterpret_cast<sockaddr*>(&here);
    REQUIRE(::bind(listener_, address, sizeof here) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    REQUIRE(::getsockname(listener_, address, &size) == 0);
    port_ = ntohs(here.sin_port);
    thread_ = std::jthread([this] { serve(); });
  }
  ~SocksServer() {
    ::shutdown(listener_, SHUT_RDWR);
    ::close(listener_);
  }
  SocksServer(const SocksServer&) = delete;
  SocksServer& operator=(const SocksServer&) = delete;
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  bool was_told_words() const { return words_; }

 private:
  void serve() {
    for (;;) {
      const int near = ::accept(listener_, nullptr, nullptr);
      if (near < 0) return;
      pairs_.emplace_back([this, near] { talk(near); });
    }
  }
  static std::string take(int fd, std::size_t size) {
    std::string text(size, 0);
    return ::recv(fd, text.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size) ? text : "";
  }
  static void give(int fd, const std::string& text) {
    (void)::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
  }

  void talk(int near) {
    const std::string hello = take(near, 4);
    if (how_ == Proxy::dies_while_greeting || hello.empty()) return void(::close(near));
    give(near, how_ == Proxy::wants_words ? std::string("\x05\x02") : std::string("\x05\x00", 2));
    if (how_ == Proxy::wants_words) {
      words_ = take(near, 2 + 32 + 1 + 32).size() == 67;
      give(near, std::string("\x01\x00", 2));
    }
    const std::string head = take(near, 5);
    if (head.size() != 5) return void(::close(near));
    const std::string rest = take(near, static_cast<std::size_t>(head[4]) + 2);
    const std::string host = rest.substr(0, rest.size() - 2);
    sockaddr_in target{};
    target.sin_family = AF_INET;
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    target.sin_port =
        htons(static_cast<std::uint16_t>(static_cast<unsigned char>(rest[rest.size() - 2]) << 8U |
                                         static_cast<unsigned char>(rest[rest.size() - 1])));
    const int far = ::socket(AF_INET, SOCK_STREAM, 0);
    const bool there = how_ != Proxy::refuses && host == "127.0.0.1" &&
                       ::connect(far, reinterpret_cast<sockaddr*>(&target), sizeof target) == 0;
    give(near, std::string("\x05", 1) + (there ? '\0' : '\4') + std::string("\0\1\0\0\0\0\0\0", 8));
    if (there) {
      std::jthread back([=] { pump(far, near); });
      pump(near, far);
    }
    ::shutdown(far, SHUT_RDWR);
    ::close(near);
  }
  static void pump(int from, int to) {
    std::array<char, 4096> buffer{};
    for (;;) {
      const ssize_t got = ::recv(from, buffer.data(), buffer.size(), 0);
      if (got <= 0) break;
      give(to, std::string(buffer.data(), static_cast<std::size_t>(got)));
    }
    ::shutdown(to, SHUT_RDWR);
  }

  Proxy how_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> words_ = false;
  std::vector<std::jthread> pairs_;
  std::jthread thread_;
};

}  // namespace

SCENARIO("what names nobody goes through a proxy that works") {
  Doors doors;
  const Proxy how = GENERATE(Proxy::works, Proxy::wants_words);
  SocksServer proxy(how);
  const auto link = doors.connect_unnamed(proxy.address());
  for (int n = 0; n < 3; ++n) CHECK(must(link->ask({}, patience)).text == broker::anonymous_peer);
}

SCENARIO(
    "F16: a proxy that is down, refuses or dies does not end the process: libzmq 4.3.4 would abort on "
    "close") {
  Doors doors;
  const Proxy how = GENERATE(Proxy::refuses, Proxy::dies_while_greeting);
  SocksServer proxy(how);
  for (const std::string& address :
       {proxy.address(), std::string("127.0.0.1:1"), std::string("no.such.host.invalid:9050")}) {
    CAPTURE(address);
    const auto link = doors.connect_unnamed(address);
    const auto reply = link->ask({}, short_patience);
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == Errc::unreachable);
  }
}

SCENARIO("a proxy that is no address is refused before anything is sent") {
  Doors doors;
  for (const char* wrong : {"9050", "tor", ":9050", "127.0.0.1:0", "127.0.0.1:99999"}) {
    CAPTURE(wrong);
    CHECK(client::connect_unnamed(doors.transport().anonymous_endpoint(), doors.key(), wrong).error().code ==
          Errc::malformed);
  }
}
