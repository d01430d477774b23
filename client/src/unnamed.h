#pragma once

#include "frame.h"
#include "seinhuis/client/pseudonymise.h"
#include "unsealed.h"
#include "wallet.h"

namespace seinhuis::client {

// What an office's answer means for what waits: whether it waits on, and with which error.
bool waits(Code code);
Error later(const Reply& reply);

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
  // (daily_frame.cpp).
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
    std::vector<std::pair<std::string, Error>> unavailable = {};  // as of Sent; not kept
    std::optional<Unsealed> unsealed;  // until its pseudonyms are made; then there is no submission yet
  };
  static Result<Done> put(store::Writer& writer, const MessageId& message, const Waiting& waiting);
  static Result<Waiting> decode(ByteView raw);
  Result<Done> seal(const Planned& planned, const OfWords& words, const FormValues& made, Day written,
                    Waiting& waiting) const;
  Unsealed unsealed(const Planned& planned, OfWords words) const;
  Result<Wallet::Token> token(store::Writer& writer, const TokenKind& kind) const;
  Result<Done> pay(store::Writer& writer, Redemption& redemption) const;
  Result<Bytes> spend(Action action, Bytes redemption) const;
  Result<Done> redeem(const MessageId& message, Waiting& waiting) const;
  // In a frame: what stands before it is asked first.
  Result<Done> in_turn(Action action) const;
  Result<Reply> ask(Office office, Action action, Bytes body) const;
  struct Outcome {
    Code code = Code::ok;
    std::string text;
    std::string rule;
    Gate gate = Gate::none;
    Hash h0 = Hash::zero();
    Hash manifest = Hash::zero();
    std::vector<std::pair<std::string, Error>> unavailable = {};
  };
  Result<Outcome> submit(const Waiting& waiting) const;
  Result<Outcome> settle(const MessageId& message, Waiting waiting);
  Result<Done> note_refusal(store::Writer& writer, const Outcome& outcome) const;
  Result<Done> keep(const MessageId& message, const Waiting& waiting) const;
  Result<std::vector<std::pair<MessageId, Waiting>>> waiting() const;
  // client/src/unnamed_evaluation.cpp
  Result<Done> pay_evaluation(store::Writer& writer, const MessageId& message,
                              EvaluationRedemption& payment) const;
  Result<Done> redeem_evaluation(const MessageId& message, Waiting& waiting) const;
  Result<Bytes> evaluate(const std::string& evaluator, EvaluationRequest request,
                         const EvaluationReceipt& receipt) const;
  Result<Pseudonymised> have_evaluated(const MessageId& message, const Planned& planned,
                                       Waiting& waiting) const;
  bool waits_for(const Error& why, const Waiting& waiting) const;
  Result<Done> make_pseudonyms(const MessageId& message, Waiting& waiting) const;
  // client/src/daily_frame.cpp
  Result<Instant> next_frame(Day day) const;
  static Result<Done> set_frame(store::Writer& writer, Instant due);

  Client& client_;
  Frame* frame_ = nullptr;  // that a message rides in
};

}  // namespace seinhuis::client
