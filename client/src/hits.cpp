#include <algorithm>

#include "continued_log.h"
#include "linking.h"
#include "seinhuis/client/client.h"
#include "seinhuis/policy/pseudonym.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/log.h"
#include "tables.h"

// Pseudonyms as they come in: to be linked by who receives them, to be held against hits by who can check
// them.
namespace seinhuis::client {
namespace {

using How = bundle::Form::How;

const bundle::Form* form_in(const policy::Policy& policy, const Received& received, std::uint16_t entry) {
  return policy::form_of(policy, received.prologue.entries[entry]);
}

constexpr std::string_view matches = "matches";  // what accept leaves of an opening that held

// The pseudonyms of a delivery; those that this desk has an opening of, or the others. Without wires where
// the opening did not hold.
std::vector<PseudonymsAt> pseudonyms_in(const policy::Policy& policy, const Received& received,
                                        const metadata::Directory& directory, bool checked) {
  std::vector<PseudonymsAt> found;
  for (const auto& [entry, value] : received.values) {
    const bundle::Form* form = form_in(policy, received, entry);
    if (form == nullptr || form->how != How::pseudonym || value.type != seal::ValueType::pseudonym) continue;
    const Entry& seen = received.prologue.entries[entry];
    const auto opening = std::ranges::find_if(received.values, [&](const auto& other) {
      const bundle::Form* its = form_in(policy, received, other.first);
      return received.prologue.entries[other.first].field == seen.field && its != nullptr &&
             its->how == How::opening && its->domain == form->domain &&
             other.second.type == seal::ValueType::opening;
    });
    const bool opened = opening != received.values.end();
    if (opened != checked) continue;
    if (opened && opening->second.texts != std::vector<std::string>{std::string(matches)}) {
      found.push_back({entry, {}});
      continue;
    }
    const IdentifierType type = policy.source().fields[policy.field(seen.field)].identifier;
    const metadata::Keyset* keyset =
        proof::keyset_on(directory, form->domain, type, Day::of(received.prologue.created));
    auto wires = keyset == nullptr ? Result<std::vector<seal::WirePseudonym>>(Error{Errc::absent, ""})
                                   : seal::read_pseudonyms(value, *keyset);
    if (wires) found.push_back({entry, *std::move(wires)});
  }
  return found;
}

std::vector<std::string> evidence_in(const Received& received) {
  for (const auto& [entry, value] : received.values) {
    if (received.prologue.entries[entry].field.ends_with(".bewijs")) return value.texts;
  }
  return {};
}

Result<HitEvidence> read_evidence(const std::string& text) {
  constexpr std::size_t max_text = 40'000;
  Bytes raw(text.size() / 2);
  if (text.size() > max_text || !decode_hex(text, raw)) return Error{Errc::malformed, "not hex digits"};
  return decode_hit_evidence(raw);
}

}  // namespace

Result<Done> Client::keep_pseudonyms(store::Writer& writer, const Received& received,
                                     const KeptDelivery& kept) {
  const policy::Policy* policy = trusted_.policy(received.prologue.policy);
  const proof::DirectoryVersion* directory = trusted_.network.directory_named(received.prologue.directory);
  if (policy == nullptr || directory == nullptr)
    return Error{Errc::stale, "a delivery under metadata that is not here"};
  for (const PseudonymsAt& at : pseudonyms_in(*policy, received, directory->directory, true)) {
    if (auto done = keep_checked(writer, received.h0, at, today()); !done) return done;
  }
  for (const std::string& text : evidence_in(received)) {
    const auto evidence = read_evidence(text);
    if (!evidence) continue;  // it was looked at before
    const Hash leaf = proof::log_leaf(LeafKind::hit, evidence->salt, encode(evidence->record));
    if (auto put = keep_shown(writer, evidence->record, leaf, today()); !put) return put;
  }
  const auto others = pseudonyms_in(*policy, received, directory->directory, false);
  if (others.empty()) return Done{};
  const auto key = parts_.keys.pseudonym_key(parts_.random);
  if (!key) return key.error();
  return link_pseudonyms(writer, kept, others,
                         {parts_.desk, trusted_.network.id, parts_.keys.signer(), **key, today()});
}

// Each is signed by who sent the message, about its parent, in the log, made with the pseudonym that this
// desk knows, and the only one of its pair.
bool Client::proof_is_given(const Received& received) const {
  const policy::Policy* policy = trusted_.policy(received.record.policy);
  return policy != nullptr && std::ranges::any_of(received.row.cells, [&](const policy::Cell& cell) {
           return cell.state == policy::CellState::given &&
                  policy->source().fields[cell.field].id.ends_with(".bewijs");
         });
}

Result<std::optional<Alarm>> Client::check_hits(const Received& received) {
  if (received.prologue.kind != Kind::hit) return std::optional<Alarm>{};
  const auto untrue = [&](const char* text) {
    return std::optional(Alarm{AlarmCode::false_hit, text, received.prologue.message});
  };
  const std::vector<std::string> proofs = evidence_in(received);
  if (proofs.empty() && proof_is_given(received))
    return untrue("a hit without the proof that the policy gives");
  for (const std::string& text : proofs) {
    const auto evidence = read_evidence(text);
    if (!evidence) return untrue("a hit that cannot be read");
    const HitRecord& record = evidence->record;
    if (record.network != trusted_.network.id || record.desk != received.prologue.sender ||
        !proof::verifies(received.prologue.signer, record.signature, unsigned_bytes(record)))
      return untrue("a hit that its sender did not sign");
    const Hash leaf = proof::log_leaf(LeafKind::hit, evidence->salt, encode(record));
    const auto logged = in_history(evidence->proof, leaf);
    if (!logged) return logged.error();
    if (!*logged) return untrue("a hit that is not in the log");
    TagVerdict tag = TagVerdict::fails;
    bool other_leaf = false;
    const auto read = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
      const auto judged = judge_tag(reader, record, received.prologue.parent);
      if (!judged) return judged.error();
      tag = *judged;
      const auto shown = shown_for(reader, record);
      if (!shown) return shown.error();
      other_leaf = *shown && **shown != leaf;
      return Done{};
    });
    if (!read) return read.error();
    // A desk that checked nothing of the parent (it expired here, or its sender kept the value back) can tell
    // neither way, and accuses nobody.
    if (tag == TagVerdict::fails)
      return untrue("a hit on an identifier that this desk does not have in the signal");
    if (other_leaf) return untrue("two leaves for one hit");
  }
  return std::optional<Alarm>{};
}

Result<Done> Client::forget_old() {
  constexpr std::size_t at_once = 10'000;
  return parts_.store.write([&](store::Writer& writer) -> Result<Done> {
    if (auto gone = ContinuedLog::forget_copies(writer, today(), at_once); !gone) return gone;
    return forget_linked(writer, today(), at_once);
  });
}

}  // namespace seinhuis::client
