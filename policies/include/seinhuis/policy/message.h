#pragma once

#include "seinhuis/policy/draft.h"
#include "seinhuis/proof/trust.h"
#include "seinhuis/wire/envelope.h"

// From a message on the wire to the facts it is judged by: the broker and every recipient come through here,
// so they cannot disagree.
namespace seinhuis::policy {

// What is known of the message that this one is about.
struct ThreadContext {
  Index giver = none;
  DeskSet recipients;
  DeskSet obliged;  // of the recipients
};

// A statement that counts: of this network, thread and giver, hashed in the prologue, signed by an enrolled
// desk whose role may sign that type. Fails with unauthentic or refused; the detail says which check.
Result<Statement> check_statement(const Policy& policy, const proof::Network& network,
                                  const Prologue& prologue, const StatementCopy& copy);

// A revocation that reached the broker before, for a statement of this thread and giver. That its issuer has
// been removed since, or may sign no more, does not bring back what was taken back. Fails as check_statement
// does.
Result<Statement> check_revocation(const proof::Network& network, const Prologue& prologue,
                                   const StatementCopy& copy);
// That a statement is a revocation, signed by a desk that may sign one and is enrolled on `day`.
Result<Done> check_revocation(const Policy& policy, const proof::Network& network, const Statement& statement,
                              Day day);

// The facts of a message on a day, under the directory that was in force. Revocations among the statements
// take away what they revoke; statements that this policy lets nobody sign do not count. Fails with malformed
// when the prologue names what the policy does not know: then nothing passes (nothing_of).
Result<Facts> facts_of(const Policy& policy, const proof::DirectoryVersion* directory,
                       const Prologue& prologue, const std::vector<Statement>& statements,
                       const ThreadContext& thread, Day day);

// The form bit of an entry in its field; 0 when the policy knows no such field or form.
std::uint32_t form_bit(const Policy& policy, const Entry& entry);
// The cell of a row for a field; nullptr when the shape does not carry it.
const Cell* cell_of(const Row& row, Index field);
// `entry` is one that the row gives.
bool gives(const Policy& policy, const Row& row, const Entry& entry);

// The record of a message, or for a desk, that the policy does not know: nothing passes, gate G1.
DeliveryRecord nothing_of(const std::vector<std::uint16_t>& sealed);
// The record of what passes for a desk under a row: every sealed entry with the rule and gate that decided.
DeliveryRecord record_of(const Policy& policy, const Row& row, const Prologue& prologue,
                         const std::vector<std::uint16_t>& sealed);

// Which desks an organisation's desk belongs to: the part before the slash.
std::string_view organisation_of(std::string_view desk);

}  // namespace seinhuis::policy
