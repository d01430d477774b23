#include "words_reading.h"

#include <iostream>

#include "profile.h"
#include "seinhuis/base/file_clock.h"
#include "seinhuis/client/board.h"
#include "seinhuis/client/newer_metadata.h"
#include "seinhuis/client/origin.h"
#include "seinhuis/proof/metadata_folder.h"
#include "seinhuis/wire/obligation.h"

namespace seinhuis::tools {
namespace {

constexpr auto patience = std::chrono::milliseconds(10'000);
// The same for a code that does not exist, one of somebody else's network, and one that waits.
constexpr const char* nothing = "unknown code or nothing yet";

std::string line_of_input() {
  std::string line;
  std::getline(std::cin, line);
  return line;
}

// A code that cannot be one is tried like any other: how long it takes says nothing.
seal::WordKeys keys_for(const std::string& typed, const Hash& network) {
  SystemRandom random;
  const auto read = seal::ReceiptWords::parse(typed);
  return read ? read->keys(network) : seal::ReceiptWords::draw(random).keys(network);
}

struct Opened {
  proof::Network network;
  Day today{0};
  std::unique_ptr<client::Link> link;
};

// Newer metadata comes over the same connection as the board.
Result<Opened> open_network(const std::filesystem::path& folder, const std::string& proxy) {
  const auto here = folder / "metadata";
  const auto home = std::filesystem::exists(here) ? here : folder;
  const auto files = proof::read_metadata(home);
  if (!files) return files.error();
  const auto as_signed = proof::verify_as_signed(*files);
  if (!as_signed) return as_signed.error();
  const auto sandbox_clock = home / "sandbox-clock";
  const bool sandbox = as_signed->root.sandbox && std::filesystem::exists(sandbox_clock);
  const auto clock = clock_from(sandbox ? std::optional(sandbox_clock) : std::nullopt);
  if (!clock) return clock.error();
  const Instant now = (*clock)();
  const auto offices = offices_of(as_signed->directory_on(Day::of(now))->directory, proxy);
  if (!offices) return Error{Errc::refused, "this network has the identified mode only"};
  auto link = offices(client::Office::broker);
  if (!link) return link.error();
  const auto newer = client::newer_metadata(*files, as_signed->root.version, [&](Request request) {
    return (*link)->ask(std::move(request), patience);
  });
  if (!newer) return newer.error();
  auto network = proof::verify_network(*newer, as_signed->floor, now);
  if (!network) return network.error();
  return Opened{*std::move(network), Day::of(now), *std::move(link)};
}

// As a step of a signal by name; the log proves the whole day of the board that shows it.
Json json_of(const client::BoardStep& step) {
  const Head& head = step.proof.head.head;
  return {{"at", step.day.text()},
          {"by", step.by.empty() ? Json("broker") : Json(step.by)},
          {"status", step.status},
          {"reason", text_or_null(step.reason)},
          {"to", text_or_null(step.next)},
          {"text", text_or_null(step.text)},
          {"readable", step.readable},
          {"proof",
           {{"day", step.shown.text()},
            {"index", step.proof.index},
            {"size", head.size},
            {"head", proof::head_hash(head).hex()}}}};
}

void print_step(const client::BoardStep& step) {
  std::cout << step.day.text() << "  " << step.status << (step.by.empty() ? "" : "  " + step.by)
            << (step.reason.empty() ? "" : "  (" + step.reason + ")")
            << (step.next.empty() ? "" : "  -> " + step.next) << '\n';
  if (!step.readable)
    std::cout
        << "    onleesbaar: this answer cannot be opened; it is no answer (--reopen asks for it again)\n";
  if (step.status == "no-response" && step.reason == to_string(Deadline::pick_up))
    std::cout << "    niemand heeft dit opgehaald; is het dringend, bel 112\n";
  if (!step.text.empty()) std::cout << "    " << printable(step.text) << '\n';
}

// Whom nobody can name, nobody can tell that their signal is lost: they read it here. Asked by every reader,
// and only in a network that was restored.
Result<std::string> told_of_restore(const proof::Network& network, Day today, const client::AskBroker& ask) {
  constexpr std::uint32_t told_for = 60;  // days
  if (network.root.logs.size() < 2) return std::string();
  Request request;
  request.action = Action::head;
  const auto reply = ask(std::move(request));
  if (!reply) return reply.error();
  const auto origins = client::origins_in(*reply, network, today);
  if (!origins) return origins.error();
  const NewLog& origin = origins->front();
  if (origin.day.plus(told_for) < today) return std::string();
  return "the broker was restored on " + origin.day.text() + " from a copy of " + utc_text(origin.until) +
         "; what came in between is lost: is your signal of then and not here, send it again";
}

}  // namespace

int follow_words(const std::string& words, const std::filesystem::path& folder, const std::string& proxy,
                 bool reopen, const Style& style) {
  const std::string typed = words == "-" ? line_of_input() : words;
  const auto opened = open_network(folder, proxy);
  if (!opened) return fail(style, opened.error());
  const seal::WordKeys keys = keys_for(typed, opened->network.id);
  const client::AskBroker ask = [&](Request request) {
    return opened->link->ask(std::move(request), patience);
  };
  const auto steps = client::read_board(opened->network, opened->today, keys, ask);
  if (!steps) return fail(style, steps.error());
  for (const client::BoardStep& step : *steps) {
    if (!reopen || step.readable) continue;
    if (auto told = client::report_unreadable(opened->network, keys, step, ask); !told)
      return fail(style, told.error());
  }
  const auto restore = told_of_restore(opened->network, opened->today, ask);
  if (!restore) return fail(style, restore.error());
  Json list = Json::array();
  for (const client::BoardStep& step : *steps) list.push_back(json_of(step));
  if (style.json) {
    Json json{{"statuses", list}};
    if (list.empty()) json["text"] = nothing;
    if (!restore->empty()) json["restored"] = *restore;
    print(json);
    return 0;
  }
  if (steps->empty()) std::cout << nothing << '\n';
  for (const client::BoardStep& step : *steps) print_step(step);
  if (!restore->empty()) std::cout << *restore << '\n';
  return 0;
}

}  // namespace seinhuis::tools
