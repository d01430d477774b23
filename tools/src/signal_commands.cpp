#include <iostream>
#include <memory>

#include "commands.h"
#include "profile.h"
#include "seinhuis/base/files.h"
#include "seinhuis/policy_load/signal_file.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/leaves.h"
#include "seinhuis/yaml/yaml.h"
#include "unnamed_sending.h"

namespace seinhuis::tools {
namespace {

struct SignalOptions {
  std::string profile;
  std::string signal;
  std::string reason;
  std::string type;
  std::string giver;
  std::string thread;
  std::string role;
  std::vector<std::string> to;
  std::vector<std::string> purposes;
  std::string from;
  std::string until;
  std::string text;
  std::string revoke;
  std::string mode = "identified";
};

// Newer metadata first, so that the plan is today's; without a broker the signal is planned on what is here,
// and queued.
Result<std::unique_ptr<Profile>> open_synchronised(const std::string& folder) {
  auto profile = Profile::open(folder);
  if (!profile) return profile;
  const auto synced = (*profile)->client().sync();
  if (!synced && exit_for(synced.error()) == Exit::not_authentic) return synced.error();
  if (auto saved = (*profile)->save_metadata(); !saved) return saved.error();
  return profile;
}

// Before what names nobody is sent, this desk is not heard from: its session would say when it was busy, and
// what is not urgent leaves with a daily frame, not now. In a sandbox it fetches its tokens first, where
// elsewhere it has them since days.
Result<std::unique_ptr<Profile>> open_unnamed(const std::string& folder) {
  auto profile = Profile::open(folder);
  if (!profile) return profile;
  const bool first = (*profile)->sandbox() && !(*profile)->client().has_tokens();
  if (!first) return profile;
  auto newer = (*profile)->client().sync();
  if (!newer && exit_for(newer.error()) == Exit::not_authentic) return newer.error();
  if (auto saved = (*profile)->save_metadata(); !saved) return saved.error();
  return profile;
}

// What leaves at once is planned on the newest policy, which is asked for over a connection of nobody.
Result<Done> renew_unnamed(Profile& profile) {
  auto newer = profile.client().refresh_unnamed();
  if (!newer && exit_for(newer.error()) == Exit::not_authentic) return newer;
  return profile.save_metadata();
}

Json plan_rows(const client::Client& client, const client::Planned& planned, const Style& style) {
  return Json::parse(policy::recipients_json(client.policy(), planned.facts, planned.plan, style.language));
}

int show_nobody(const client::Client& client, const client::Planned& planned, const Style& style) {
  if (style.json) {
    print({{"error", {{"code", "refused"}, {"text", "no recipient may receive this signal"}}},
           {"recipients", plan_rows(client, planned, style)}});
  } else {
    std::cout << plan_table(client.policy(), planned.facts, planned.plan, style);
    std::cerr << "seinhuis: no recipient may receive this signal; nothing was sent\n";
  }
  return static_cast<int>(Exit::refused);
}

int show_sent(const client::Client& client, const client::Client::Sent& sent, const Style& style) {
  using State = client::KeptSent::State;
  Json json = sent_json(sent.kept);
  json["recipients"] = plan_rows(client, sent.planned, style);
  for (const auto& [domain, why] : sent.unavailable) {
    json["unavailable"].push_back({{"domain", domain}, {"why", why.detail}});
    std::cerr << "seinhuis: no pseudonyms for " << domain << " now (" << why.detail
              << "); they follow in a supplement with a later command\n";
  }
  const bool queued = sent.kept.state == State::queued;
  const bool refused = sent.kept.state == State::refused;
  if (style.json) {
    print(json);
  } else if (refused) {
    std::cerr << "seinhuis: the broker refuses (" << to_string(static_cast<Code>(sent.kept.code))
              << "): " << sent.kept.text << '\n';
  } else {
    std::cout << plan_table(client.policy(), sent.planned.facts, sent.planned.plan, style);
    std::cout << (queued ? "queued; the broker does not answer now: " : "accepted: ")
              << sent.kept.message.hex() << '\n';
  }
  if (queued) return static_cast<int>(Exit::unreachable);
  return refused ? static_cast<int>(Exit::refused) : 0;
}

int send_draft(Profile& profile, policy::Draft draft, const Style& style) {
  client::Client& client = profile.client();
  auto planned = client.plan(draft);
  if (!planned) return fail(style, planned.error());
  const bool anybody = std::ranges::any_of(
      planned->plan.rows, [](const policy::Row& row) { return row.outcome == policy::Outcome::deliver; });
  if (!anybody) return show_nobody(client, *planned, style);
  if (draft.mode != Mode::identified) return send_unnamed(profile, *std::move(planned), style);
  const auto sent = client.send(std::move(draft));
  if (!sent) return fail(style, sent.error());
  return show_sent(client, *sent, style);
}

Result<std::unique_ptr<Profile>> open_for(const SignalOptions& o) {
  return o.mode == "identified" ? open_synchronised(o.profile) : open_unnamed(o.profile);
}

int send_kind(const SignalOptions& o, const Style& style, std::optional<Kind> kind) {
  auto profile = open_for(o);
  if (!profile) return fail(style, profile.error());
  auto draft = policy::read_signal((*profile)->client().policy(), o.signal);
  if (!draft) return fail(style, draft.error());
  if (kind) draft->kind = *kind;
  draft->mode = *word_of<Mode>(std::string_view(o.mode));
  if (draft->mode != Mode::identified && draft->urgent) {
    if (auto renewed = renew_unnamed(**profile); !renewed) return fail(style, renewed.error());
  }
  return send_draft(**profile, *std::move(draft), style);
}

int withdraw(const SignalOptions& o, const Style& style) {
  auto profile = open_synchronised(o.profile);
  if (!profile) return fail(style, profile.error());
  const auto id = MessageId::parse_hex(o.signal);
  if (!id) return fail(style, {Errc::malformed, "--signal must be the 32 hex digits of a signal"});
  const auto sent = (*profile)->client().withdraw(*id, o.reason);
  if (!sent) return fail(style, sent.error());
  return show_sent((*profile)->client(), *sent, style);
}

// Asks on the terminal, field by field; an empty answer leaves a field empty.
std::string ask(const std::string& question) {
  std::cerr << question << ": " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer;
}

std::string choose(const std::string& question, const std::vector<std::string>& choices) {
  for (;;) {
    std::string shown;
    for (const std::string& choice : choices) shown += (shown.empty() ? "" : ", ") + choice;
    std::string answer = ask(question + " (" + shown + ")");
    if (std::ranges::find(choices, answer) != choices.end()) return answer;
    if (!std::cin) return choices.front();
    std::cerr << "'" << answer << "' is none of these" << yaml::suggestion(answer, choices) << '\n';
  }
}

std::vector<std::string> ids(const std::vector<bundle::Term>& terms) {
  std::vector<std::string> all;
  all.reserve(terms.size());
  for (const bundle::Term& term : terms) all.push_back(term.id);
  return all;
}

policy::Draft compose_draft(const client::Client& client, const std::string& desk) {
  const bundle::Policy& source = client.policy().source();
  policy::Draft draft;
  draft.from = desk;
  draft.theme = choose("thema", ids(source.themes));
  draft.weight = *word_of<Weight>(std::string_view(choose("soort signaal", {"zacht", "hard"})));
  draft.region = choose("regio waar het gebeurde", ids(source.regions));
  draft.age = *word_of<AgeBand>(std::string_view(choose("leeftijd", {"<12", "12-17", "18+", "onbekend"})));
  std::vector<std::string> purposes;
  purposes.reserve(source.purposes.size());
  for (const bundle::Purpose& purpose : source.purposes) purposes.push_back(purpose.id);
  draft.purposes = {choose("doel", purposes)};
  const policy::Index shape = client.policy().shape(Kind::signal, client.policy().theme(draft.theme));
  if (shape == policy::none) return draft;
  for (const bundle::ShapeField& carried : source.shapes[shape].fields) {
    const bundle::Field& field = source.fields[client.policy().field(carried.field)];
    const std::string answer = ask(field.role + ": " + field.text.nl);
    if (!answer.empty()) draft.fields[field.id] = {answer};
  }
  return draft;
}

int compose(const SignalOptions& o, const Style& style) {
  auto profile = open_for(o);
  if (!profile) return fail(style, profile.error());
  policy::Draft draft = compose_draft((*profile)->client(), (*profile)->desk());
  draft.mode = *word_of<Mode>(std::string_view(o.mode));
  const auto planned = (*profile)->client().plan(draft);
  if (!planned) return fail(style, planned.error());
  std::cerr << plan_table((*profile)->client().policy(), planned->facts, planned->plan, style);
  if (choose("versturen? dit gaat er, en niets anders", {"ja", "nee"}) != "ja") {
    std::cerr << "nothing was sent\n";
    return 0;
  }
  return send_draft(**profile, std::move(draft), style);
}

Json statement_json(const Statement& s) {
  return {{"type", s.type},
          {"subject", s.subject},
          {"to", s.to},
          {"purposes", s.purposes},
          {"from", s.from.text()},
          {"until", s.until.text()},
          {"thread", s.thread.hex()},
          {"giver", s.giver},
          {"issuer", s.issuer},
          {"statement", encode_hex(encode(s))}};
}

// The signed statement in a file.
Result<Statement> statement_in(const std::string& file) {
  const auto content = read_file(file, 1U << 20U);
  if (!content) return content.error();
  const auto root = yaml::parse_json(text_of(*content), file);
  if (!root) return root.error();
  for (const yaml::Entry& entry : root->entries) {
    Bytes raw(entry.value.scalar.size() / 2);
    if (entry.key.scalar != "statement" || !decode_hex(entry.value.scalar, raw)) continue;
    if (auto statement = decode_statement(raw)) return statement;
  }
  return Error{Errc::malformed, file + " holds no signed statement"};
}

// The same scope, thread and giver as what it revokes: anything else would count for nothing.
Result<Statement> revocation_of(const SignalOptions& o, const policy::Policy& policy,
                                const std::string& desk) {
  auto revoked = statement_in(o.revoke);
  if (!revoked) return revoked;
  if (revoked->issuer != desk)
    return Error{Errc::refused, "only " + revoked->issuer + ", who signed it, may revoke it"};
  const auto& types = policy.source().statements;
  const auto type = std::ranges::find_if(types, [&](const bundle::StatementType& one) {
    return one.sort == bundle::StatementType::Sort::revocation && (o.type.empty() || one.id == o.type);
  });
  if (type == types.end())
    return Error{Errc::malformed, o.type.empty() ? "the policy knows no revocations"
                                                 : "'" + o.type + "' is no revocation in the policy"};
  Statement s = *revoked;
  s.text = proof::h32(encode(*revoked));
  s.type = type->id;
  return s;
}

Result<Statement> statement_of(const SignalOptions& o, const policy::Policy& policy, Random& random) {
  Statement s;
  const auto thread =
      o.thread.empty() ? Result<ThreadId>(random.draw<ThreadId>()) : ThreadId::parse_hex(o.thread);
  const auto from = Day::parse(o.from);
  const auto until = Day::parse(o.until);
  if (!thread || !from || !until)
    return Error{Errc::malformed, "--thread takes 32 hex digits, --from and --until YYYY-MM-DD"};
  if (policy.statement(o.type) == policy::none)
    return Error{Errc::malformed, "the policy knows no statement '" + o.type + "'"};
  s.thread = *thread;
  s.giver = o.giver;
  s.type = o.type;
  s.subject = o.role;
  s.to = o.to;
  s.purposes = o.purposes;
  s.from = *from;
  s.until = *until;
  return s;
}

// Prints a revocation and hands it to the broker: it counts from its arrival there.
int hand_in(client::Client& client, const Statement& revocation, Json json, const Style& style) {
  const auto there = client.revoke(revocation);
  if (!there) return fail(style, there.error());
  json["state"] = *there ? "accepted" : "queued";
  print(json);
  if (*there) return 0;
  std::cerr << "seinhuis: the broker does not answer now; the revocation is queued, and does not count yet\n";
  return static_cast<int>(Exit::unreachable);
}

int attest(const SignalOptions& o, const Style& style) {
  auto profile = Profile::open(o.profile);
  if (!profile) return fail(style, profile.error());
  client::Client& client = (*profile)->client();
  SystemRandom random;
  auto s = o.revoke.empty() ? statement_of(o, client.policy(), random)
                            : revocation_of(o, client.policy(), (*profile)->desk());
  if (!s) return fail(style, s.error());
  s->nonce = random.draw<MessageId>();
  Json extra = Json::object();
  if (!o.text.empty() && o.revoke.empty()) {
    const auto text = read_file(o.text, 1U << 20U);
    if (!text) return fail(style, text.error());
    const Hash salt = random.draw<Hash>();
    s->text = proof::text_hash(salt, *text);
    extra = {{"text", std::string(text_of(*text))}, {"salt", salt.hex()}};
  }
  const Statement made = client.attest(*std::move(s));
  Json json = statement_json(made);
  json.update(extra);
  if (!o.revoke.empty()) return hand_in(client, made, std::move(json), style);
  print(json);
  return 0;
}

// What a statement needs and a revocation takes from the statement it revokes.
void require_scope(const SignalOptions& o) {
  if (!o.revoke.empty()) return;
  for (const auto& [name, missing] :
       {std::pair("--type", o.type.empty()), std::pair("--giver", o.giver.empty()),
        std::pair("--to", o.to.empty()), std::pair("--purpose", o.purposes.empty()),
        std::pair("--from", o.from.empty()), std::pair("--until", o.until.empty())}) {
    if (missing) throw CLI::RequiredError(name);
  }
}

}  // namespace

void add_signal_commands(CLI::App& app, Style& style, Outcome& outcome) {
  auto o = std::make_shared<SignalOptions>();  // outlives this call, with the callbacks below
  const auto add = [&](const char* name, const char* text) {
    auto* command = app.add_subcommand(name, text);
    command->add_option("--profile", o->profile, "the desk's folder")->required();
    command->add_flag("--json", style.json, "one JSON document on standard output");
    return command;
  };
  const auto add_send = [&](const char* name, const char* text, std::optional<Kind> kind) {
    auto* command = add(name, text);
    command->add_option("--signal", o->signal, "signal file (JSON)")->required();
    command->callback([o, kind, &style, &outcome] { outcome.code = send_kind(*o, style, kind); });
    return command;
  };
  auto* send_command = add_send("send", "Plan, seal and send a signal; waits for the receipt.", std::nullopt);
  add_mode(*send_command, o->mode);
  add_send("supplement", "Add to a signal sent before (\"parent\" in the file).", Kind::supplement);
  add_send("correct", "Correct a signal sent before (\"parent\" in the file).", Kind::correction);
  add_send("request", "Ask another desk; its answer is a new signal.", Kind::request);
  auto* compose_command = add("compose", "Ask for the fields, show what goes to whom, then send.");
  add_mode(*compose_command, o->mode);
  compose_command->callback([o, &style, &outcome] { outcome.code = compose(*o, style); });
  auto* withdraw_command = add("withdraw", "Tell the recipients of a signal that it is withdrawn.");
  withdraw_command->add_option("--signal", o->signal, "id of a signal this desk sent")->required();
  withdraw_command->add_option("--reason", o->reason, "why");
  withdraw_command->callback([o, &style, &outcome] { outcome.code = withdraw(*o, style); });

  auto* attest_command =
      add("attest", "Sign a consent or attest; prints the statement for a signal to name.");
  attest_command->add_option("--type", o->type, "statement type of the policy");
  attest_command->add_option("--giver", o->giver, "organisation whose signal it is for");
  attest_command->add_option("--thread", o->thread, "32 hex digits; a fresh one is drawn and printed");
  attest_command->add_option("--role", o->role, "whom it is about: slachtoffer, ...");
  attest_command->add_option("--to", o->to, "recipient desks");
  attest_command->add_option("--purpose", o->purposes, "purposes");
  attest_command->add_option("--from", o->from, "YYYY-MM-DD");
  attest_command->add_option("--until", o->until, "YYYY-MM-DD");
  attest_command->add_option("--text", o->text, "file with what was signed for");
  attest_command->add_option("--revoke", o->revoke,
                             "file of a statement of this desk: revokes it, and hands that to the broker");
  attest_command->callback([o, &style, &outcome] {
    require_scope(*o);
    outcome.code = attest(*o, style);
  });
}

}  // namespace seinhuis::tools
