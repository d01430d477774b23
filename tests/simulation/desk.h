#pragma once

#include "simulation/stage.h"

namespace seinhuis::simulation {

// How a desk deals with what it gets.
enum class Temper : std::uint8_t {
  prompt,  // picks up, takes up, closes
  slow,    // the same, and late
  silent,  // picks up and says nothing
  absent,  // does not even look
  noisy,   // says things twice, with numbers that it used
  failing  // cannot open what it gets
};

// Takes in, receipts and answers, as often as it takes.
class Desk {
 public:
  Desk(Stage& stage, std::string name, Temper temper, std::chrono::milliseconds round);
  void begin() { look(); }
  const std::string& name() const { return name_; }
  Temper temper() const { return temper_; }
  bool has(const MessageId& message) const { return inbox_.contains(message); }

 private:
  struct Held {
    Delivery delivery;
    Prologue prologue;
    Hash h0 = Hash::zero();
    std::uint32_t seq = 0;
    bool closed = false;  // it has said its last word, and was heard
  };

  void look();
  void take(const Delivery& delivery);
  void check_awake(const Delivery& delivery, const MessageId& message);
  void receipt(const Delivery& delivery, const Hash& h0);
  void answer(const MessageId& message, Status status);
  // One outcome on its way to the broker.
  struct Saying {
    MessageId message = MessageId::zero();
    OutcomeStatement outcome;
    std::optional<broker::Admitted> feedback;  // where its melder is named
    bool heard = false;
  };
  void say(const std::shared_ptr<Saying>& saying, int attempts);
  std::optional<Reply> deliver(SimBroker& broker, const Saying& saying);

  Stage& stage_;
  std::string name_;
  Temper temper_;
  std::chrono::milliseconds round_;  // between two looks
  std::map<MessageId, Held> inbox_;  // durable
};

}  // namespace seinhuis::simulation
