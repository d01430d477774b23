#pragma once

#include "scenario/world.h"
#include "seinhuis/client/compose.h"

namespace seinhuis::test {

inline const std::string sender = "gemeente-groningen/toezicht";

// A submission made by the sender's own keys, before anybody spoils it.
struct Made {
  World world;
  client::Trusted trusted;
  client::DeskKeys keys;
  SystemRandom random;
  seal::NonceKey nonce_key =
      seal::NonceKey::filled([](std::span<std::byte> out) { std::ranges::fill(out, std::byte{7}); });

  explicit Made(const std::string& desk = sender, const std::string& date = "2026-11-23")
      : world(date),
        trusted(must(client::make_trusted(world.signed_world().get()->network))),
        keys(must(client::DeskKeys::load(world.folder() / "desks" / desk))) {}

  client::Sender from(const std::string& desk = sender) {
    return {trusted, desk, keys.signer(), nonce_key, random, world.now()};
  }
  seal::Sealed sealed(const std::string& example = "A1") { return sealed(world.example(example)); }
  seal::Sealed sealed(const policy::Draft& draft) {
    const auto from = this->from(draft.from);
    const auto planned = must(client::plan_for(from, draft, {}, Hash::zero()));
    return must(client::seal_planned(from, planned, [](const std::string&) { return seal::Note{}; }));
  }
  // Signs again after a change: what a sender with its own keys can do.
  void sign(Submission& submission) const {
    submission.signature = keys.signer().sign(proof::manifest_message(proof::digest(submission).manifest));
  }
  Submission with_prologue(const std::function<void(Prologue&)>& change) {
    Submission submission = sealed().submission;
    Prologue p = must(decode_prologue(submission.prologue));
    change(p);
    submission.prologue = encode(p);
    sign(submission);
    return submission;
  }
  Code code_of(const Submission& submission) { return world.submit_raw(sender, encode(submission)).code; }
};

}  // namespace seinhuis::test
