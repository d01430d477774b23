#pragma once

#include "wallet.h"

namespace seinhuis::client {

// Sends messages that name nobody: durable first, over a connection of their own, paid with a token;
// forgotten once they are accepted.
class Unnamed {
 public:
  explicit Unnamed(Client& client) : client_(client) {}

  // Why this desk cannot send that now; nothing when it can.
  Result<std::optional<Error>> hindered(const Planned& planned) const;
  Result<Client::Sent> send(Planned planned, const seal::ReceiptWords& words);
  // What need not wait for its frame. Fails with unreachable, busy or full: it waits on.
  Result<Done> flush();
  // Once a day, at a random moment: the oldest that waits, or what looks the same to who watches
  // (frames.cpp).
  Result<Done> frame_when_due();

  // How many organisations have tokens of a class, as last read.
  Result<std::uint32_t> crowd(const std::string& role_class) const;

 private:
  Result<std::optional<Error>> too_few(const std::string& role_class) const;
  // One message on its way.
  struct Waiting {
    bool at_once = true;  // else it rides in a daily frame
    Redemption redemption;
    Bytes admission;  // once the token is spent
    Bytes submission;
  };
  static Bytes encode(const Waiting& waiting);
  static Result<Waiting> decode(ByteView raw);
  Result<Done> pay(store::Writer& writer, Redemption& redemption) const;
  Result<Done> redeem(const MessageId& message, Waiting& waiting) const;
  Result<Reply> ask(Office office, Action action, Bytes body) const;
  struct Outcome {
    Code code = Code::ok;
    std::string text;
    std::string rule;
    Gate gate = Gate::none;
  };
  Result<Outcome> submit(const Waiting& waiting) const;
  Result<Outcome> settle(const MessageId& message, Waiting waiting);
  Result<Done> note_refusal(store::Writer& writer, const Outcome& outcome) const;
  Result<Done> keep(const MessageId& message, const Waiting& waiting) const;
  Result<std::vector<std::pair<MessageId, Waiting>>> waiting() const;
  Result<Done> send_nothing() const;
  Result<Instant> next_frame(Day day) const;
  static Result<Done> set_frame(store::Writer& writer, Instant due);

  Client& client_;
};

}  // namespace seinhuis::client
