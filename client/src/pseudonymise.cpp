#include "seinhuis/client/pseudonymise.h"

#include <algorithm>
#include <set>

namespace seinhuis::client {
namespace {

using How = bundle::Form::How;

class Pseudonymising {
 public:
  Pseudonymising(const Sender& sender, const Planned& planned, const AskEvaluator& ask)
      : sender_(sender),
        planned_(planned),
        ask_(ask),
        today_(Day::of(sender.now)),
        policy_(*sender.trusted.policy(sender.trusted.network.policy_on(today_)->version)),
        directory_(sender.trusted.network.directory_on(today_)->directory) {}

  // In one order whatever is wanted.
  Result<Pseudonymised> run(const std::vector<policy::Evaluated>& also) {
    std::map<std::pair<std::string, IdentifierType>, std::size_t> all;
    for (const policy::Evaluated& one : also) all[{one.domain, one.type}] = one.fields;
    for (const auto& what : wanted()) all[what] = 0;
    for (const auto& [what, fields] : all) {
      auto done = fields == 0 ? make(what.first, what.second) : make_nothing(what.first, what.second, fields);
      if (!done) return done.error();
    }
    return std::move(made_);
  }

  // Something is wanted, and what is written is sound.
  Result<bool> check() const {
    const Wanted all = wanted();
    for (const auto& [domain, type] : all) {
      if (auto written = identifiers(domain, type); !written) return written.error();
    }
    return !all.empty();
  }

 private:
  using Wanted = std::set<std::pair<std::string, IdentifierType>>;

  // The domains and types of which some desk is given a pseudonym.
  Wanted wanted() const {
    Wanted found;
    for (const policy::Row& row : planned_.plan.rows) {
      if (row.outcome != policy::Outcome::deliver) continue;
      for (const policy::Cell& cell : row.cells) {
        if (cell.state != policy::CellState::given) continue;
        const bundle::Field& field = policy_.source().fields[cell.field];
        for (std::size_t n = 0; n < field.forms.size(); ++n) {
          if ((cell.forms >> n & 1U) != 0 && field.forms[n].how == How::pseudonym)
            found.emplace(field.forms[n].domain, field.identifier);
        }
      }
    }
    return found;
  }

  Result<Done> make(const std::string& domain, IdentifierType type) {
    const metadata::Keyset* keyset = proof::keyset_on(directory_, domain, type, today_);
    if (keyset == nullptr) {
      return unavailable(domain, type,
                         {Errc::absent, "nobody makes pseudonyms of " + std::string(to_string(type)) +
                                            " in domain " + domain + " today"});
    }
    auto written = identifiers(domain, type);
    if (!written) return written.error();
    auto batch = seal::Batch::blind(*keyset, *written, sender_.random, sender_.nonce_key);
    if (!batch) return batch.error();
    if (auto answered = pass(*keyset, *batch); !answered) return unavailable(domain, type, answered.error());
    const auto fields = policy::fields_in(policy_, planned_.plan.shape, domain, type);
    for (std::size_t n = 0; n < fields.size(); ++n) {
      const std::string& field = policy_.source().fields[fields[n]].id;
      made_.values[{field, "pseudonym@" + domain}] = batch->pseudonyms(n);
      made_.values[{field, "opening@" + domain}] = batch->opening(n);
    }
    return Done{};
  }

  // Random points, of the number that a message has there; that somebody is away counts for these too.
  Result<Done> make_nothing(const std::string& domain, IdentifierType type, std::size_t fields) {
    const metadata::Keyset* keyset = proof::keyset_on(directory_, domain, type, today_);
    if (keyset == nullptr) return Done{};
    auto batch = seal::Batch::blind(*keyset, std::vector<std::vector<std::string>>(fields), sender_.random,
                                    sender_.nonce_key);
    if (!batch) return batch.error();
    const auto answered = pass(*keyset, *batch);
    if (!answered && answered.error().code != Errc::refused)
      made_.unavailable.emplace_back(domain, answered.error());
    return Done{};
  }

  // For each field of the shape what is written there.
  Result<std::vector<std::vector<std::string>>> identifiers(const std::string& domain,
                                                            IdentifierType type) const {
    std::vector<std::vector<std::string>> written;
    for (const policy::Index field : policy::fields_in(policy_, planned_.plan.shape, domain, type)) {
      const std::string& id = policy_.source().fields[field].id;
      const auto found = planned_.draft.fields.find(id);
      written.push_back(found == planned_.draft.fields.end() ? std::vector<std::string>{} : found->second);
      if (const auto sound = seal::check_identifiers(type, written.back()); !sound)
        return Error{sound.error().code, id + ": " + sound.error().detail};
    }
    return written;
  }

  // Along all evaluators.
  Result<Done> pass(const metadata::Keyset& keyset, seal::Batch& batch) const {
    while (const metadata::Evaluator* evaluator = batch.next()) {
      if (auto answered = evaluate(keyset, *evaluator, batch); !answered) return answered;
    }
    return Done{};
  }

  Result<Done> evaluate(const metadata::Keyset& keyset, const metadata::Evaluator& evaluator,
                        seal::Batch& batch) const {
    EvaluationRequest request;
    request.network = sender_.trusted.network.id;
    request.message = planned_.message;
    request.domain = keyset.domain;
    request.type = keyset.type;
    request.generation = keyset.generation;
    request.elements = proof::points_of(batch.elements());
    const auto raw = ask_(evaluator.name, std::move(request));
    if (!raw) return raw.error();
    const auto answer = decode_evaluated(*raw);
    return answer ? batch.take(*answer) : Result<Done>(answer.error());
  }

  Result<Done> unavailable(const std::string& domain, IdentifierType type, Error why) {
    for (const policy::Index field : policy::fields_in(policy_, planned_.plan.shape, domain, type)) {
      for (const char* form : {"pseudonym@", "opening@"})
        made_.values[{policy_.source().fields[field].id, form + domain}] = {seal::ValueType::unavailable, {}};
    }
    made_.unavailable.emplace_back(domain, std::move(why));
    return Done{};
  }

  const Sender& sender_;
  const Planned& planned_;
  const AskEvaluator& ask_;
  Day today_;
  const policy::Policy& policy_;
  const metadata::Directory& directory_;
  Pseudonymised made_;
};

}  // namespace

Result<Pseudonymised> pseudonymise(const Sender& sender, const Planned& planned, const AskEvaluator& ask,
                                   const std::vector<policy::Evaluated>& also) {
  return Pseudonymising(sender, planned, ask).run(also);
}

Result<bool> wants_pseudonyms(const Sender& sender, const Planned& planned) {
  return Pseudonymising(sender, planned, {}).check();
}

}  // namespace seinhuis::client
