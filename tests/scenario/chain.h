#pragma once

#include <fstream>

#include "scenario/names.h"
#include "scenario/world.h"
#include "seinhuis/base/files.h"
#include "seinhuis/client/board.h"

// Signals that go on along a chain when nobody answers: A12 by nobody, A1 by name.
namespace seinhuis::test {

using Texts = std::vector<std::string>;

// The policy set with a roster by which nobody of the AVIM is on duty.
struct OwnPolicies {
  Folder folder;
  std::filesystem::path path = folder.path() / "policies";

  explicit OwnPolicies(bool piket_closed = false) {
    std::filesystem::copy(policy_set, path, std::filesystem::copy_options::recursive);
    if (piket_closed)
      std::ofstream(path / "calendar.yaml", std::ios::app)
          << "rosters:\n  politie-noord/avim-mensenhandel:\n    duty: []\n"
             "    away: [{from: 2026-01-01, until: 2027-12-31}]\n";
  }
  // As the administrators would take the fallbacks away.
  void withdraw() const { std::filesystem::remove(path / "rules" / "achtervang.yaml"); }
  // Only that of the duty officer, for what is anonymous.
  void withdraw_first() const {
    const auto file = path / "rules" / "achtervang.yaml";
    const Bytes raw = must(read_file(file, 1U << 20U));
    std::string text(reinterpret_cast<const char*>(raw.data()), raw.size());
    const std::size_t begin = text.find("  anoniem-achtervang-ovd:");
    text.erase(begin, text.find("  anoniem-achtervang-zorgcoordinatie:") - begin);
    std::ofstream(file) << text;
  }
};

// As a melder reads that a desk of the chain was not asked.
inline std::string passed_by(const std::string& desk) {
  return " overgeslagen: " + desk + " (het beleid geeft vandaag niets, of de desk is er niet meer)";
}

struct Urgent {
  OwnPolicies policies;
  World world;
  SystemRandom random;
  seal::ReceiptWords words = seal::ReceiptWords::draw(random);

  explicit Urgent(bool piket_closed = false)
      : policies(piket_closed), world("2026-11-23", policies.path, tools::WithNotary::no) {
    must(world.desk(hotel).sync());
    policy::Draft draft = world.example("A12");
    draft.mode = Mode::anonymous;
    auto planned = must(world.desk(hotel).plan(std::move(draft)));
    REQUIRE(must(world.desk(hotel).send_unnamed(std::move(planned), words)).kept.state ==
            client::KeptSent::State::accepted);
  }
  void pass(std::chrono::minutes time) {
    world.let_time_pass(time);
    world.keep_time();
  }
  Texts read() {
    const auto signed_world = world.signed_world().get();
    const auto keys = words.keys(world.network_id());
    const auto steps =
        must(client::read_board(signed_world->network, world.today(), keys, [&](Request request) {
          return Result<Reply>(world.ask(broker::anonymous_peer, std::move(request)));
        }));
    Texts said;
    for (const client::BoardStep& step : steps)
      said.push_back(step.status + " " + step.by +
                     (step.next.empty() ? "" : (step.status == "escalated" ? " -> " : " => ") + step.next) +
                     (step.text.starts_with("overgeslagen") ? " " + step.text : ""));
    return said;
  }
};

struct Named {
  OwnPolicies policies;
  World world{"2026-11-23", policies.path, tools::WithNotary::no};
  client::KeptSent sent;

  Named() {
    policy::Draft draft = world.example("A1");
    draft.to = {avim, ovd};
    sent = world.send(std::move(draft));
  }
  void pass(std::chrono::minutes time) {
    world.let_time_pass(time);
    world.keep_time();
  }
  Texts steps() {
    must(world.desk(gemeente).sync());
    (void)world.inbox(gemeente);
    Texts all;
    for (const client::Step& step : must(world.desk(gemeente).follow(sent.message)))
      all.push_back(step.status + (step.status == "escalated" ? " " + step.next : "") +
                    (step.text.starts_with("overgeslagen") ? " " + step.text : ""));
    return all;
  }
};

}  // namespace seinhuis::test
