#include <iostream>
#include <memory>

#include "commands.h"
#include "network_admin.h"
#include "notary_admin.h"
#include "profile.h"
#include "progress.h"
#include "sandbox.h"
#include "seinhuis/base/file_clock.h"
#include "seinhuis/base/files.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/metadata_folder.h"

namespace seinhuis::tools {
namespace {

using std::filesystem::path;

struct NetworkOptions {
  std::string folder;
  std::string name;
  std::string policies;
  std::string endpoint;
  std::string anonymous_endpoint;
  std::string request;
  std::string desk;
  std::string profile;
  std::string root;
  std::string date;
  std::string domain;
  std::string by;
  std::string broker;  // endpoint; empty: that of the directory
  std::string notary;  // request
  unsigned generation = 1;
  bool from_broker = false;
  bool with_notary = false;
};

// A sandbox goes by its own clock.
Result<Clock> clock_of(const path& folder) {
  const path sandbox = folder / "metadata" / "sandbox-clock";
  return clock_from(std::filesystem::exists(sandbox) ? std::optional(sandbox) : std::nullopt);
}

int report(const Style& style, const Result<Done>& done, const std::string& text) {
  if (!done) return fail(style, done.error());
  if (style.json) {
    print({{"done", text}});
  } else {
    std::cout << text << '\n';
  }
  return 0;
}

int create(const NetworkOptions& o, const Style& style) {
  SystemRandom random;
  const NetworkPlan plan{o.name, o.policies, o.endpoint, o.anonymous_endpoint, system_now(), false};
  const auto done = create_network(o.folder, plan, random);
  if (!done) return fail(style, done.error());
  const std::string config =
      "metadata: ../metadata\nstore: store\ntransport-key: transport.key\nlog-key: log.key\n"
      "evaluator: evaluator\nissuer: issuer\n";
  return report(
      style, write_file(path(o.folder) / "broker" / "broker.yaml", view(config), Readers::owner),
      "network made; enrol desks with: seinhuis network sign " + o.folder + " --enrol REQUEST.json");
}

int sign_notary(const NetworkOptions& o, const Style& style) {
  const auto content = read_file(o.notary, 1U << 20U);
  if (!content) return fail(style, content.error());
  const auto request = parse_notary_request(text_of(*content), o.notary);
  if (!request) return fail(style, request.error());
  return report(
      style, enrol_notary(o.folder, *request),
      "the notary stands in the next directory; publish it with: seinhuis network publish " + o.folder);
}

int sign(const NetworkOptions& o, const Style& style) {
  if (o.request.empty() == o.notary.empty())
    return fail(style, {Errc::malformed, "name one request: --enrol of a desk, or --notary"});
  if (!o.notary.empty()) return sign_notary(o, style);
  const auto content = read_file(o.request, 1U << 20U);
  if (!content) return fail(style, content.error());
  const auto request = parse_request(text_of(*content), o.request);
  if (!request) return fail(style, request.error());
  return report(style, enrol(o.folder, *request),
                request->keys.name +
                    " stands in the next directory; publish it with: seinhuis network publish " + o.folder);
}

Result<Published> from_broker(const NetworkOptions& o, Instant now) {
  if (!o.from_broker) return Published{};
  return ask_broker(o.folder, o.broker, now);
}

int publish_network(const NetworkOptions& o, const Style& style) {
  const auto clock = clock_of(o.folder);
  if (!clock) return fail(style, clock.error());
  const auto news = from_broker(o, (*clock)());
  if (!news) return fail(style, news.error());
  const auto policies = o.policies.empty() ? std::nullopt : std::optional<path>(o.policies);
  return report(style, publish(o.folder, policies, *news, (*clock)()), "published");
}

int refresh_metadata(const NetworkOptions& o, const Style& style) {
  const auto clock = clock_of(o.folder);
  if (!clock) return fail(style, clock.error());
  const auto news = from_broker(o, (*clock)());
  if (!news) return fail(style, news.error());
  return report(style, refresh(o.folder, *news, (*clock)()), "a new timestamp is signed");
}

int revoke_desk(const NetworkOptions& o, const Style& style) {
  return report(style, revoke(o.folder, o.desk),
                o.desk + " will be revoked; publish it with: seinhuis network publish " + o.folder);
}

int restored(const NetworkOptions& o, const Style& style) {
  SystemRandom random;
  return report(
      style, continue_log(o.folder, random),
      "the log goes on under a new id, signed by the root; publish it with: seinhuis network publish " +
          o.folder);
}

int rotate_keys(const NetworkOptions& o, const Style& style) {
  const auto clock = clock_of(o.folder);
  if (!clock) return fail(style, clock.error());
  const auto from = o.date.empty() ? Result<Day>(Day::of((*clock)()).plus(1)) : Day::parse(o.date);
  if (!from) return fail(style, from.error());
  return report(style, rotate_domain(o.folder, o.domain, *from),
                "domain " + o.domain + " has other pseudonyms from " + from->text() +
                    " on; publish it with: seinhuis network publish " + o.folder);
}

// On the notary's own machine.
int enrol_with_notary(const NetworkOptions& o, const Style& style) {
  SystemRandom random;
  const auto request = make_notary(
      o.folder, {o.endpoint, o.anonymous_endpoint, o.policies, Day::of(system_now()), o.generation}, random);
  if (!request) return fail(style, request.error());
  std::cout << to_json(*request) << '\n';
  return 0;
}

// On the desk's own machine: keys, and a request that proves it holds them.
int enrol_desk(const NetworkOptions& o, const Style& style) {
  const auto root = read_file(o.root, metadata::max_bytes);
  if (!root) return fail(style, root.error());
  const auto file = metadata::decode_signed(*root);
  if (!file) return fail(style, {Errc::malformed, o.root + " is not a signed root"});
  SystemRandom random;
  auto keys = create_profile(o.profile, o.desk, {}, random);
  if (!keys) return fail(style, keys.error());
  const Hash network = proof::h32(file->body);
  const auto cards = keys->cards(network, o.desk, Day::of(system_now()), random);
  if (!cards) return fail(style, cards.error());
  std::cout << to_json(request_for(o.desk, *keys, *cards)) << '\n';
  return 0;
}

int sandbox_create(const NetworkOptions& o, const Style& style) {
  const auto day = o.date.empty() ? Result<Day>(Day::of(system_now())) : Day::parse(o.date);
  if (!day) return fail(style, day.error());
  SystemRandom random;
  return report(
      style,
      create_sandbox(o.folder, o.policies.empty() ? path("policies/nl-mensenhandel") : path(o.policies), *day,
                     random, progress("making desks"), o.with_notary ? WithNotary::yes : WithNotary::no),
      "sandbox made; start its broker with: seinhuisd --config " + o.folder + "/broker.yaml" +
          (o.with_notary
               ? "\nand its notary with: seinhuis-notary --config " + o.folder + "/notary/notary.yaml"
               : ""));
}

int sandbox_advance(const NetworkOptions& o, const Style& style) {
  char* unit = nullptr;
  const long number = std::strtol(o.by.c_str(), &unit, 10);
  const std::string said = unit;
  const int each = said == "d" ? 1440 : said == "h" ? 60 : said == "m" ? 1 : 0;
  if (each == 0 || number <= 0 || number > 3650) {
    return fail(style, {Errc::malformed, "'" + o.by + "' is no length of time; write 1d, 6h or 30m"});
  }
  SystemRandom random;
  return report(style, advance_sandbox(o.folder, std::chrono::minutes(number * each), random),
                "the clock of the sandbox moved by " + o.by);
}

using Options = std::shared_ptr<NetworkOptions>;
using Run = std::function<void(CLI::App*, int (*)(const NetworkOptions&, const Style&))>;

void add_broker(CLI::App* command, const Options& o) {
  const auto take = [o](const std::vector<std::string>& said) {
    o->from_broker = true;
    o->broker = said.empty() ? "" : said.front();
  };
  command
      ->add_option_function<std::vector<std::string>>(
          "--broker", take,
          "take key cards and log head from the running broker, here or where the directory says")
      ->expected(0, 1)
      ->type_name("ENDPOINT");
}

void add_sandbox(CLI::App& app, const Options& o, const Run& run) {
  auto* sandbox = app.add_subcommand("sandbox", "A whole network on this machine, to try.");
  sandbox->require_subcommand(1);
  auto* sandbox_make =
      sandbox->add_subcommand("create", "every desk of a policy, a broker, a clock that can be moved");
  sandbox_make->add_option("folder", o->folder)->required();
  sandbox_make->add_option("--policies", o->policies, "policy folder; default policies/nl-mensenhandel");
  sandbox_make->add_flag("--with-notary", o->with_notary, "a notary beside the broker: two evaluators");
  sandbox_make->add_option("--date", o->date, "YYYY-MM-DD on which it starts; default today");
  run(sandbox_make, sandbox_create);
  auto* advance = sandbox->add_subcommand("advance", "move the clock: 1d, 6h, 30m");
  advance->add_option("folder", o->folder)->required();
  advance->add_option("by", o->by)->required();
  run(advance, sandbox_advance);
}

void add_restored(CLI::App& network, const Options& o, const Run& run) {
  auto* restored_command = network.add_subcommand(
      "restored", "sign a new log after `seinhuisd restore`, and end the broker's tokens of before");
  restored_command->add_option("folder", o->folder)->required();
  run(restored_command, restored);
}

void add_notary(CLI::App& app, const Options& o, const Run& run) {
  auto* notary = app.add_subcommand("notary", "The second legal entity (its own machine).");
  notary->require_subcommand(1);
  auto* notary_enrol = notary->add_subcommand(
      "enrol", "draw a notary's keys, for three generations; prints the request for the administrators");
  notary_enrol->add_option("folder", o->folder, "the notary's folder")->required();
  notary_enrol->add_option("--endpoint", o->endpoint, "tcp://host:port that desks connect to")->required();
  notary_enrol->add_option("--anonymous-endpoint", o->anonymous_endpoint,
                           "tcp://host:port that asks nobody who it is");
  notary_enrol->add_option("--policies", o->policies, "the network's policy folder")->required();
  notary_enrol->add_option("--generation", o->generation, "the first generation; default 1")
      ->check(CLI::Range(1U, 1'000'000U));
  run(notary_enrol, enrol_with_notary);
}

}  // namespace

void add_network_commands(CLI::App& app, Style& style, Outcome& outcome) {
  auto o = std::make_shared<NetworkOptions>();  // outlives this call, with the callbacks below
  const auto run = [o, &style, &outcome](CLI::App* command,
                                         int (*what)(const NetworkOptions&, const Style&)) {
    command->add_flag("--json", style.json, "one JSON document on standard output");
    command->callback([o, what, &style, &outcome] { outcome.code = what(*o, style); });
  };
  auto* network = app.add_subcommand("network", "Make and sign a network (administrators).");
  network->require_subcommand(1);
  auto* make = network->add_subcommand("create", "role keys, root, an empty directory, the broker's keys");
  make->add_option("folder", o->folder)->required();
  make->add_option("--name", o->name)->required();
  make->add_option("--endpoint", o->endpoint, "tcp://host:port that desks connect to")->required();
  make->add_option("--anonymous-endpoint", o->anonymous_endpoint,
                   "tcp://host:port that asks nobody who it is");
  run(make, create);
  auto* sign_command =
      network->add_subcommand("sign", "take the request of a desk or notary into the next directory");
  sign_command->add_option("folder", o->folder)->required();
  sign_command->add_option("--enrol", o->request, "the request of `seinhuis desk enrol`");
  sign_command->add_option("--notary", o->notary, "the request of `seinhuis notary enrol`");
  run(sign_command, sign);
  auto* publish_command =
      network->add_subcommand("publish", "sign directory, policy, snapshot and timestamp");
  publish_command->add_option("folder", o->folder)->required();
  publish_command->add_option("--policies", o->policies, "a new version of the policy");
  add_broker(publish_command, o);
  run(publish_command, publish_network);

  auto* rotate_command =
      network->add_subcommand("rotate", "new pseudonyms in a domain, which nobody can compare with the old");
  rotate_command->add_option("folder", o->folder)->required();
  rotate_command->add_option("--domain", o->domain, "pseudonym domain of the policy")->required();
  rotate_command->add_option("--date", o->date, "YYYY-MM-DD on which they begin; default tomorrow");
  run(rotate_command, rotate_keys);

  add_restored(*network, o, run);

  add_notary(app, o, run);
  auto* desk = app.add_subcommand("desk", "Enrol or revoke a desk.");
  desk->require_subcommand(1);
  auto* enrol_command =
      desk->add_subcommand("enrol", "draw a desk's keys; prints the request for the administrators");
  enrol_command->add_option("--profile", o->profile, "new folder for the desk")->required();
  enrol_command->add_option("--desk", o->desk, "organisation/desk")->required();
  enrol_command->add_option("--root", o->root, "metadata/1.root of the network")->required();
  run(enrol_command, enrol_desk);
  auto* revoke_command =
      desk->add_subcommand("revoke", "the desk's keys count no more from the next directory on");
  revoke_command->add_option("folder", o->folder)->required();
  revoke_command->add_option("--desk", o->desk, "organisation/desk")->required();
  run(revoke_command, revoke_desk);

  auto* metadata_command = app.add_subcommand("metadata", "Signed metadata.");
  metadata_command->require_subcommand(1);
  auto* refresh_command = metadata_command->add_subcommand("refresh", "sign a new timestamp");
  refresh_command->add_option("folder", o->folder)->required();
  add_broker(refresh_command, o);
  run(refresh_command, refresh_metadata);
  add_sandbox(app, o, run);
}

}  // namespace seinhuis::tools
