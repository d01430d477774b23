#pragma once

#include <condition_variable>
#include <map>

#include "sandbox.h"
#include "seinhuis/broker/service.h"
#include "seinhuis/client/client.h"
#include "seinhuis/policy/calendar.h"
#include "seinhuis/policy_load/signal_file.h"
#include "seinhuis/proof/metadata_folder.h"
#include "seinhuis/store/lmdb.h"
#include "support.h"

// A whole network in one process: the real broker library and real clients, with the socket between them
// replaced by a call, and a clock that the test moves.
namespace seinhuis::test {

inline const std::filesystem::path policy_set = SEINHUIS_POLICIES "/nl-mensenhandel";
inline const std::string first_day = "2026-11-23";

// What a test does to what passes between a client and the broker.
using Lie = std::function<void(const Request& request, Reply& reply)>;

class World {
 public:
  // On a sandbox of its own, with the keys of every other of the first day. To make one is most of what a
  // scenario costs: where SEINHUIS_SANDBOX says that there is one of the first day, it is copied.
  explicit World(const std::string& date = first_day, std::filesystem::path policies = policy_set,
                 tools::WithNotary notary = tools::WithNotary::no);
  // On a copy of a sandbox that was created on that day, in one thread.
  World(const std::filesystem::path& sandbox, Day created);

  Instant now() const { return now_->load(); }
  Day today() const { return Day::of(now()); }
  // Moves the clock of everybody, with fresh metadata.
  void advance_days(int days);
  // Moves the clock only: metadata grows old.
  void let_time_pass(std::chrono::minutes by) { now_->store(now_->load() + by); }
  // What is due by now has passed when this returns.
  void keep_time();
  // Days that a message can be fetched under the policy of today.
  int message_life() const {
    const auto signed_world = world_->get();
    const auto& bundle = signed_world->network.policy_on(today())->bundle;
    return static_cast<int>(policy::message_life(bundle));
  }

  client::Client& desk(const std::string& name);
  // A second process of the same desk, on the same store.
  Result<std::unique_ptr<client::Client>> another(const std::string& name);
  // The same desk, started anew from what is on its disk.
  void restart(const std::string& name) { desks_.erase(name); }
  void restart_broker();
  // Something is done to the files of the network while no broker runs.
  void while_stopped(const std::function<void()>& work);
  // The administrators publish: the same policy or another, a directory as it is being prepared, and the
  // broker's head.
  void publish(const std::optional<std::filesystem::path>& policies = {});
  // They sign a new timestamp, which desks have to fetch.
  void refresh();

  policy::Draft example(const std::string& name);
  // Has every statement of the draft signed by a desk that may, in a fresh thread.
  void sign_statements(policy::Draft& draft);
  // Sends, and fails the test unless the broker accepts.
  client::KeptSent send(policy::Draft draft);
  // Everything `desk` has, after it took in what waits.
  std::vector<client::KeptDelivery> inbox(const std::string& desk);
  std::vector<client::AlarmCode> alarms(const std::string& desk);
  Reply ask(const std::string& desk, Request request);
  Reply submit_raw(const std::string& desk, Bytes submission);
  // A request that others overtake, and its answer, for which 30 s are waited.
  std::string begin(const std::string& desk, const Request& request);
  Reply end(const std::string& peer);

  // From here on every answer to `desk` passes through the lie.
  void lie_to(const std::string& desk, Lie lie) { lies_[desk] = std::move(lie); }
  void tell_the_truth() { lies_.clear(); }
  // What the notary does of its own accord, once.
  Result<Done> notary_looks();
  Reply ask_notary(const std::string& desk, Request request);
  // At the issuer's anonymous endpoint: the notary's where there is one.
  Reply ask_anonymously(Request request);
  // From here on every answer of the notary to `desk` passes through the lie.
  void lie_of_notary_to(const std::string& desk, Lie lie) { notary_lies_[desk] = std::move(lie); }
  void notary_leaves() { notary_away_ = true; }
  void notary_comes_back() { notary_away_ = false; }

  // From here on what names nobody waits for its daily frame, as outside a sandbox.
  void unhurried() { unhurried_ = true; }

  // So many of the next answers to this desk are lost on the way; so many of its next requests arrive twice.
  void lose_answers(const std::string& desk, int next) { lost_[desk] = next; }
  void deliver_twice(const std::string& desk, int next) { twice_[desk] = next; }

  // Nobody reaches the broker any more.
  void cut() { cut_ = true; }
  void mend() { cut_ = false; }

  const proof::Signer& log_key() const { return *log_key_; }
  const std::filesystem::path& folder() const { return folder_; }
  std::vector<Bytes>& frames() { return frames_; }  // all that passed between clients and broker
  broker::Ledger& ledger() { return *ledger_; }
  broker::CurrentWorld& signed_world() { return *world_; }
  broker::Service& service() { return *service_; }
  broker::Evaluator& evaluator() { return *evaluator_; }
  broker::Issuer& issuer() { return *issuer_; }
  store::Store& broker_store() { return *store_; }
  const Hash& network_id() const { return world_->get()->network.id; }
  const metadata::Directory& directory() const {
    return world_->get()->network.directory_on(today())->directory;
  }
  store::Store& store_of(const std::string& desk);
  client::DeskKeys& keys_of(const std::string& desk);
  std::shared_ptr<std::atomic<Instant>> clock() { return now_; }

 private:
  friend class LocalLink;
  struct Desk;
  struct DeskDeleter {
    void operator()(Desk* desk) const;
  };
  struct Office;
  struct OfficeDeleter {
    void operator()(Office* office) const;
  };
  std::unique_ptr<Office, OfficeDeleter> start_notary();
  void start(Day created);
  void start_broker();
  void load_world();
  std::function<void(std::vector<broker::Told>)> taker();
  Result<Reply> exchange(const std::string& desk, const Request& request);
  Result<Reply> exchange_with_notary(const std::string& desk, const Request& request);
  std::optional<std::string> ask_of(broker::Service& service, const std::string& desk,
                                    const Request& request);
  Result<Reply> answer_to(const std::string& peer);
  Result<Reply> pass(broker::Service& service, const std::string& desk, const Request& request,
                     std::map<std::string, Lie>& lies);

  Folder home_;
  std::filesystem::path folder_;
  SystemRandom random_;
  std::shared_ptr<std::atomic<Instant>> now_;
  broker::ServiceLimits limits_;
  std::optional<proof::Signer> log_key_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<broker::CurrentWorld> world_;
  std::unique_ptr<broker::Ledger> ledger_;
  std::unique_ptr<broker::Evaluator> evaluator_;
  std::unique_ptr<broker::Issuer> issuer_;
  std::unique_ptr<broker::Service> service_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::map<std::string, Bytes> answers_;  // by peer
  std::uint64_t last_peer_ = 0;
  std::vector<Bytes> frames_;
  bool cut_ = false;
  bool unhurried_ = false;
  bool notary_away_ = false;
  std::map<std::string, Lie> lies_;
  std::map<std::string, int> lost_;
  std::map<std::string, int> twice_;
  std::map<std::string, Lie> notary_lies_;
  std::unique_ptr<Office, OfficeDeleter> notary_;
  std::map<std::string, std::unique_ptr<Desk, DeskDeleter>> desks_;
};

// The value of a field in a form, or nothing.
std::optional<seal::Value> value_in(const client::KeptDelivery& delivery, const std::string& field,
                                    const std::string& form = "exact");
const client::FieldView& view_in(const client::KeptDelivery& delivery, const std::string& field);

}  // namespace seinhuis::test
