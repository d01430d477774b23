#pragma once

#include <string>
#include <string_view>

#include "seinhuis/base/fixed_id.h"
#include "seinhuis/base/instant.h"

namespace seinhuis::client {

// What a recipient may catch a broker or a sender at. Stable names (client/README.md); outward every one is
// the same "not authentic".
enum class AlarmCode : std::uint8_t {
  malformed = 1,
  wrong_network,
  expired,
  conflict,          // same id, another manifest
  replay,            // delivered again after my receipt, with a younger record
  not_mine,          // the slot is not sealed to this desk
  bad_manifest,      // the parts do not add up to what the sender signed
  not_the_sender,    // signed by another key than the sender's in the directory
  unknown_metadata,  // names a directory or policy that was not in force
  record_mismatch,   // the delivery record is of something else
  record_date,       // the record is not of today, give or take a day
  old_policy,        // decided under a policy that was not current on its day
  no_proof,          // the record is not in the log
  forked_log,        // a head that does not extend the one before
  bad_statement,
  bad_outcome,        // feedback without the clear outcome its desk signed, or with another
  broker_withheld,    // the plan gives it, the broker kept it
  broker_added,       // the broker passed what the plan does not give
  sender_oversealed,  // sealed for this desk beyond the plan of its day
  does_not_open,
  gap,              // a message of this sender is missing
  fork,             // two messages of this sender claim the same place
  foreign_card,     // a key card in this desk's name that it did not make
  dropped,          // the record says passed, the field is not there
  split_view,       // the log head that the timestamp role signed is not in this desk's history
  wrong_keyset,     // a pseudonym of another keyset than the domain's
  wrong_pseudonym,  // a pseudonym does not match its identifier
  false_hit,        // a hit that is not in the log, or not of the identifier that this desk has
  bad_issuer,  // tokens that are not made with the key of the directory, or a list that leaves this desk out
  blind_notary,    // the notary has not seen the log for a day
  not_admitted,    // names nobody, and no token was spent on it
  broken_promise,  // the record of what names nobody is not in the quiet log, though it was promised
  not_posted,      // an answer that the broker took is not on the board
  false_silence,   // the log holds an answer that the broker says never came
  early_release,   // a slot for a desk of a chain, and no deadline passed
  restored_log,    // the broker was restored, and does not know any more what this desk had seen
  unsaid_silence,  // a deadline passed, and the broker says neither that it was met nor that it passed
};
std::string_view to_string(AlarmCode code) noexcept;

struct Alarm {
  AlarmCode code = AlarmCode::malformed;
  std::string text;  // for the own log and the supervisor; never for the broker
  MessageId message = MessageId::zero();
};

// An alarm as a desk keeps it.
struct KeptAlarm {
  Alarm alarm;
  Instant at{};
  bool seen = false;                     // shown to a person
  bool acknowledged = false;             // who supervises the log has received it
  MessageId report = MessageId::zero();  // the message that carried it last; zero before
  Instant reported{};
};
Bytes encode(const KeptAlarm& kept);
Result<KeptAlarm> decode_alarm(ByteView raw);

}  // namespace seinhuis::client
