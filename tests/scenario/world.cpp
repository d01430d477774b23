#include "scenario/world.h"

#include <cstdlib>

#include "network_admin.h"
#include "sandbox.h"
#include "seinhuis/base/files.h"
#include "watch.h"

namespace seinhuis::test {

// One desk's way to the broker or the notary.
class LocalLink final : public client::Link {
 public:
  using Way = Result<Reply> (World::*)(const std::string& desk, const Request& request);
  LocalLink(World& world, std::string desk, Way way) : world_(world), desk_(std::move(desk)), way_(way) {}
  static LocalLink to_broker(World& world, const std::string& desk) {
    return {world, desk, &World::exchange};
  }
  // Where nobody is asked who it is: of the broker, or of the issuer.
  static std::unique_ptr<LocalLink> anonymous(World& world, client::Office office) {
    const Way way =
        office == client::Office::issuer && world.notary_ ? &World::exchange_with_notary : &World::exchange;
    return std::make_unique<LocalLink>(world, broker::anonymous_peer, way);
  }
  static LocalLink to_notary(World& world, const std::string& desk) {
    return {world, desk, &World::exchange_with_notary};
  }
  Result<Reply> ask(Request request, std::chrono::milliseconds) override {
    return (world_.*way_)(desk_, request);
  }

 private:
  World& world_;
  std::string desk_;
  Way way_;
};

struct World::Desk {
  std::unique_ptr<store::Store> store;
  std::optional<client::DeskKeys> keys;
  LocalLink link;
  LocalLink notary;
  std::unique_ptr<client::Client> client;
};

// The notary: the broker's library with other duties, its own store and keys.
struct World::Office {
  std::unique_ptr<store::Store> store;
  std::optional<proof::Signer> signer;
  std::unique_ptr<broker::Ledger> ledger;
  std::unique_ptr<broker::Evaluator> evaluator;
  std::unique_ptr<broker::Issuer> issuer;
  broker::LatestWitness witness;
  LocalLink broker;
  std::unique_ptr<notary::Watch> watch;
  std::unique_ptr<broker::Service> service;
};

void World::OfficeDeleter::operator()(Office* office) const {
  delete office;
}  // NOLINT(cppcoreguidelines-owning-memory)

void World::DeskDeleter::operator()(Desk* desk) const {
  delete desk;
}  // NOLINT(cppcoreguidelines-owning-memory)

World::World(const std::string& date, std::filesystem::path policies, tools::WithNotary notary)
    : folder_(home_.path() / "network"), now_(std::make_shared<std::atomic<Instant>>()) {
  const Day day = must(Day::parse(date));
  const char* prepared = std::getenv("SEINHUIS_SANDBOX");
  if (prepared != nullptr && date == first_day && policies == policy_set && notary == tools::WithNotary::no) {
    std::filesystem::copy(prepared, folder_, std::filesystem::copy_options::recursive);
  } else {
    must(tools::create_sandbox(folder_, policies, day, random_, {}, notary));
  }
  start(day);
}

World::World(const std::filesystem::path& sandbox, Day created)
    : folder_(home_.path() / "network"), now_(std::make_shared<std::atomic<Instant>>()) {
  std::filesystem::copy(sandbox, folder_, std::filesystem::copy_options::recursive);
  limits_.workers = 0;
  start(created);
}

void World::start(Day created) {
  now_->store(Instant(std::chrono::sys_days(std::chrono::days(created.days())) + std::chrono::hours(12)));
  const Bytes seed = must(read_file(folder_ / "broker" / "log.key", 64));
  log_key_.emplace(
      proof::SigningSeed::filled([&](std::span<std::byte> out) { std::ranges::copy(seed, out.begin()); }));
  world_ = std::make_unique<broker::CurrentWorld>(nullptr);
  load_world();
  start_broker();
  if (std::filesystem::exists(folder_ / "notary")) notary_ = start_notary();
}

std::function<void(std::vector<broker::Told>)> World::taker() {
  return [this](std::vector<broker::Told> told) {
    const std::scoped_lock lock(mutex_);
    for (broker::Told& one : told) answers_[one.peer] = std::move(one.frame);
    answered_.notify_all();
  };
}

std::unique_ptr<World::Office, World::OfficeDeleter> World::start_notary() {
  const auto folder = folder_ / "notary";
  std::unique_ptr<Office, OfficeDeleter> office(
      new Office{must(store::open_lmdb(folder / "store", 1U << 26U, random_)),
                 {},
                 {},
                 {},
                 {},
                 {},
                 LocalLink::to_broker(*this, proof::notary_name),
                 {},
                 {}});  // NOLINT(cppcoreguidelines-owning-memory)
  office->signer.emplace(must(tools::load_signer(folder / "identity.key")));
  office->ledger = std::make_unique<broker::Ledger>(*office->store, *office->signer, broker::LedgerLimits{});
  office->evaluator = std::make_unique<broker::Evaluator>(proof::notary_name, folder / "evaluator", random_);
  office->issuer = std::make_unique<broker::Issuer>(folder / "issuer", *office->signer, random_);
  const auto clock = now_;
  const Clock now = [clock] { return clock->load(); };
  office->watch = std::make_unique<notary::Watch>(notary::Watch::Parts{
      *world_, *office->store, *office->signer, now, folder / "metadata", office->broker, office->witness});
  office->service = std::make_unique<broker::Service>(
      *world_, *office->ledger, now, random_, limits_, taker(),
      broker::Duties{office->evaluator.get(), &office->witness, office->issuer.get()});
  return office;
}

Result<Done> World::notary_looks() { return notary_->watch->look(); }

void World::load_world() {
  auto files = must(proof::read_metadata(folder_ / "metadata"));
  world_->set(must(broker::make_world(std::move(files), {}, now())));
}

void World::start_broker() {
  store_ = must(store::open_lmdb(folder_ / "broker" / "store", 1U << 28U, random_));
  ledger_ = std::make_unique<broker::Ledger>(*store_, *log_key_, broker::LedgerLimits{});
  issuer_ = std::make_unique<broker::Issuer>(folder_ / "broker" / "issuer", *log_key_, random_);
  evaluator_ = std::make_unique<broker::Evaluator>(broker::broker_evaluator, folder_ / "broker" / "evaluator",
                                                   random_);
  const auto clock = now_;
  service_ = std::make_unique<broker::Service>(
      *world_, *ledger_, [clock] { return clock->load(); }, random_, limits_, taker(),
      broker::Duties{evaluator_.get(), nullptr, issuer_.get()});
}

void World::restart_broker() {
  while_stopped([] {});
}

void World::while_stopped(const std::function<void()>& work) {
  service_.reset();
  ledger_.reset();
  store_.reset();
  work();
  load_world();
  start_broker();
}

void World::advance_days(int days) {
  must(tools::advance_sandbox(folder_, std::chrono::minutes(1440 * days), random_,
                              tools::RunningBroker::leave));
  now_->store(now_->load() + std::chrono::days(days));
  load_world();
  must(ledger_->turn_day(*world_->get(), now(), random_.draw<Hash>()));
}

void World::keep_time() {
  const auto due = [this] {
    const auto next = must(ledger_->next_alarm());
    return next && *next <= now();
  };
  do {
    const auto kept = must(ledger_->keep_time(*world_->get(), now(), random_.draw<Hash>()));
    if (kept.doubted || kept.unreadable > 0) return;
  } while (due());
}

void World::publish(const std::optional<std::filesystem::path>& policies) {
  Request request;
  request.action = Action::head;
  const Reply head = must(exchange("gemeente-groningen/toezicht", request));
  const Bytes newest = head.items.empty() ? Bytes{} : head.items[0].body;
  must(tools::publish(folder_, policies, {{}, newest, now()}, now()));
  load_world();
}

void World::refresh() {
  must(tools::refresh(folder_, {}, now()));
  load_world();
}

Result<Reply> World::exchange(const std::string& desk, const Request& request) {
  const Error silence{Errc::unreachable, "the broker does not answer"};
  if (cut_) return silence;
  if (twice_[desk]-- > 0) (void)pass(*service_, desk, request, lies_);
  auto reply = pass(*service_, desk, request, lies_);
  if (lost_[desk]-- > 0) return silence;
  return reply;
}

Result<Reply> World::exchange_with_notary(const std::string& desk, const Request& request) {
  if (!notary_ || notary_away_) return Error{Errc::unreachable, "the notary does not answer"};
  return pass(*notary_->service, desk, request, notary_lies_);
}

std::optional<std::string> World::ask_of(broker::Service& service, const std::string& desk,
                                         const Request& request) {
  std::unique_lock lock(mutex_);
  const std::string peer = "peer-" + std::to_string(++last_peer_);
  Bytes frame = encode(request);
  frames_.push_back(frame);
  lock.unlock();
  return service.offer({peer, desk, std::move(frame)}) ? std::optional(peer) : std::nullopt;
}

Result<Reply> World::answer_to(const std::string& peer) {
  std::unique_lock lock(mutex_);
  const bool came =
      answered_.wait_for(lock, std::chrono::seconds(30), [&] { return answers_.contains(peer); });
  if (!came) return Error{Errc::unreachable, "no answer in 30 s"};
  const Bytes answer = std::move(answers_.at(peer));
  answers_.erase(peer);
  frames_.push_back(answer);
  return decode_reply(answer);
}

Result<Reply> World::pass(broker::Service& service, const std::string& desk, const Request& request,
                          std::map<std::string, Lie>& lies) {
  const auto peer = ask_of(service, desk, request);
  if (!peer) return decode_reply(broker::busy_reply(encode(request)));
  auto reply = answer_to(*peer);
  const auto lie = lies.find(desk);
  if (reply && lie != lies.end()) lie->second(request, *reply);
  return reply;
}

client::Client& World::desk(const std::string& name) {
  auto& desk = desks_[name];
  if (!desk) {
    const auto home = folder_ / "desks" / name;
    desk.reset(
        new Desk{must(store::open_lmdb(home / "store", 1U << 26U, random_)),
                 must(client::DeskKeys::load(home)),
                 LocalLink::to_broker(*this, name),
                 LocalLink::to_notary(*this, name),
                 {}});  // NOLINT(cppcoreguidelines-owning-memory): owned by the pointer with its own deleter
  }
  if (!desk->client) desk->client = must(another(name));
  return *desk->client;
}

store::Store& World::store_of(const std::string& name) {
  (void)desk(name);
  return *desks_.at(name)->store;
}

client::DeskKeys& World::keys_of(const std::string& name) {
  (void)desk(name);
  return *desks_.at(name)->keys;
}

Result<std::unique_ptr<client::Client>> World::another(const std::string& name) {
  Desk& desk = *desks_.at(name);
  const auto clock = now_;
  client::Client::Parts parts{name,
                              *desk.keys,
                              *desk.store,
                              desk.link,
                              random_,
                              [clock] { return clock->load(); },
                              std::chrono::seconds(30),
                              notary_ ? &desk.notary : nullptr,
                              [this](client::Office office) -> Result<std::unique_ptr<client::Link>> {
                                return std::unique_ptr<client::Link>(LocalLink::anonymous(*this, office));
                              },
                              unhurried_};
  return client::Client::open(std::move(parts),
                              must(proof::read_metadata(folder_ / "desks" / name / "metadata")));
}

policy::Draft World::example(const std::string& name) {
  const auto& policy = *world_->get()->policies.rbegin()->second;
  return must(policy::read_signal(policy, policy_set / "examples" / (name + ".json")));
}

void World::sign_statements(policy::Draft& draft) {
  draft.thread = random_.draw<ThreadId>();
  std::vector<policy::StatementDraft> signed_drafts;
  for (const policy::StatementDraft& wanted : draft.statements) {
    const auto& policy = desk(draft.from).policy();
    const auto& type = policy.source().statements[policy.statement(wanted.type)];
    for (const std::string& role : type.roles) {
      const auto issuer = std::ranges::find(policy.source().desks, role, &bundle::Desk::role);
      Statement s;
      s.thread = *draft.thread;
      s.giver = std::string(policy::organisation_of(draft.from));
      s.nonce = random_.draw<MessageId>();
      s.type = wanted.type;
      s.subject = wanted.subject;
      s.to = wanted.to;
      s.purposes = wanted.purposes;
      s.from = Day(wanted.period.from);
      s.until = Day(wanted.period.until);
      policy::StatementDraft made = wanted;
      made.signed_form = encode(desk(issuer->name).attest(s));
      signed_drafts.push_back(std::move(made));
      if (!type.by_all) break;
    }
  }
  draft.statements = std::move(signed_drafts);
}

client::KeptSent World::send(policy::Draft draft) {
  const std::string from = draft.from;
  auto sent = must(desk(from).send(std::move(draft)));
  INFO(sent.kept.text);
  REQUIRE(sent.kept.state == client::KeptSent::State::accepted);
  return std::move(sent.kept);
}

std::vector<client::KeptDelivery> World::inbox(const std::string& name) {
  must(desk(name).fetch(std::chrono::milliseconds(0)));
  return must(desk(name).inbox());
}

std::vector<client::AlarmCode> World::alarms(const std::string& name) {
  (void)inbox(name);
  std::vector<client::AlarmCode> codes;
  for (const client::KeptAlarm& kept : must(desk(name).alarms())) codes.push_back(kept.alarm.code);
  return codes;
}

Reply World::ask(const std::string& name, Request request) { return must(exchange(name, request)); }
std::string World::begin(const std::string& name, const Request& request) {
  return ask_of(*service_, name, request).value();
}
Reply World::end(const std::string& peer) { return must(answer_to(peer)); }
Reply World::ask_anonymously(Request request) {
  broker::Service& issuer = notary_ ? *notary_->service : *service_;
  std::map<std::string, Lie> none;
  return must(pass(issuer, broker::anonymous_peer, request, none));
}
Reply World::ask_notary(const std::string& name, Request request) {
  return must(exchange_with_notary(name, request));
}

Reply World::submit_raw(const std::string& name, Bytes submission) {
  Request request;
  request.action = Action::submit;
  request.body = std::move(submission);
  return ask(name, std::move(request));
}

std::optional<seal::Value> value_in(const client::KeptDelivery& delivery, const std::string& field,
                                    const std::string& form) {
  for (const auto& [name, value] : view_in(delivery, field).values) {
    if (name == form) return value;
  }
  return std::nullopt;
}

const client::FieldView& view_in(const client::KeptDelivery& delivery, const std::string& field) {
  for (const client::FieldView& seen : delivery.fields) {
    if (seen.field == field) return seen;
  }
  FAIL("no field " << field);
  return delivery.fields.front();
}

}  // namespace seinhuis::test
