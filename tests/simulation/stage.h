#pragma once

#include <queue>
#include <set>

#include "seinhuis/wire/token.h"
#include "simulation/sim_broker.h"

// Time, the network, and what really happened: what everybody in a history acts upon.
namespace seinhuis::simulation {

// As histories show a message.
inline std::string short_name(const MessageId& message) { return message.hex().substr(0, 6); }

// What is to happen, in order of time; what is due together, in the order in which it was planned.
class Loop {
 public:
  explicit Loop(Instant begin) : now_(begin) {}
  Instant now() const { return now_; }
  void at(Instant when, std::function<void()> what) {
    planned_.push({std::max(when, now_), next_++, std::move(what)});
  }
  void in(std::chrono::milliseconds later, std::function<void()> what) { at(now_ + later, std::move(what)); }
  bool empty() const { return planned_.empty(); }
  Instant next() const { return planned_.top().when; }
  void move_to(Instant when) { now_ = std::max(now_, when); }
  void step();

 private:
  struct Planned {
    Instant when;
    std::uint64_t number;
    std::function<void()> what;
    bool operator<(const Planned& other) const {
      return std::tie(other.when, other.number) < std::tie(when, number);
    }
  };
  Instant now_;
  std::uint64_t next_ = 0;
  std::priority_queue<Planned> planned_;
};

// How bad the network is.
struct Roads {
  std::size_t lost = 0;   // percent
  std::size_t twice = 0;  // percent
  std::chrono::milliseconds slowest{0};
};

// What really happened, whatever the broker says.
struct Truth {
  struct Accepted {  // the broker has said so
    Hash h0 = Hash::zero();
    bool named = false;
    std::vector<std::string> obliged;
    std::vector<std::string> awake;
    Bytes cell_key;
    Instant expires{};
    bool told = false;  // and the melder has heard it
  };
  using OfDesk = std::pair<MessageId, std::string>;
  std::map<MessageId, Accepted> accepted;
  std::set<OfDesk> received;                   // the desk has said that it has it
  std::map<OfDesk, std::vector<Bytes>> said;   // outcomes that the desk sent
  std::map<OfDesk, std::vector<Bytes>> taken;  // those that the broker answered with ok
  std::map<OfDesk, int> shown;                 // how often somebody at the desk saw it
  std::map<MessageId, MessageId> answers;      // feedback -> what it answers
  std::map<TokenNonce, std::set<Hash>> spent;  // manifests for which there is a receipt
  std::vector<SignedHead> heads;               // as they were shown
  std::string wrong;                           // what somebody was told and cannot be
};

class Stage {
 public:
  Stage(const Cast& who, Cast::Worlds& worlds, std::uint64_t seed, Mutant how, bool recorded);

  // Over the network: what arrives asks the broker, and its answer comes back, or not.
  using Ask = std::function<std::optional<Reply>(SimBroker&)>;
  using Hear = std::function<void(const Reply&)>;
  void request(SimBroker& to, const std::string& who, const std::string& what, Ask ask, Hear hear);
  void cut(const std::string& who) { cut_.insert(who); }
  void mend(const std::string& who) { cut_.erase(who); }

  // Somebody at the desk looks now and then.
  bool looks(const std::string& desk) const { return looking.contains(desk); }

  void note(const std::string& line);
  const std::vector<std::string>& lines() const { return lines_; }

  const Cast& cast;
  Chance chance;
  Mutant mutant;
  Loop loop;
  SimBroker broker;
  SimBroker notary;
  Roads roads;
  Truth truth;
  std::set<std::string> looking;
  bool over = false;  // nobody says anything new
  // By how much the broker's clock ran ahead while it was believed: so much later a closed day comes again.
  std::chrono::milliseconds ahead{0};

 private:
  void carry(const std::string& who, const std::function<void()>& arrives);

  bool recorded_;
  std::set<std::string> cut_;
  std::vector<std::string> lines_;
};

}  // namespace seinhuis::simulation
