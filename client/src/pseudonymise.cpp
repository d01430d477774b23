#include "seinhuis/client/pseudonymise.h"

#include <algorithm>
#include <set>

#include "seinhuis/policy/pseudonym.h"

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

  Result<Pseudonymised> run() {
    for (const auto& [domain, type] : wanted()) {
      if (auto done = make(domain, type); !done) return done.error();
    }
    return std::move(made_);
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
    const auto fields = policy::fields_in(policy_, planned_.plan.shape, domain, type);
    auto batch = blinded(*keyset, fields);
    if (!batch) return batch.error();
    while (const metadata::Evaluator* evaluator = batch->next()) {
      const auto answered = evaluate(*keyset, *evaluator, *batch);
      if (!answered) return unavailable(domain, type, answered.error());
    }
    for (std::size_t n = 0; n < fields.size(); ++n) {
      const std::string& field = policy_.source().fields[fields[n]].id;
      made_.values[{field, "pseudonym@" + domain}] = batch->pseudonyms(n);
      made_.values[{field, "opening@" + domain}] = batch->opening(n);
    }
    return Done{};
  }

  Result<seal::Batch> blinded(const metadata::Keyset& keyset,
                              const std::vector<policy::Index>& fields) const {
    std::vector<std::vector<std::string>> written;
    for (const policy::Index field : fields) {
      const std::string& id = policy_.source().fields[field].id;
      const auto found = planned_.draft.fields.find(id);
      written.push_back(found == planned_.draft.fields.end() ? std::vector<std::string>{} : found->second);
      if (const auto sound = seal::check_identifiers(keyset.type, written.back()); !sound)
        return Error{sound.error().code, id + ": " + sound.error().detail};
    }
    return seal::Batch::blind(keyset, written, sender_.random, sender_.nonce_key);
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
    request.signature = sender_.signer.sign(unsigned_bytes(request));
    const auto raw = ask_(evaluator.name, encode(request));
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

Result<Pseudonymised> pseudonymise(const Sender& sender, const Planned& planned, const AskEvaluator& ask) {
  return Pseudonymising(sender, planned, ask).run();
}

}  // namespace seinhuis::client
