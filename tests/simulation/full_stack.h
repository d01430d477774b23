#pragma once

#include "scenario/world.h"
#include "simulation/chance.h"
#include "simulation/guarantee.h"
#include "simulation/seeded_sodium.h"

namespace seinhuis::simulation {

// A history of the whole program: real clients with their stores, real sealing and signatures, the real
// services of broker and notary on LMDB. All of it is drawn from the seed: who does what, when, what goes
// wrong, keys and salts. On the sandbox that it is given, which has a notary, it comes again to the byte.
class FullHistory {
 public:
  FullHistory(const std::filesystem::path& sandbox, Day created, std::uint64_t seed, bool recorded);
  // The first promise that was broken; empty when none was.
  std::string play();
  const std::vector<std::string>& lines() const { return lines_; }
  // All that passed to and from the broker and the notary.
  const std::vector<Bytes>& frames() { return world_.frames(); }

 private:
  struct Unnamed {  // a melder
    MessageId message;
    seal::ReceiptWords words;
  };

  void act();
  void something_goes_wrong();
  void send();
  void send_unnamed();
  void look(const std::string& desk);
  void answer(const std::string& desk);
  void next_day();
  void learn();
  void overhear(const std::string& desk, const Request& request, const Reply& reply);
  void overhear_nobody(const Request& request, const Reply& reply);
  void note(const std::string& line);

  // What must be true at the end: full_ending.cpp.
  using Inboxes = std::set<Truth::OfDesk>;
  std::string ending();
  std::string named_are_answered(const Inboxes& inboxes);
  std::string unnamed_are_answered(const Inboxes& inboxes);
  std::string nobody_is_accused();

  SeededSodium seeded_;
  Chance chance_;
  bool recorded_;
  test::World world_;
  Truth truth_;
  std::map<Hash, MessageId> sent_;  // by h0
  std::optional<Unnamed> unnamed_;
  std::set<MessageId> let_in_;  // of what names nobody: the broker said so
  bool notary_missed_ = false;  // something that its reading of the log may have suffered from
  std::vector<std::string> lines_;
};

}  // namespace seinhuis::simulation
