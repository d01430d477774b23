#pragma once

#include "seinhuis/broker/evaluator.h"
#include "seinhuis/broker/service.h"

namespace seinhuis::broker {

// A command on its way to the committer, with who must hear the outcome.
struct Ordered {
  std::string peer;
  std::string desk;
  std::uint64_t id = 0;
  Command command;
  Instant patience{};  // fetch: answer with nothing only then
};

// What a request means: an answer that needs no write, or a command.
class Requests {
 public:
  Requests(CurrentWorld& world, Ledger& ledger, const Clock& clock, Random& random, Duties duties)
      : world_(world), ledger_(ledger), clock_(clock), random_(random), duties_(duties) {}

  // Any thread; `random` must be too.
  std::variant<Reply, Ordered> read(const Asked& asked) const;

 private:
  std::variant<Reply, Ordered> dispatch(const World& world, const Asked& asked, const Request& request) const;
  std::variant<Reply, Ordered> submit(const World& world, const Asked& asked, const Request& request) const;
  std::variant<Reply, Ordered> receipt(const World& world, const Asked& asked, const Request& request) const;
  std::variant<Reply, Ordered> card(const World& world, const Asked& asked, const Request& request) const;
  std::variant<Reply, Ordered> revocation(const World& world, const Asked& asked,
                                          const Request& request) const;
  std::variant<Reply, Ordered> evaluation(const World& world, const Asked& asked,
                                          const Request& request) const;
  Reply posted(const Asked& asked, const Request& request) const;
  std::variant<Reply, Ordered> posting(const World& world, const Asked& asked, const Request& request) const;
  std::variant<Reply, Ordered> unreadable(const World& world, const Asked& asked,
                                          const Request& request) const;
  std::variant<Reply, Ordered> hit(const World& world, const Asked& asked, const Request& request) const;
  struct Wanted {
    Evaluation evaluation;
    EvaluationRequest request;
  };
  std::variant<Wanted, Refusal> wanted(const World& world, const Asked& asked, const Bytes& body,
                                       Day today) const;
  std::optional<Refusal> over_quota(const World& world, const Evaluation& evaluation, std::size_t count,
                                    Day today) const;
  std::optional<Reply> not_here(const World& world, const Asked& asked, Action action) const;
  Reply witness() const;
  std::variant<Reply, Ordered> tokens(const World& world, const Asked& asked, const Request& request) const;
  std::variant<Reply, Ordered> redeem(const World& world, const Asked& asked, const Request& request) const;
  std::variant<Reply, Ordered> redeem_evaluation(const World& world, const Asked& asked,
                                                 const Request& request) const;
  Reply tombstone(const Request& request) const;
  Reply audit(const World& world, const Asked& asked, const Request& request) const;
  Reply overview(const World& world, const Asked& asked) const;
  static Reply metadata(const World& world, const std::string& name);
  Ordered order(const Asked& asked, const Request& request, decltype(Command::what) what) const;

  CurrentWorld& world_;
  Ledger& ledger_;
  const Clock& clock_;
  Random& random_;
  Duties duties_;
};

}  // namespace seinhuis::broker
