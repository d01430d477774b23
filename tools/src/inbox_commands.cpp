#include <iostream>
#include <memory>

#include "commands.h"
#include "obligations_shown.h"
#include "profile.h"
#include "progress.h"
#include "words_reading.h"

namespace seinhuis::tools {
namespace {

struct InboxOptions {
  std::string profile;
  std::string signal;
  std::string status;
  std::string reason;
  std::string text;
  std::string to;
  int wait = 0;
  bool only_new = false;
  bool redacted = false;
};

constexpr int longest_poll = 20;  // seconds of one long poll

Result<MessageId> signal_id(const std::string& text) {
  auto id = MessageId::parse_hex(text);
  if (!id) return Error{Errc::malformed, "--signal must be the 32 hex digits of a signal"};
  return id;
}

// Takes in what waits; waits for the first new delivery up to `seconds`.
Result<Done> take_in(client::Client& client, int seconds) {
  const auto fresh = [&]() -> Result<bool> {
    const auto inbox = client.inbox();
    if (!inbox) return inbox.error();
    return std::ranges::any_of(*inbox, [](const client::KeptDelivery& delivery) { return !delivery.seen; });
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  for (bool first = true;; first = false) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const auto there = fresh();
    if (!there) return there.error();
    if (!first && (*there || left.count() <= 0)) return Done{};
    const auto poll = *there || first
                          ? std::chrono::milliseconds(0)
                          : std::min<std::chrono::milliseconds>(left, std::chrono::seconds(longest_poll));
    auto count = client.fetch(poll);
    while (count && *count > 0) count = client.fetch(std::chrono::milliseconds(0));
    if (!count) return count.error();
  }
}

// What waits was taken in and shown; this is about what could not leave.
int fail_beside(const Error& error) {
  std::cerr << "seinhuis: not everything that is queued could leave: " << error.detail << '\n';
  return static_cast<int>(exit_for(error));
}

// What is near its deadline or past it; empty when the broker cannot be asked.
std::vector<Owed> reminders(const client::Client& client) {
  auto owed = client::obligations(client);
  if (!owed) return {};
  std::erase_if(*owed, [](const Owed& one) { return !wants_reminding(one); });
  return *std::move(owed);
}

int inbox(const InboxOptions& o, const Style& style) {
  auto profile = Profile::open(o.profile);
  if (!profile) return fail(style, profile.error());
  client::Client& client = (*profile)->client();
  auto reached = client.refresh();
  const auto sent = reached ? client.send_waiting() : Result<Done>(Done{});
  if (reached) reached = take_in(client, o.wait);
  if (reached) reached = client.report_alarms();
  if (auto saved = (*profile)->save_metadata(); !saved) return fail(style, saved.error());
  if (!reached && exit_for(reached.error()) == Exit::not_authentic) return fail(style, reached.error());
  const auto kept = client.inbox();
  const auto alarms = client.alarms();
  if (!kept || !alarms) return fail(style, kept ? alarms.error() : kept.error());
  Json deliveries = Json::array();
  for (const client::KeptDelivery& delivery : *kept) {
    if (o.only_new && delivery.seen) continue;
    const auto handle = (*profile)->handle(delivery.h0);
    const auto parent = (*profile)->handle(delivery.parent);
    if (!handle || !parent) return fail(style, handle ? parent.error() : handle.error());
    deliveries.push_back(delivery_json(delivery, *handle, *parent));
    if (!style.json) {
      std::cout << delivery.message.hex() << (delivery.seen ? "" : " (new)") << " "
                << to_string(delivery.kind) << " from " << delivery.from << ", " << delivery.theme
                << ", purpose " << delivery.purpose << '\n'
                << delivery_table(delivery, style) << '\n';
    }
    if (auto seen = client.mark_seen(delivery.message); !seen) return fail(style, seen.error());
  }
  Json raised = Json::array();
  for (const client::KeptAlarm& alarm : *alarms) raised.push_back(alarm_json(alarm));
  const auto late = reached ? reminders(client) : std::vector<Owed>{};
  Json owed = Json::array();
  for (const Owed& one : late) owed.push_back(owed_json(one));
  if (style.json) print({{"deliveries", deliveries}, {"alarms", raised}, {"reminders", owed}});
  if (!late.empty())
    std::cerr << "seinhuis: " << late.size() << " answers are due soon or late; see `seinhuis obligations`\n";
  const bool anything_new = std::ranges::any_of(*alarms, std::logical_not<>(), &client::KeptAlarm::seen);
  for (const client::KeptAlarm& alarm : *alarms) {
    if (alarm.seen && o.only_new) continue;
    std::cerr << "alarm" << (alarm.seen ? " " : " (new) ") << client::to_string(alarm.alarm.code) << ": "
              << alarm.alarm.text << (alarm.acknowledged ? " (the supervisor has it)" : "") << '\n';
    if (auto seen = client.mark_seen(alarm); !seen) return fail(style, seen.error());
  }
  if (anything_new) return static_cast<int>(Exit::not_authentic);
  if (!reached) {
    std::cerr << "seinhuis: " << reached.error().detail << "; this is what is here\n";
    return static_cast<int>(Exit::unreachable);
  }
  if (!sent) return fail_beside(sent.error());
  return 0;
}

int feedback(const InboxOptions& o, const Style& style) {
  auto profile = Profile::open(o.profile);
  if (!profile) return fail(style, profile.error());
  const auto synced = (*profile)->client().sync();
  if (!synced && exit_for(synced.error()) == Exit::not_authentic) return fail(style, synced.error());
  if (auto saved = (*profile)->save_metadata(); !saved) return fail(style, saved.error());
  const auto id = (*profile)->delivery_called(o.signal);
  if (!id) return fail(style, id.error());
  const auto status = word_of<Status>(std::string_view(o.status));
  const auto sent = (*profile)->client().feedback({*id, *status, o.reason, o.text, o.redacted, o.to});
  if (!sent) return fail(style, sent.error());
  Json json = sent_json(sent->kept);
  for (const policy::Row& row : sent->planned.plan.rows) {
    for (const policy::Cell& cell : row.cells) {
      const std::string& field = (*profile)->client().policy().source().fields[cell.field].id;
      if (cell.state == policy::CellState::held && sent->planned.draft.fields.contains(field)) {
        json["held"].push_back(field);
        std::cerr << "seinhuis: " << field << " is held until a person has redacted it (--redacted)\n";
      }
    }
  }
  if (style.json) print(json);
  using State = client::KeptSent::State;
  if (sent->kept.state == State::refused) {
    if (!style.json) std::cerr << "seinhuis: " << sent->kept.text << '\n';
    return static_cast<int>(Exit::refused);
  }
  if (!style.json)
    std::cout << o.status
              << (sent->kept.state == State::queued ? " is queued\n" : " is on its way to the melder\n");
  return sent->kept.state == State::queued ? static_cast<int>(Exit::unreachable) : 0;
}

int follow(const InboxOptions& o, const Style& style) {
  auto profile = Profile::open(o.profile);
  if (!profile) return fail(style, profile.error());
  client::Client& client = (*profile)->client();
  auto reached = client.refresh();
  if (reached) (void)client.send_waiting();  // what cannot leave is no reason not to look
  if (reached) reached = take_in(client, 0);
  if (!reached) return fail(style, reached.error());
  if (auto saved = (*profile)->save_metadata(); !saved) return fail(style, saved.error());
  const auto id = signal_id(o.signal);
  if (!id) return fail(style, id.error());
  const auto steps = client.follow(*id);
  if (!steps) return fail(style, steps.error());
  Json statuses = Json::array();
  for (const auto& step : *steps) statuses.push_back(step_json(step));
  if (style.json) {
    print({{"statuses", statuses}});
  } else {
    std::cout << steps_table(*steps, style);
  }
  return 0;
}

int sent(const InboxOptions& o, const Style& style) {
  auto profile = Profile::open(o.profile);
  if (!profile) return fail(style, profile.error());
  const auto synced = (*profile)->client().sync();
  const auto all = (*profile)->client().sent();
  if (!all) return fail(style, all.error());
  Json list = Json::array();
  for (const client::KeptSent& one : *all) {
    if (!o.signal.empty() && one.message.hex() != o.signal) continue;
    const auto handle = (*profile)->handle(one.h0);
    if (!handle) return fail(style, handle.error());
    list.push_back(sent_json(one));
    list.back()["handle"] = *handle;
  }
  if (!o.signal.empty() && list.empty())
    return fail(style, {Errc::absent, "this desk sent no message " + o.signal});
  const bool one = !o.signal.empty();
  const auto refused = (*profile)->client().refused_unnamed();
  if (!refused) return fail(style, refused.error());
  Json unnamed = Json::array();
  for (const auto& [day, why] : *refused) unnamed.push_back({{"day", day.text()}, {"refused", why}});
  if (style.json) {
    print(one ? list[0] : Json{{"sent", list}, {"unnamed", unnamed}});
  } else {
    for (const auto& [day, why] : *refused)
      std::cout << "a message that names nobody was refused on " << day.text() << ": " << printable(why)
                << '\n';
    for (const Json& entry : list) {
      std::cout << entry["signal"].get<std::string>() << "  " << entry["created"].get<std::string>() << "  "
                << entry["kind"].get<std::string>() << "  " << entry["state"].get<std::string>() << '\n';
    }
  }
  return synced ? 0 : static_cast<int>(exit_for(synced.error()));
}

int sync(const InboxOptions& o, const Style& style) {
  auto profile = Profile::open(o.profile);
  if (!profile) return fail(style, profile.error());
  const auto synced = (*profile)->client().sync();
  if (!synced) return fail(style, synced.error());
  if (auto saved = (*profile)->save_metadata(); !saved) return fail(style, saved.error());
  if (style.json) {
    print({{"state", "synchronised"}});
  } else {
    std::cout << "synchronised\n";
  }
  return 0;
}

// Opens no session of the desk.
int frame(const InboxOptions& o, const Style& style) {
  auto profile = Profile::open(o.profile);
  if (!profile) return fail(style, profile.error());
  const auto sent = (*profile)->client().daily_frame();
  if (!sent) return fail(style, sent.error());
  if (style.json) print({{"state", "done"}});
  return 0;
}

int verify_log(const InboxOptions& o, const Style& style) {
  auto profile = Profile::open(o.profile);
  if (!profile) return fail(style, profile.error());
  const auto synced = (*profile)->client().sync();
  if (!synced) return fail(style, synced.error());
  const auto report = (*profile)->client().verify_log();
  if (!report) return fail(style, report.error());
  if (style.json) {
    print({{"size", report->head.size}, {"root", report->head.root.hex()}, {"records", report->records}});
  } else {
    std::cout << "the log extends every head seen here: " << report->head.size << " leaves, "
              << report->records << " records of this desk\n";
  }
  return 0;
}

int verify_audit(const InboxOptions& o, const Style& style) {
  auto profile = Profile::open(o.profile);
  if (!profile) return fail(style, profile.error());
  const auto synced = (*profile)->client().sync();
  if (!synced) return fail(style, synced.error());
  const auto report = (*profile)->client().audit(progress("reading the log"));
  if (!report) return fail(style, report.error());
  if (style.json) {
    print({{"size", report->head.size},
           {"root", report->head.root.hex()},
           {"replayed", report->replayed},
           {"erased", report->erased},
           {"restored", report->restored},
           {"failed", report->failures}});
  } else {
    std::cout << report->head.size << " leaves: " << report->replayed << " replayed, " << report->erased
              << " erased, " << report->failures.size() << " failed\n";
    for (const std::string& failure : report->failures) std::cout << "  " << printable(failure) << '\n';
    for (const std::string& restore : report->restored) std::cout << "restored " << restore << '\n';
  }
  return report->failures.empty() ? 0 : static_cast<int>(Exit::not_authentic);
}

// What was evaluated, by evaluator: a count that jumps is somebody looking things up.
int evaluations(const InboxOptions& o, const Style& style) {
  auto profile = Profile::open(o.profile);
  if (!profile) return fail(style, profile.error());
  client::Client& client = (*profile)->client();
  Json rows = Json::array();
  const metadata::Directory& directory = client.trusted().network.directory_on(client.today())->directory;
  std::vector<std::string> evaluators{"broker"};
  if (proof::find_notary(directory) != nullptr) evaluators.emplace_back(proof::notary_name);
  for (const std::string& evaluator : evaluators) {
    const auto counts = client.evaluation_counts(evaluator);
    if (!counts) return fail(style, counts.error());
    for (const EvaluationCount& count : *counts) {
      rows.push_back({{"evaluator", evaluator},
                      {"day", count.day.text()},
                      {"domain", count.domain},
                      {"type", to_string(count.type)},
                      {"elements", count.elements}});
    }
  }
  if (style.json) {
    print({{"evaluations", rows}});
    return 0;
  }
  for (const Json& row : rows)
    std::cout << row["day"].get<std::string>() << "  " << row["evaluator"].get<std::string>() << "  "
              << row["domain"].get<std::string>() << "  " << row["type"].get<std::string>() << "  "
              << row["elements"] << '\n';
  return 0;
}

// Of a signal that this desk sent, or of one that names nobody, by its words.
void add_follow(CLI::App& app, Style& style, Outcome& outcome) {
  struct Options {
    InboxOptions own;
    std::string words;
    std::string network;
    std::string socks;
    bool reopen = false;
  };
  auto o = std::make_shared<Options>();
  auto* command = app.add_subcommand("follow", "What became of a signal, each step with its proof.");
  auto* profile = command->add_option("--profile", o->own.profile, "the desk's folder");
  auto* signal = command->add_option("--signal", o->own.signal, "id of a signal this desk sent");
  auto* words = command->add_option(
      "--words", o->words, "receipt words of a signal that names nobody; - reads them from standard input");
  auto* network = command->add_option("--network", o->network, "folder with the network's metadata");
  command->add_option("--socks", o->socks, "HOST:PORT of a SOCKS5 proxy, such as Tor's 127.0.0.1:9050")
      ->needs(words);
  command
      ->add_flag("--reopen", o->reopen,
                 "tell the broker which answers cannot be read, so that their desks owe one again")
      ->needs(words);
  profile->needs(signal);
  signal->needs(profile);
  words->needs(network)->excludes(profile);
  network->needs(words);
  command->add_flag("--json", style.json, "one JSON document on standard output");
  command->callback([o, &style, &outcome] {
    if (o->words.empty() && o->own.profile.empty()) throw CLI::RequiredError("--profile, or --words");
    outcome.code = o->words.empty() ? follow(o->own, style)
                                    : follow_words(o->words, o->network, o->socks, o->reopen, style);
  });
}

}  // namespace

void add_inbox_commands(CLI::App& app, Style& style, Outcome& outcome) {
  auto o = std::make_shared<InboxOptions>();  // outlives this call, with the callbacks below
  const auto add = [&](CLI::App& parent, const char* name, const char* text,
                       int (*run)(const InboxOptions&, const Style&)) {
    auto* command = parent.add_subcommand(name, text);
    command->add_option("--profile", o->profile, "the desk's folder")->required();
    command->add_flag("--json", style.json, "one JSON document on standard output");
    command->callback([o, run, &style, &outcome] { outcome.code = run(*o, style); });
    return command;
  };
  auto* inbox_command =
      add(app, "inbox", "Take in, verify, keep and acknowledge what waits; print what is kept.", inbox);
  inbox_command->add_option("--wait", o->wait, "seconds to wait for something new")
      ->check(CLI::Range(0, 86400));
  inbox_command->add_flag("--new", o->only_new, "only what was not printed before");
  auto* feedback_command = add(app, "feedback", "Tell the melder what becomes of a signal.", feedback);
  feedback_command->add_option("--signal", o->signal, "id or handle of a signal in the inbox")->required();
  feedback_command->add_option("--status", o->status)
      ->required()
      ->check(CLI::IsMember({"opgepakt", "doorgezet", "onvoldoende", "gesloten"}));
  feedback_command->add_option("--reason", o->reason,
                               "reason code of the policy; needed with onvoldoende and gesloten");
  feedback_command->add_option("--to", o->to, "with doorgezet: the desk that must answer from now on");
  feedback_command->add_option("--text", o->text, "for the melder; police text is held unless --redacted");
  feedback_command->add_flag("--redacted", o->redacted,
                             "a person has read the text and took out what may not go");
  add_follow(app, style, outcome);
  add(app, "sent", "What this desk sent, and its state.", sent);
  auto* show_command = add(app, "show", "One message this desk sent.", sent);
  show_command->add_option("signal", o->signal, "its id")->required();
  add(app, "sync", "Newer metadata, key cards, and what is queued.", sync);
  add(app, "frame",
      "A message that names nobody, or what looks like one: once a day. For a timer, each hour.", frame);
  add(app, "evaluations", "How much was evaluated on the days before today, over all organisations.",
      evaluations);
  auto* audit_command = app.add_subcommand("audit", "For the desk that supervises the log.");
  audit_command->require_subcommand(1);
  add(*audit_command, "verify", "read the whole log, check every record and make every decision again",
      verify_audit);
  auto* log_command = app.add_subcommand("log", "The decision log.");
  log_command->require_subcommand(1);
  add(*log_command, "verify", "that the log extends every head seen, and holds this desk's records",
      verify_log);
}

}  // namespace seinhuis::tools
