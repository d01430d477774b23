#include "socks.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sodium.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <thread>
#include <utility>

#include "seinhuis/base/bytes.h"

namespace seinhuis::client {
namespace {

constexpr int handshake_ms = 60'000;  // a Tor circuit may take long
constexpr std::size_t piece = 65536;

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& from) noexcept : fd_(std::exchange(from.fd_, -1)) {}
  Fd& operator=(Fd&& from) noexcept {
    std::swap(fd_, from.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

Result<Address> parse(std::string text) {
  const Error wrong{Errc::malformed, "'" + text + "' is not HOST:PORT"};
  if (text.starts_with("tcp://")) text = text.substr(6);
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon > 255) return wrong;
  const std::string port = text.substr(colon + 1);
  const bool digits =
      !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  const unsigned long number = digits ? std::stoul(port) : 0;
  if (number == 0 || number > 65535) return wrong;
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return Address{std::move(host), static_cast<std::uint16_t>(number)};
}

sockaddr* generic(sockaddr_in& address) {
  return reinterpret_cast<sockaddr*>(&address);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}

class Relay final : public SocksRelay {
 public:
  Relay(Address proxy, Address target, Fd listener, std::uint16_t port)
      : proxy_(std::move(proxy)),
        target_(std::move(target)),
        listener_(std::move(listener)),
        stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        port_(port),
        thread_([this] { serve(); }) {}
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  ~Relay() override {
    const std::uint64_t one = 1;
    (void)!::write(stop_.get(), &one, sizeof one);
    thread_.join();
  }
  std::string endpoint() const override { return "tcp://127.0.0.1:" + std::to_string(port_); }

 private:
  // One connection at a time: libzmq has one, and makes it anew when it ends.
  void serve() {
    while (ready(listener_.get(), POLLIN, -1)) {
      const Fd near(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!near) continue;
      const Fd far = dial();
      if (far && greet(far.get())) carry(near.get(), far.get());
    }
  }

  // False when the relay ends, or nothing happens in time.
  bool ready(int fd, short events, int milliseconds) const {
    std::array<pollfd, 2> fds{{{fd, events, 0}, {stop_.get(), POLLIN, 0}}};
    return ::poll(fds.data(), fds.size(), milliseconds) > 0 && fds[1].revents == 0;
  }

  Fd dial() const {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(proxy_.host.c_str(), std::to_string(proxy_.port).c_str(), &hints, &found) != 0)
      return Fd();
    Fd socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const bool begun =
        socket && (::connect(socket.get(), found->ai_addr, found->ai_addrlen) == 0 || errno == EINPROGRESS);
    ::freeaddrinfo(found);
    int error = 0;
    socklen_t size = sizeof error;
    const bool there = begun && ready(socket.get(), POLLOUT, handshake_ms) &&
                       ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
    return there ? std::move(socket) : Fd();
  }

  bool send_all(int fd, ByteView bytes) const {
    while (!bytes.empty()) {
      if (!ready(fd, POLLOUT, handshake_ms)) return false;
      const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN) return false;
      if (sent > 0) bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
  }
  std::optional<Bytes> read_all(int fd, std::size_t size) const {
    Bytes bytes(size);
    for (std::size_t at = 0; at < size;) {
      if (!ready(fd, POLLIN, handshake_ms)) return std::nullopt;
      const ssize_t got = ::recv(fd, bytes.data() + at, size - at, 0);
      if (got == 0 || (got < 0 && errno != EAGAIN)) return std::nullopt;
      if (got > 0) at += static_cast<std::size_t>(got);
    }
    return bytes;
  }

  // RFC 1928, sections 3, 4 and 6; RFC 1929.
  bool greet(int far) const {
    const auto byte = [](auto value) { return static_cast<std::byte>(value); };
    if (!send_all(far, Bytes{byte(5), byte(2), byte(0), byte(2)})) return false;
    const auto method = read_all(far, 2);
    if (!method || (*method)[0] != byte(5)) return false;
    if ((*method)[1] == byte(2) && !authenticate(far)) return false;
    if ((*method)[1] != byte(2) && (*method)[1] != byte(0)) return false;
    Bytes wanted{byte(5), byte(1), byte(0), byte(3), byte(target_.host.size())};
    append(wanted, view(target_.host));
    wanted.push_back(byte(target_.port >> 8U));
    wanted.push_back(byte(target_.port & 0xFFU));
    if (!send_all(far, wanted)) return false;
    const auto reply = read_all(far, 5);
    if (!reply || (*reply)[1] != byte(0)) return false;
    const auto kind = std::to_integer<std::size_t>((*reply)[3]);
    const std::size_t rest = kind == 1 ? 3 : kind == 4 ? 15 : std::to_integer<std::size_t>((*reply)[4]);
    return read_all(far, rest + 2).has_value();
  }
  bool authenticate(int far) const {
    Bytes words{std::byte{1}};
    for (int n = 0; n < 2; ++n) {
      Bytes word(16);
      randombytes_buf(word.data(), word.size());
      words.push_back(static_cast<std::byte>(word.size() * 2));
      append(words, view(encode_hex(word)));
    }
    if (!send_all(far, words)) return false;
    const auto answer = read_all(far, 2);
    return answer && (*answer)[1] == std::byte{0};
  }

  // Until either side ends.
  void carry(int near, int far) const {
    Bytes buffer(piece);
    for (;;) {
      std::array<pollfd, 3> fds{{{near, POLLIN, 0}, {far, POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
      if (::poll(fds.data(), fds.size(), -1) < 0 || fds[2].revents != 0) return;
      for (const auto& [from, to] : {std::pair(0, far), std::pair(1, near)}) {
        if (fds.at(static_cast<std::size_t>(from)).revents == 0) continue;
        const ssize_t got =
            ::recv(fds.at(static_cast<std::size_t>(from)).fd, buffer.data(), buffer.size(), 0);
        if (got == 0 || (got < 0 && errno != EAGAIN)) return;
        if (got > 0 && !send_all(to, ByteView(buffer).first(static_cast<std::size_t>(got)))) return;
      }
    }
  }

  Address proxy_;
  Address target_;
  Fd listener_;
  Fd stop_;
  std::uint16_t port_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<SocksRelay>> SocksRelay::open(const std::string& proxy, const std::string& target) {
  auto by = parse(proxy);
  if (!by) return by.error();
  auto to = parse(target);
  if (!to) return to.error();
  Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof here;
  if (!listener || ::bind(listener.get(), generic(here), sizeof here) != 0 ||
      ::listen(listener.get(), 4) != 0 || ::getsockname(listener.get(), generic(here), &size) != 0)
    return Error{Errc::io, "no port on the loopback for the way through " + proxy};
  return std::unique_ptr<SocksRelay>(
      std::make_unique<Relay>(*std::move(by), *std::move(to), std::move(listener), ntohs(here.sin_port)));
}

}  // namespace seinhuis::client
