#include "simulation/desk.h"

#include "seinhuis/proof/log.h"

namespace seinhuis::simulation {
namespace {

constexpr int most_attempts = 20;

}  // namespace

Desk::Desk(Stage& stage, std::string name, Temper temper, std::chrono::milliseconds round)
    : stage_(stage), name_(std::move(name)), temper_(temper), round_(round) {}

void Desk::look() {
  stage_.loop.in(round_ / 2 + stage_.chance.within(round_), [this] { look(); });
  if (temper_ == Temper::absent) return;
  stage_.request(
      stage_.broker, name_, "looks",
      [this](SimBroker& broker) {
        return broker.ask({broker::Fetch{name_, 0, 64}, Hash::zero()}, stage_.loop.now());
      },
      [this](const Reply& reply) {
        for (const Item& item : reply.items) {
          const auto delivery = decode_delivery(item.body);
          require(static_cast<bool>(delivery), "what the broker sends can be read");
          take(*delivery);
        }
      });
}

void Desk::take(const Delivery& delivery) {
  const auto prologue = decode_prologue(delivery.prologue);
  require(static_cast<bool>(prologue), "what was accepted can be read");
  const MessageId message = prologue->message;
  const Hash h0 = proof::h0_of(delivery.prologue);
  check_awake(delivery, message);
  const bool fresh = !inbox_.contains(message);
  if (fresh || stage_.mutant == Mutant::no_dedupe) ++stage_.truth.shown[{message, name_}];
  if (fresh) inbox_.emplace(message, Held{delivery, *prologue, h0, 0, false});
  receipt(delivery, h0);
  if (!fresh || prologue->kind == Kind::feedback) return;
  const auto soon = round_ + stage_.chance.within(round_);
  const auto late = soon * 6;
  switch (temper_) {
    case Temper::prompt:
    case Temper::noisy:
      stage_.loop.in(soon, [this, message] { answer(message, Status::opgepakt); });
      stage_.loop.in(soon * 3, [this, message] { answer(message, Status::gesloten); });
      break;
    case Temper::slow:
      stage_.loop.in(late, [this, message] { answer(message, Status::doorgezet); });
      stage_.loop.in(late * 2, [this, message] { answer(message, Status::onvoldoende); });
      break;
    case Temper::silent:
    case Temper::absent:
    case Temper::failing: break;
  }
}

// A slot that slept comes with the escalation that woke it.
void Desk::check_awake(const Delivery& delivery, const MessageId& message) {
  if (delivery.activation == 0) return;
  const auto shown = decode_escalation_proof(delivery.escalation);
  const auto record = shown ? decode_escalation(shown->record) : Result<Escalation>(shown.error());
  if (!record || record->next != name_)
    stage_.truth.wrong = name_ + " was woken for " + short_name(message) + " and not shown why";
}

void Desk::receipt(const Delivery& delivery, const Hash& h0) {
  Receipt made{stage_.broker.world().network.id,
               h0,
               name_,
               Hash::zero(),
               temper_ != Temper::failing,
               Signature::zero()};
  made.record = proof::log_leaf(LeafKind::delivery, delivery.record_salt, delivery.record);
  const auto message = decode_prologue(delivery.prologue)->message;
  stage_.request(
      stage_.broker, name_, "has " + short_name(message),
      [this, made, message](SimBroker& broker) {
        if (made.authentic) stage_.truth.received.insert({message, name_});
        return broker.ask({broker::TakeReceipt{made}, Hash::zero()}, stage_.loop.now());
      },
      [](const Reply&) {});
}

void Desk::answer(const MessageId& message, Status status) {
  Held& held = inbox_.at(message);
  if (held.closed) return;
  const bool again = temper_ == Temper::noisy && held.seq > 0 && stage_.chance.percent(50);
  held.seq += again ? 0 : 1;
  const auto saying = std::make_shared<Saying>();
  saying->message = message;
  saying->outcome = stage_.cast.outcome(held.h0, name_, held.seq, status);
  saying->outcome.manifest = stage_.chance.draw<Hash>();
  if (held.prologue.mode == Mode::identified) {
    const broker::Parent parent{message, held.prologue, held.delivery.prologue, {}, {}};
    saying->feedback = stage_.cast.feedback(parent, saying->outcome, stage_.chance, stage_.loop.now());
    saying->outcome = *saying->feedback->outcome;
    stage_.truth.answers.emplace(saying->feedback->prologue.message, message);
  }
  stage_.truth.said[{message, name_}].push_back(encode(saying->outcome));
  say(saying, most_attempts);
}

// Until it hears what came of it.
void Desk::say(const std::shared_ptr<Saying>& saying, int attempts) {
  if (saying->heard || attempts == 0 || stage_.over) return;
  const OutcomeStatement& outcome = saying->outcome;
  stage_.request(
      stage_.broker, name_,
      "says " + std::string(to_string(outcome.status)) + " " + std::to_string(outcome.seq) + " of " +
          short_name(saying->message),
      [this, saying](SimBroker& broker) { return deliver(broker, *saying); },
      [this, saying](const Reply& reply) {
        if (reply.code == Code::internal || reply.code == Code::full || reply.code == Code::expired) return;
        saying->heard = true;
        const Status status = saying->outcome.status;
        if (reply.code == Code::ok && (status == Status::gesloten || status == Status::onvoldoende))
          inbox_.at(saying->message).closed = true;
      });
  stage_.loop.in(round_, [this, saying, attempts] { say(saying, attempts - 1); });
}

std::optional<Reply> Desk::deliver(SimBroker& broker, const Saying& saying) {
  const Instant now = stage_.loop.now();
  const auto& made = saying.feedback;
  auto reply =
      made ? broker.submit(*made, now)
           : broker.ask({broker::Post{{saying.outcome, {Bytes(part_size)}}, saying.message}, Hash::zero()},
                        now);
  if (!reply || reply->code != Code::ok) return reply;
  auto& taken = stage_.truth.taken[{saying.message, name_}];
  const Bytes raw = encode(saying.outcome);
  if (std::ranges::find(taken, raw) == taken.end()) taken.push_back(raw);
  if (made) {
    Truth::Accepted accepted;
    accepted.h0 = made->digest.h0;
    accepted.named = true;
    accepted.expires = made->prologue.expires;
    for (const Slot& slot : made->submission.slots) accepted.awake.push_back(slot.desk);
    stage_.truth.accepted.try_emplace(made->prologue.message, std::move(accepted));
  }
  return reply;
}

}  // namespace seinhuis::simulation
