#pragma once

#include <algorithm>

#include "seinhuis/client/kept.h"
#include "seinhuis/seal/pseudonym.h"
#include "seinhuis/store/store.h"
#include "seinhuis/wire/hit.h"

// Equal pseudonyms in messages of different organisations, as the desk finds that receives pseudonyms.
namespace seinhuis::client {

// A hit on its way to the desks that it concerns.
struct PendingHit {
  struct Side {
    MessageId message = MessageId::zero();
    ThreadId thread = ThreadId::zero();
    MessageId told = MessageId::zero();  // the message that tells its desks; zero before
  };
  // Instead of a message, where nobody is to be told.
  static MessageId nobody() {
    return MessageId::filled([](std::span<std::byte> out) { std::ranges::fill(out, std::byte{0xFF}); });
  }
  Day found{0};
  HitRecord record;
  Side a;
  Side b;
};
Bytes key_of(const PendingHit& hit);
Bytes encode(const PendingHit& hit);
Result<PendingHit> decode_pending(ByteView raw);

// Where the pseudonyms of a delivery stand, those that this desk may check aside.
struct PseudonymsAt {
  std::uint16_t entry = 0;
  std::vector<seal::WirePseudonym> wires;
};

// What links: its desk, its network, its keys.
struct Linker {
  std::string desk;
  Hash network = Hash::zero();
  const proof::Signer& signer;
  const seal::PseudonymKey& key;
  Day today{0};
};
// A message in which a pseudonym stands.
struct Seen {
  HitPlace place;
  std::string organisation;
  MessageId message = MessageId::zero();
  ThreadId thread = ThreadId::zero();
};
// Messages of others than `seen` with the same pseudonym: a few of each organisation, at most 64, so that who
// reports often, oneself or another, stands in nobody's way.
Result<std::vector<Seen>> others_with(const store::Reader& reader, const Seen& seen,
                                      const seal::LocalPseudonym& own);
// Keeps the pseudonyms of a delivery, as the organisation's own, and for each message of another organisation
// that has the same one a signed hit. At most 64 for one pseudonym.
Result<Done> link_pseudonyms(store::Writer& writer, const KeptDelivery& delivery,
                             const std::vector<PseudonymsAt>& pseudonyms, const Linker& linker);

// Forgets pseudonyms, and which signals shared one, a year after they came in. At most `limit` of them.
Result<Done> forget_linked(store::Writer& writer, Day today, std::size_t limit);

// The threads of which a message shares an identifier with one of `thread`, without itself; at most `limit`.
Result<std::vector<MessageId>> neighbours(const store::Reader& reader, const ThreadId& thread,
                                          std::size_t limit);

// Keeps, for a year, what a desk needs to check a hit on what it has the exact value of. Without wires: its
// sender gave a pseudonym of something else.
Result<Done> keep_checked(store::Writer& writer, const Hash& h0, const PseudonymsAt& pseudonyms, Day today);
// Which leaf of the log this desk was shown for a pair; the same for a year.
Result<Done> keep_shown(store::Writer& writer, const HitRecord& record, const Hash& leaf, Day today);
Result<std::optional<Hash>> shown_for(const store::Reader& reader, const HitRecord& record);
enum class TagVerdict : std::uint8_t {
  holds,    // made with one of the pseudonyms that this desk checked at its own side of the hit
  unknown,  // this desk checked nothing of that message
  fails
};
Result<TagVerdict> judge_tag(const store::Reader& reader, const HitRecord& record, const Hash& own);

}  // namespace seinhuis::client
