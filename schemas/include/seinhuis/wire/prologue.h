#pragma once

#include "seinhuis/base/fixed_id.h"
#include "seinhuis/base/instant.h"
#include "seinhuis/wire/vocabulary.h"

namespace seinhuis {

// A version of signed metadata, named by number and by the hash of its signed body.
struct Version {
  std::uint32_t number = 0;
  Hash hash = Hash::zero();
  friend bool operator==(const Version&, const Version&) = default;
};

// One ciphertext of a message: a field in a form, padded to a size class.
struct Entry {
  std::string field;
  std::string form;
  std::uint32_t size = 0;  // bytes of padded plaintext: one of size_classes
  friend bool operator==(const Entry&, const Entry&) = default;
};

// Where a melder who is not named reads the answer: 96 bytes of the prologue, each key of the receipt words.
struct ReplyAddress {
  static constexpr std::size_t size = 96;
  SealingKey key = SealingKey::zero();      // answers are sealed to it
  SignerKey continues = SignerKey::zero();  // signs what the same melder sends later
  Hash cell = Hash::zero();                 // H32(L"cellkey" || key of the board's cells)
  friend bool operator==(const ReplyAddress&, const ReplyAddress&) = default;
};
Bytes encode(const ReplyAddress& address);

// The head of a message: what the broker may see. Its encoded bytes are opaque once made; h0 hashes them and
// is part of every key, AAD and leaf (schemas/PROTOCOL.md, "Prologue").
struct Prologue {
  static constexpr std::uint16_t current_schema = 1;
  static constexpr std::uint16_t suite_1 = 0x0001;
  static constexpr std::size_t max_bytes = 16384;
  static constexpr std::size_t max_entries = 256;
  static constexpr std::size_t max_recipients = 64;
  static constexpr std::size_t max_statements = 64;
  // No policy's messages live longer (policy/calendar.h); how long they do is how long their keys are kept.
  static constexpr std::uint32_t longest_life_days = 400;
  static constexpr auto longest_life = std::chrono::days(longest_life_days);

  Mode mode = Mode::identified;
  Kind kind = Kind::signal;
  Hash network = Hash::zero();
  MessageId message = MessageId::zero();
  ThreadId thread = ThreadId::zero();
  Hash parent = Hash::zero();  // h0 of the message this one is about; zero without
  SignerKey signer = SignerKey::zero();
  std::string sender;      // organisation/desk; identified only
  std::string role_class;  // confidential only: of the desks one of which sent it
  Version directory;
  Version policy;
  std::string theme;
  Weight weight = Weight::zacht;
  bool urgent = false;
  std::vector<std::string> purposes;  // strictly ascending, 1..4
  std::string region;
  AgeBand age = AgeBand::unknown;
  std::vector<std::string> labels;  // strictly ascending
  std::vector<Hash> statements;     // strictly ascending
  std::string shape;
  Instant created{};  // not identified: the first moment of a day, and so is the end
  Instant expires{};
  std::vector<Hash> leaves;  // recipient leaves, strictly ascending, 1..64
  std::vector<Entry> entries;
  std::optional<ReplyAddress> reply;  // of every mode but identified

  friend bool operator==(const Prologue&, const Prologue&) = default;
};

// Fails with malformed, or with unsupported for a schema, suite, mode or reply address of another version.
Result<Prologue> decode_prologue(ByteView raw);
Bytes encode(const Prologue& prologue);

// Sizes that a padded plaintext may have.
constexpr std::array<std::uint32_t, 9> size_classes{32, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576};

}  // namespace seinhuis
