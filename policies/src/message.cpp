#include "seinhuis/policy/message.h"

#include <algorithm>

#include "match.h"
#include "seinhuis/policy/pseudonym.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/leaves.h"
#include "seinhuis/proof/sign.h"

namespace seinhuis::policy {
namespace {

StatementFacts facts_of(const Policy& policy, const Statement& statement) {
  StatementFacts facts;
  facts.type = policy.statement(statement.type);
  facts.subject = policy.subject(statement.subject);
  for (const std::string& desk : statement.to) {
    if (policy.desk(desk) != none) facts.to.set(policy.desk(desk));
  }
  for (const std::string& purpose : statement.purposes) {
    if (policy.purpose(purpose) != none) facts.purposes |= Mask{1} << policy.purpose(purpose);
  }
  facts.period = {statement.from.days(), statement.until.days()};
  facts.issuer = policy.desk(statement.issuer);
  return facts;
}

// Every version of the directory counts: who was removed since did sign.
bool ever_signed(const proof::Network& network, const Statement& statement) {
  const Bytes message = unsigned_bytes(statement);
  return std::ranges::any_of(network.directories, [&](const proof::DirectoryVersion& version) {
    const auto keys = std::ranges::find(version.directory.desks, statement.issuer, &metadata::DeskKeys::name);
    return keys != version.directory.desks.end() &&
           proof::verifies(keys->signer, statement.signature, message);
  });
}

// The policy that decides may be a later one than that of the statement's day, and know neither its type nor
// its issuer, or no longer let this desk sign it.
bool counts(const Policy& policy, const Statement& statement) {
  const Index type = policy.statement(statement.type);
  const Index issuer = policy.desk(statement.issuer);
  return type != none && issuer != none &&
         has(policy.source().statements[type].roles, policy.source().desks[issuer].role);
}

bool revokes(const Policy& policy, const Statement& statement) {
  const Index type = policy.statement(statement.type);
  return type != none && policy.source().statements[type].sort == bundle::StatementType::Sort::revocation;
}

// The policy lets the issuer sign this type, and it did.
Result<Done> check_issuer(const Policy& policy, const proof::DirectoryVersion* directory,
                          const Statement& statement) {
  const Index type = policy.statement(statement.type);
  const Index issuer = policy.desk(statement.issuer);
  if (type == none || issuer == none)
    return Error{Errc::refused, "a statement of a type or desk that the policy does not know"};
  if (!has(policy.source().statements[type].roles, policy.source().desks[issuer].role)) {
    return Error{Errc::refused, statement.issuer + " may not sign " + statement.type};
  }
  const metadata::DeskKeys* keys =
      directory == nullptr ? nullptr : proof::find_desk(directory->directory, statement.issuer);
  if (keys == nullptr || !proof::verifies(keys->signer, statement.signature, unsigned_bytes(statement))) {
    return Error{Errc::unauthentic, "a statement that its issuer did not sign"};
  }
  return Done{};
}

}  // namespace

std::string_view organisation_of(std::string_view desk) { return desk.substr(0, desk.find('/')); }

Result<Statement> check_statement(const Policy& policy, const proof::Network& network,
                                  const Prologue& prologue, const StatementCopy& copy) {
  auto statement = decode_statement(copy.body);
  if (!statement) return statement.error();
  if (!std::ranges::binary_search(prologue.statements, proof::statement_fact(copy))) {
    return Error{Errc::unauthentic, "a statement that the prologue does not name"};
  }
  if (statement->network != network.id || statement->thread != prologue.thread) {
    return Error{Errc::refused, "a statement of another network or thread"};
  }
  if (statement->giver != organisation_of(prologue.sender))
    return Error{Errc::refused, "a statement for another giver"};
  const auto may = check_issuer(policy, network.directory_named(prologue.directory), *statement);
  if (!may) return may.error();
  return statement;
}

Result<Done> check_revocation(const Policy& policy, const proof::Network& network, const Statement& statement,
                              Day day) {
  if (!revokes(policy, statement)) return Error{Errc::refused, "a statement that revokes nothing"};
  if (statement.network != network.id) return Error{Errc::refused, "a statement of another network"};
  return check_issuer(policy, network.directory_on(day), statement);
}

Result<Statement> check_revocation(const proof::Network& network, const Prologue& prologue,
                                   const StatementCopy& copy) {
  auto statement = decode_statement(copy.body);
  if (!statement) return statement.error();
  if (statement->thread != prologue.thread || statement->giver != organisation_of(prologue.sender))
    return Error{Errc::refused, "a revocation for another thread or giver"};
  if (statement->network != network.id) return Error{Errc::refused, "a revocation of another network"};
  if (!ever_signed(network, *statement))
    return Error{Errc::unauthentic, "a revocation that its issuer did not sign"};
  return statement;
}

Result<Facts> facts_of(const Policy& policy, const proof::DirectoryVersion* directory,
                       const Prologue& prologue, const std::vector<Statement>& statements,
                       const ThreadContext& thread, Day day) {
  Draft draft;
  draft.kind = prologue.kind;
  draft.mode = prologue.mode;
  draft.role_class = prologue.role_class;
  draft.from = prologue.sender;
  draft.theme = prologue.theme;
  draft.weight = prologue.weight;
  draft.urgent = prologue.urgent;
  draft.purposes = prologue.purposes;
  draft.region = prologue.region;
  draft.age = prologue.age;
  draft.labels = prologue.labels;
  auto facts = facts_of(policy, draft, day);
  if (!facts) return facts;
  if (policy.shape(prologue.kind, facts->theme) == none)
    return Error{Errc::malformed, "unknown shape '" + prologue.shape + "'"};
  facts->thread_giver = thread.giver;
  facts->thread_recipients = thread.recipients;
  facts->thread_obliged = thread.obliged;
  for (const Statement& statement : statements) {
    if (!counts(policy, statement) || revokes(policy, statement)) continue;
    const Hash hash = proof::h32(encode(statement));
    const bool revoked = std::ranges::any_of(statements, [&](const Statement& other) {
      return other.text == hash && other.issuer == statement.issuer;
    });
    if (!revoked) facts->statements.push_back(facts_of(policy, statement));
  }
  facts->enrolled.emplace();
  if (directory != nullptr) {
    for (const metadata::DeskKeys& keys : directory->directory.desks) {
      const Index desk = keys.revoked ? none : policy.desk(keys.name);
      if (desk != none) facts->enrolled->set(desk);
    }
  }
  return facts;
}

std::uint32_t form_bit(const Policy& policy, const Entry& entry) {
  const Index field = policy.field(entry.field);
  if (field == none) return 0;
  const auto& forms = policy.source().fields[field].forms;
  const auto found = std::ranges::find(forms, entry.form, &bundle::Form::id);
  return found == forms.end() ? 0 : 1U << static_cast<unsigned>(found - forms.begin());
}

const Cell* cell_of(const Row& row, Index field) {
  const auto found = std::ranges::find(row.cells, field, &Cell::field);
  return found == row.cells.end() ? nullptr : &*found;
}

namespace {

std::uint32_t opening_bit(const Policy& policy, Index field, std::string_view domain) {
  const auto& forms = policy.source().fields[field].forms;
  const auto found = std::ranges::find_if(forms, [&](const bundle::Form& form) {
    return form.how == bundle::Form::How::opening && form.domain == domain;
  });
  return found == forms.end() ? 0 : 1U << static_cast<unsigned>(found - forms.begin());
}

}  // namespace

bool gives(const Policy& policy, const Row& row, const Entry& entry) {
  const Cell* cell = cell_of(row, policy.field(entry.field));
  if (row.outcome != Outcome::deliver || cell == nullptr || cell->state != CellState::given) return false;
  const bundle::Form* form = form_of(policy, entry);
  if (form == nullptr) return false;
  if ((cell->forms & form_bit(policy, entry)) != 0) return true;
  // Who opens a pseudonym has it too: the very one that its domain gets.
  return form->how == bundle::Form::How::pseudonym &&
         (cell->forms & opening_bit(policy, cell->field, form->domain)) != 0;
}

DeliveryRecord nothing_of(const std::vector<std::uint16_t>& sealed) {
  DeliveryRecord record;
  for (const std::uint16_t entry : sealed) record.entries.push_back({entry, false, {}, Gate::recipient});
  return record;
}

DeliveryRecord record_of(const Policy& policy, const Row& row, const Prologue& prologue,
                         const std::vector<std::uint16_t>& sealed) {
  DeliveryRecord record;
  record.desk = policy.source().desks[row.desk].name;
  if (row.purpose != none) record.purpose = policy.source().purposes[row.purpose].id;
  for (const std::uint16_t number : sealed) {
    const Entry& entry = prologue.entries[number];
    EntryVerdict verdict{number, gives(policy, row, entry), {}, Gate::none};
    const Cell* cell = cell_of(row, policy.field(entry.field));
    const Index never = cell != nullptr ? cell->never : row.never;
    const Index rule = cell != nullptr ? cell->rule : row.rule;
    if (never != none) {
      verdict.rule = policy.source().nevers[never].id;
    } else if (rule != none) {
      verdict.rule = policy.source().rules[rule].id;
    }
    if (!verdict.passed) verdict.gate = cell != nullptr && cell->gate != Gate::none ? cell->gate : row.gate;
    if (!verdict.passed && verdict.gate == Gate::none) verdict.gate = Gate::minimisation;
    record.entries.push_back(std::move(verdict));
  }
  return record;
}

}  // namespace seinhuis::policy
