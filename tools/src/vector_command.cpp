#include <fstream>
#include <iostream>
#include <memory>

#include "commands.h"
#include "seinhuis/base/files.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/leaves.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/seal/seal.h"
#include "vector_melder.h"
#include "vector_pseudonym.h"
#include "vector_random.h"
#include "vector_words.h"
#include "vector_wrongs.h"

// Test vectors for other implementations (schemas/PROTOCOL.md, "Vectors"): one JSON file a case, each with
// what must come of it. Everything is derived from fixed seeds: the same bytes on every machine.
namespace seinhuis::tools {
namespace {

using std::filesystem::path;

struct Party {
  std::string desk;
  seal::KeyPair pair;
  Bytes card;
};

const Hash vector_network = proof::h32(view("vector network"));

Party party(const std::string& desk, const proof::Signer& signer) {
  Party made{desk, seal::derive_key_pair(key_from<seal::NonceKey>("opening key of " + desk).reveal()), {}};
  KeyCard card{vector_network, desk,       KeyCard::Use::current, 2968,
               Day(20776),     Day(20782), made.pair.sealing,     Signature::zero()};
  card.signature = signer.sign(unsigned_bytes(card));
  made.card = encode(card);
  return made;
}

Prologue prologue() {
  Prologue p;
  p.network = vector_network;
  VectorRandom random("vector prologue");
  p.message = random.draw<MessageId>();
  p.thread = random.draw<ThreadId>();
  p.sender = "gemeente-groningen/toezicht";
  p.directory = {1, proof::h32(view("vector directory"))};
  p.policy = {3, proof::h32(view("vector policy"))};
  p.theme = "mensenhandel";
  p.weight = Weight::zacht;
  p.urgent = true;
  p.purposes = {"opsporing-mensenhandel", "zorgcoordinatie"};
  p.region = "noord";
  p.age = AgeBand::adult;
  p.labels = {"wpg"};
  p.shape = "signaal";
  p.created = Instant(std::chrono::milliseconds(1'795'435'200'000));
  p.expires = p.created + std::chrono::days(30);
  p.entries = {{"plaats.adres", "exact", 256},
               {"slachtoffer.geboortedatum", "leeftijdsgroep", 32},
               {"feit.indicatoren", "exact", 256},
               {"feit.vorm", "exact", 64}};
  return p;
}

struct Case {
  seal::Sealed sealed;
  Party reader;
  Delivery delivery;
};

Delivery deliver(const seal::Sealed& sealed, const std::string& desk, const proof::Signer& log_key) {
  Delivery d;
  std::size_t j = 0;
  while (sealed.submission.slots[j].desk != desk) ++j;
  const Slot& slot = sealed.submission.slots[j];
  d.prologue = sealed.submission.prologue;
  d.field_leaves = sealed.digest.field_leaves;
  d.slot_leaves = sealed.digest.slot_leaves;
  d.slot = static_cast<std::uint16_t>(j);
  d.salt = slot.salt;
  d.card = slot.card;
  d.enc = slot.enc;
  d.note = slot.note;
  d.sealed_entries = proof::parts_of(slot, d.slot).entries;
  DeliveryRecord record{vector_network,
                        sealed.digest.h0,
                        desk,
                        "opsporing-mensenhandel",
                        {3, proof::h32(view("vector policy"))},
                        {1, proof::h32(view("vector directory"))},
                        Day(20780),
                        {}};
  for (const Wrap& wrap : slot.wraps) {
    const bool passed = wrap.entry != 3;  // the broker strips one field
    record.entries.push_back({wrap.entry, passed, "een-regel", passed ? Gate::none : Gate::agreement});
    if (!passed) continue;
    const SealedField& field = sealed.submission.fields[wrap.entry];
    d.passed.push_back({wrap.entry, field.commitment, field.ciphertext, wrap.box});
  }
  d.signature = sealed.submission.signature;
  d.record = encode(record);
  d.record_salt = proof::h32(view("record salt"));
  // A log of one leaf: its root is the leaf's own node.
  const Hash leaf = proof::log_leaf(LeafKind::delivery, d.record_salt, d.record);
  Hash node = Hash::zero();
  const auto keep = [&](std::uint8_t, std::uint64_t, const Hash& made) -> Result<Done> {
    node = made;
    return Done{};
  };
  (void)proof::grow(
      0, leaf,
      [](std::uint8_t, std::uint64_t) -> Result<Hash> {
        return Error{Errc::absent, ""};
      },
      keep);
  SignedHead head{{vector_network, proof::h32(view("vector log")), 1, node, Hash::zero()}, Signature::zero()};
  head.signature = log_key.sign(encode(head.head));
  d.proof = encode(LogProof{0, {}, head});
  return d;
}

Case make_case() {
  const proof::Signer sender(key_from<proof::SigningSeed>("sender seed"));
  const proof::Signer reader_signer(key_from<proof::SigningSeed>("reader seed"));
  const proof::Signer log_key(key_from<proof::SigningSeed>("log seed"));
  Party reader = party("politie-noord/avim-mensenhandel", reader_signer);
  Party other = party("zorgcoordinatie-noord/zorgcoordinator", reader_signer);
  std::vector<SecretBytes> plaintexts;
  plaintexts.push_back(seal::pad(seal::value_of({"Bungalowweg 7, Haren"}), 256));
  plaintexts.push_back(seal::pad(seal::value_of({"18+"}), 32));
  plaintexts.push_back(
      seal::pad(seal::value_of({"acht personen op een kamer", "paspoorten bij de baas"}), 256));
  plaintexts.push_back(seal::pad(seal::value_of({}), 64));
  std::vector<seal::Recipient> recipients{
      {reader.desk,
       reader.card,
       reader.pair.sealing,
       {0, 1, 2, 3},
       {proof::h32(view("instance")), 4, proof::h32(view("earlier manifest"))}},
      {other.desk, other.card, other.pair.sealing, {2}, {proof::h32(view("instance")), 0, Hash::zero()}}};
  VectorRandom random("vector sealing");
  const auto nonce_key = key_from<seal::NonceKey>("nonce key");
  auto sealed = seal::seal(prologue(), plaintexts, std::move(recipients), sender, nonce_key, random);
  require(static_cast<bool>(sealed), "the vector message seals");
  Delivery delivery = deliver(*sealed, reader.desk, log_key);
  return {*std::move(sealed), std::move(reader), std::move(delivery)};
}

Json inputs(const Case& made) {
  const proof::Signer sender(key_from<proof::SigningSeed>("sender seed"));
  const proof::Signer log_key(key_from<proof::SigningSeed>("log seed"));
  return {{"network", vector_network.hex()},
          {"desk", made.reader.desk},
          {"opening_key", encode_hex(made.reader.pair.opening.reveal())},
          {"sender_key", sender.key().hex()},
          {"log_key", log_key.key().hex()},
          {"log_id", proof::h32(view("vector log")).hex()}};
}

class Folder {
 public:
  explicit Folder(path folder) : folder_(std::move(folder)) {}
  Result<Done> write(const std::string& name, const Json& json) {
    ++written_;
    return write_file(folder_ / (name + ".json"), view(json.dump(2) + "\n"), Readers::everybody);
  }
  int written() const { return written_; }

 private:
  path folder_;
  int written_ = 0;
};

Json values_json(const std::map<std::uint16_t, seal::Value>& values) {
  Json all = Json::object();
  for (const auto& [entry, value] : values) all[std::to_string(entry)] = value_json(value);
  return all;
}

Result<Done> write_hashes(Folder& folder) {
  const Hash salt = proof::h32(view("salt"));
  const Bytes record = copy(view("record"));
  if (auto done = folder.write("hash-h32", {{"comment", "BLAKE2b-256"},
                                            {"input", encode_hex(view("abc"))},
                                            {"expect", proof::h32(view("abc")).hex()}});
      !done)
    return done;
  if (auto done = folder.write("hash-log-leaf",
                               {{"comment", "log leaf of kind delivery"},
                                {"kind", 3},
                                {"salt", salt.hex()},
                                {"record", encode_hex(record)},
                                {"expect", proof::log_leaf(LeafKind::delivery, salt, record).hex()}});
      !done)
    return done;
  const auto pair = seal::derive_key_pair(copy(view("32 bytes of input key material..")));
  return folder.write(
      "hpke-derive-key-pair",
      {{"comment", "RFC 9180 DeriveKeyPair"},
       {"ikm", encode_hex(view("32 bytes of input key material.."))},
       {"expect", {{"opening", encode_hex(pair.opening.reveal())}, {"sealing", pair.sealing.hex()}}}});
}

int write_vectors(const std::string& target, const Style& style) {
  if (auto made = make_folder(target, Readers::everybody); !made) return fail(style, made.error());
  Folder folder(target);
  if (auto done = write_hashes(folder); !done) return fail(style, done.error());
  const auto write = [&](const std::string& name, const Json& json) { return folder.write(name, json); };
  if (auto done = write_pseudonym_vectors(write); !done) return fail(style, done.error());
  if (auto done = write_word_vectors(write); !done) return fail(style, done.error());
  if (auto done = write_melder_vectors(write); !done) return fail(style, done.error());
  const Case made = make_case();
  const auto opened =
      seal::open(made.delivery, made.sealed.digest.h0,
                 proof::recipient_leaf(made.delivery.salt, made.reader.desk, made.delivery.card),
                 made.reader.pair.opening);
  require(static_cast<bool>(opened), "the vector delivery opens");
  Json good = inputs(made);
  good["comment"] = "a delivery with one field stripped by the broker";
  good["delivery"] = encode_hex(encode(made.delivery));
  good["expect"] = {{"result", "opens"},
                    {"h0", made.sealed.digest.h0.hex()},
                    {"manifest", made.sealed.digest.manifest.hex()},
                    {"note",
                     {{"instance", opened->note.instance.hex()},
                      {"seq", opened->note.seq},
                      {"previous", opened->note.previous.hex()}}},
                    {"values", values_json(opened->values)}};
  if (auto done = folder.write("delivery-opens", good); !done) return fail(style, done.error());
  for (const WrongDelivery& wrong : wrong_deliveries()) {
    Delivery spoiled = made.delivery;
    wrong.spoil(spoiled);
    Json bad = inputs(made);
    bad["comment"] = wrong.comment;
    bad["delivery"] = encode_hex(encode(spoiled));
    bad["expect"] = {{"result", wrong.expect}};
    if (auto done = folder.write(std::string("delivery-") + wrong.name, bad); !done)
      return fail(style, done.error());
  }
  if (style.json) {
    print({{"vectors", folder.written()}});
  } else {
    std::cout << folder.written() << " vectors in " << target << '\n';
  }
  return 0;
}

struct OpenOptions {
  std::string file;
};

// What a vector file gives its reader, beside the delivery.
class VectorFile {
 public:
  explicit VectorFile(Json json) : json_(std::move(json)) {}
  Bytes bytes(const char* key) const {
    const std::string text = json_.value(key, "");
    Bytes raw(text.size() / 2);
    return decode_hex(text, raw) ? raw : Bytes{};
  }
  template <class Id>
  Id id(const char* key) const {
    const auto parsed = Id::parse_hex(json_.value(key, ""));
    return parsed ? *parsed : Id::zero();
  }
  std::string text(const char* key) const { return json_.value(key, ""); }

 private:
  Json json_;
};

// The checks of schemas/PROTOCOL.md, "At the recipient", that need neither policy nor directory; empty when
// all hold.
std::string wrong_with(const Delivery& d, const VectorFile& given) {
  const auto prologue = decode_prologue(d.prologue);
  if (!prologue) return "malformed";
  if (prologue->network != given.id<Hash>("network")) return "wrong-network";
  const std::string desk = given.text("desk");
  const auto card = decode_card(d.card);
  const Hash h0 = proof::h0_of(d.prologue);
  const Hash leaf = proof::recipient_leaf(d.salt, desk, d.card);
  if (d.slot_leaves.size() != prologue->leaves.size() || d.field_leaves.size() != prologue->entries.size())
    return "bad-manifest";
  if (!card || card->desk != desk || prologue->leaves[d.slot] != leaf) return "not-mine";
  const proof::SlotParts parts{d.slot, d.activation, leaf, d.enc, d.sealed_entries, d.note};
  if (proof::slot_leaf(h0, parts) != d.slot_leaves[d.slot]) return "bad-manifest";
  for (const PassedField& field : d.passed) {
    const auto listed = std::ranges::find(d.sealed_entries, field.entry, &SlotEntry::entry);
    if (listed == d.sealed_entries.end()) return "broker-added";
    if (listed->wrap_hash != proof::h32(field.wrap) || field.entry >= d.field_leaves.size() ||
        proof::field_leaf(h0, field.entry, {field.commitment, field.ciphertext}) !=
            d.field_leaves[field.entry]) {
      return "bad-manifest";
    }
  }
  const Hash manifest = proof::manifest_hash(d.prologue, d.field_leaves, d.slot_leaves);
  if (!proof::verifies(prologue->signer, d.signature, proof::manifest_message(manifest)))
    return "bad-manifest";
  if (prologue->signer != given.id<SignerKey>("sender_key")) return "not-the-sender";
  const auto record = decode_record(d.record);
  if (!record || record->network != prologue->network || record->h0 != h0 || record->desk != desk)
    return "record-mismatch";
  const auto proof = decode_log_proof(d.proof);
  const Hash record_leaf = proof::log_leaf(LeafKind::delivery, d.record_salt, d.record);
  if (!proof || !proof::proves(*proof, record_leaf, prologue->network, given.id<Hash>("log_id"),
                               given.id<SignerKey>("log_key")))
    return "no-proof";
  return "";
}

// Opens a delivery that another implementation made: the same JSON as delivery-opens, without its
// expectations.
int open_vector(const std::string& file, const Style& style) {
  const auto content = read_file(file, 16U << 20U);
  if (!content) return fail(style, content.error());
  Json json = Json::parse(text_of(*content), nullptr, false);
  if (json.is_discarded() || !json.is_object())
    return fail(style, {Errc::malformed, file + " is not a JSON object"});
  if (json.contains("opening")) return open_pseudonym_vector(json, style);
  const VectorFile given(std::move(json));
  const auto delivery = decode_delivery(given.bytes("delivery"));
  if (!delivery) return fail(style, {Errc::unauthentic, "malformed: " + delivery.error().detail});
  const Bytes raw_key = given.bytes("opening_key");
  if (raw_key.size() != seal::OpeningKey::size)
    return fail(style, {Errc::malformed, "opening_key is not 32 bytes"});
  const std::string wrong = wrong_with(*delivery, given);
  if (!wrong.empty()) return fail(style, {Errc::unauthentic, wrong});
  const auto key =
      seal::OpeningKey::filled([&](std::span<std::byte> out) { std::ranges::copy(raw_key, out.begin()); });
  const Hash h0 = proof::h0_of(delivery->prologue);
  const Hash leaf = proof::recipient_leaf(delivery->salt, given.text("desk"), delivery->card);
  const auto opened = seal::open(*delivery, h0, leaf, key);
  if (!opened) return fail(style, {Errc::unauthentic, "does-not-open: " + opened.error().detail});
  const Hash manifest =
      proof::manifest_hash(delivery->prologue, delivery->field_leaves, delivery->slot_leaves);
  print({{"h0", h0.hex()}, {"manifest", manifest.hex()}, {"values", values_json(opened->values)}});
  return 0;
}

}  // namespace

void add_vector_command(CLI::App& app, Style& style, Outcome& outcome) {
  auto* command =
      app.add_subcommand("vectors", "Write test vectors for other implementations into a folder.");
  auto folder = std::make_shared<std::string>();  // outlives this call, with the callbacks below
  auto file = std::make_shared<std::string>();
  command->add_option("folder", *folder);
  command->add_option("--open", *file,
                      "open a delivery that another implementation made, and print what is in it");
  command->add_flag("--json", style.json, "one JSON document on standard output");
  command->callback([folder, file, &style, &outcome] {
    outcome.code = file->empty() ? write_vectors(*folder, style) : open_vector(*file, style);
  });
}

}  // namespace seinhuis::tools
