#include "seinhuis/seal/seal.h"

#include "support.h"

using namespace seinhuis;
using namespace seinhuis::test;

namespace {

seal::NonceKey nonce_key(std::uint64_t seed) {
  SeededRandom random(seed);
  return seal::NonceKey::filled([&](std::span<std::byte> out) { random.fill(out); });
}
proof::Signer signer(std::uint64_t seed) {
  SeededRandom random(seed);
  return proof::Signer(proof::SigningSeed::filled([&](std::span<std::byte> out) { random.fill(out); }));
}

// One message of three fields for two desks; the second may open only the first field.
struct Message {
  seal::KeyPair first = seal::derive_key_pair(copy(view("first desk, 32 bytes of entropy..")));
  seal::KeyPair second = seal::derive_key_pair(copy(view("second desk, 32 bytes of entropy.")));
  proof::Signer sender = signer(1);
  seal::NonceKey nonce = nonce_key(2);

  Prologue prologue() const {
    Prologue p;
    p.sender = "gemeente/toezicht";
    p.theme = "mensenhandel";
    p.purposes = {"opsporing"};
    p.region = "noord";
    p.shape = "signaal";
    p.created = Instant(std::chrono::milliseconds(1));
    p.expires = Instant(std::chrono::milliseconds(2));
    p.entries = {{"plaats.adres", "exact", 256}, {"feit.soort", "grof", 64}, {"feit.tekst", "exact", 32}};
    return p;
  }
  std::vector<SecretBytes> plaintexts(const std::string& address = "Bungalowweg 7") const {
    std::vector<SecretBytes> all;
    all.push_back(seal::pad(seal::value_of({address}), 256));
    all.push_back(seal::pad(seal::value_of({"een", "twee"}), 64));
    all.push_back(seal::pad(seal::value_of({}), 32));
    return all;
  }
  std::vector<seal::Recipient> recipients() const {
    return {
        {"politie/avim", copy(view("card one")), first.sealing, {0, 1, 2}, {Hash::zero(), 7, Hash::zero()}},
        {"ggd/zorg", copy(view("card two")), second.sealing, {0}, {Hash::zero(), 8, Hash::zero()}}};
  }
  seal::Sealed seal_with(Random& random, const std::string& address = "Bungalowweg 7") const {
    return must(seal::seal(prologue(), plaintexts(address), recipients(), sender, nonce, random));
  }
};

std::size_t slot_of(const Submission& submission, const std::string& desk) {
  for (std::size_t j = 0; j < submission.slots.size(); ++j) {
    if (submission.slots[j].desk == desk) return j;
  }
  FAIL("no slot for " << desk);
  return 0;
}

// What the broker would hand out if it let everything through.
Delivery whole_delivery(const seal::Sealed& sealed, const std::string& desk) {
  const std::size_t j = slot_of(sealed.submission, desk);
  const Slot& slot = sealed.submission.slots[j];
  Delivery d;
  d.prologue = sealed.submission.prologue;
  d.field_leaves = sealed.digest.field_leaves;
  d.slot_leaves = sealed.digest.slot_leaves;
  d.slot = static_cast<std::uint16_t>(j);
  d.salt = slot.salt;
  d.card = slot.card;
  d.enc = slot.enc;
  d.note = slot.note;
  d.sealed_entries = proof::parts_of(slot, d.slot).entries;
  for (const Wrap& wrap : slot.wraps) {
    const SealedField& field = sealed.submission.fields[wrap.entry];
    d.passed.push_back({wrap.entry, field.commitment, field.ciphertext, wrap.box});
  }
  d.signature = sealed.submission.signature;
  return d;
}

Result<seal::Opened> open(const seal::Sealed& sealed, const Delivery& d, const std::string& desk,
                          const seal::KeyPair& keys) {
  return seal::open(d, sealed.digest.h0, proof::recipient_leaf(d.salt, desk, d.card), keys.opening);
}

}  // namespace

static_assert(!std::is_copy_constructible_v<seal::OpeningKey>);

TEST_CASE("each recipient opens what was sealed for it, and the manifest is signed by the sender") {
  SeededRandom random(3);
  const Message message;
  const auto sealed = message.seal_with(random);
  CHECK(proof::verifies(message.sender.key(), sealed.submission.signature,
                        proof::manifest_message(sealed.digest.manifest)));

  const auto first =
      must(open(sealed, whole_delivery(sealed, "politie/avim"), "politie/avim", message.first));
  CHECK(first.note.seq == 7);
  CHECK(first.values.at(0) == seal::value_of({"Bungalowweg 7"}));
  CHECK(first.values.at(1) == seal::value_of({"een", "twee"}));
  CHECK(first.values.at(2) == seal::value_of({}));
  const auto second = must(open(sealed, whole_delivery(sealed, "ggd/zorg"), "ggd/zorg", message.second));
  CHECK(second.values.size() == 1);
}

TEST_CASE("nobody opens a slot that is not his, and no slot opens under another name") {
  SeededRandom random(3);
  const Message message;
  const auto sealed = message.seal_with(random);
  const Delivery d = whole_delivery(sealed, "politie/avim");
  CHECK_FALSE(open(sealed, d, "politie/avim", message.second));
  CHECK_FALSE(open(sealed, d, "ggd/zorg", message.first));
}

TEST_CASE("a wrap moved to another entry, slot or message does not open") {
  SeededRandom random(3);
  const Message message;
  const auto sealed = message.seal_with(random);
  Delivery moved = whole_delivery(sealed, "politie/avim");
  std::swap(moved.passed[0].wrap, moved.passed[1].wrap);
  CHECK_FALSE(open(sealed, moved, "politie/avim", message.first));
  Delivery other_slot = whole_delivery(sealed, "politie/avim");
  other_slot.slot = static_cast<std::uint16_t>(1 - other_slot.slot);
  CHECK_FALSE(open(sealed, other_slot, "politie/avim", message.first));
  const auto again = message.seal_with(random);
  CHECK_FALSE(open(again, whole_delivery(sealed, "politie/avim"), "politie/avim", message.first));
}

TEST_CASE("a ciphertext of another entry, an altered commitment and an altered note do not open") {
  SeededRandom random(3);
  const Message message;
  const auto sealed = message.seal_with(random);
  const Delivery good = whole_delivery(sealed, "politie/avim");
  Delivery ciphertext = good;
  ciphertext.passed[0].ciphertext[0] ^= std::byte{1};
  Delivery commitment = good;
  commitment.passed[0].commitment = commitment.passed[1].commitment;
  Delivery note = good;
  note.note[0] ^= std::byte{1};
  for (const Delivery& bad : {ciphertext, commitment, note})
    CHECK_FALSE(open(sealed, bad, "politie/avim", message.first));
}

TEST_CASE("a commitment stops one ciphertext from opening as two texts") {
  // A key other than the one committed to is refused before its ciphertext is even tried.
  SeededRandom random(3);
  const Message message;
  const auto sealed = message.seal_with(random);
  const auto again = message.seal_with(random);
  Delivery salamander = whole_delivery(sealed, "politie/avim");
  salamander.passed[0].ciphertext = again.submission.fields[0].ciphertext;
  salamander.passed[0].commitment = again.submission.fields[0].commitment;
  const auto opened = open(sealed, salamander, "politie/avim", message.first);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().detail == "the commitment of entry 0 does not open");
}

TEST_CASE("a generator that repeats itself under another text gives other keys, wraps and ciphertexts") {
  const Message message;
  SeededRandom once(5);
  SeededRandom twice(5);
  const auto a = message.seal_with(once, "Bungalowweg 7");
  const auto b = message.seal_with(twice, "Bungalowweg 8");
  CHECK(a.digest.h0 == b.digest.h0);  // the same head, so the same place for every ciphertext
  for (std::size_t e = 0; e < 3; ++e) {
    CHECK(a.submission.fields[e].commitment != b.submission.fields[e].commitment);
    CHECK(a.submission.fields[e].ciphertext != b.submission.fields[e].ciphertext);
  }
  for (std::size_t j = 0; j < 2; ++j) {
    CHECK(a.submission.slots[j].enc != b.submission.slots[j].enc);
    CHECK(a.submission.slots[j].wraps[0].box != b.submission.slots[j].wraps[0].box);
  }
}

TEST_CASE("the size of a ciphertext tells its class and nothing of the value") {
  SeededRandom random(3);
  const Message message;
  const auto a = message.seal_with(random, "x");
  const auto b = message.seal_with(random, std::string(200, 'x'));
  CHECK(encode(a.submission).size() == encode(b.submission).size());
}

TEST_CASE("padding that is not zero, content that does not fit its type and later types are refused") {
  const SecretBytes good = seal::pad(seal::value_of({"abc"}), 64);
  CHECK(must(seal::unpad(good.reveal())) == seal::value_of({"abc"}));
  Bytes bad = copy(good.reveal());
  bad.back() = std::byte{1};
  CHECK(seal::unpad(bad).error().detail == "padding is not zero");
  Bytes longer = copy(good.reveal());
  longer[1] = std::byte{250};
  CHECK_FALSE(seal::unpad(longer));
  for (const int type : {0, 2, 3, 4}) {
    Bytes other = copy(good.reveal());
    other[0] = static_cast<std::byte>(type);
    CHECK(seal::unpad(other).error().code == Errc::unauthentic);
  }
  for (const auto type : {seal::ValueType::pseudonym, seal::ValueType::opening}) {
    const seal::Value raw{type, {std::string("\0\1\2", 3)}};
    CHECK(must(seal::unpad(seal::pad(raw, 32).reveal())) == raw);
  }
  const seal::Value unavailable{seal::ValueType::unavailable, {}};
  CHECK(must(seal::unpad(seal::pad(unavailable, 32).reveal())) == unavailable);
  Bytes unknown = copy(good.reveal());
  unknown[0] = std::byte{7};
  CHECK(seal::unpad(unknown).error().code == Errc::unauthentic);
}

TEST_CASE("a value takes the smallest class that holds it, and no more than a mebibyte") {
  CHECK(must(seal::size_class(seal::value_of({"abc"}), 64)) == 64);
  CHECK(must(seal::size_class(seal::value_of({std::string(59, 'x')}), 64)) == 64);
  CHECK(must(seal::size_class(seal::value_of({std::string(60, 'x')}), 64)) == 256);
  CHECK_FALSE(seal::size_class(seal::value_of({std::string(1U << 20U, 'x')}), 64));
}
