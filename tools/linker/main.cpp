#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <iostream>
#include <thread>

#include "profile.h"

// The linker: an ordinary desk that takes in pseudonyms without a person, and tells once a day where equal
// ones stand (schemas/PROTOCOL.md, "Linking").
namespace {

using namespace seinhuis;

constexpr auto for_news = std::chrono::milliseconds(5000);

std::atomic<bool>& stop_asked() {
  static std::atomic<bool> asked{false};
  return asked;
}

// Everything that waits.
Result<std::size_t> take_in(client::Client& client, std::chrono::milliseconds wait) {
  std::size_t all = 0;
  for (;;) {
    const auto came = client.fetch(all == 0 ? wait : std::chrono::milliseconds(0));
    if (!came) return came.error();
    if (*came == 0) return all;
    all += *came;
  }
}

// One round. What cannot leave does not keep anything from coming in, or a full broker would never be
// emptied; gives what stopped the first of them.
Result<Done> work(tools::Profile& profile, std::chrono::milliseconds wait) {
  client::Client& client = profile.client();
  auto refreshed = client.refresh();
  if (auto saved = profile.save_metadata(); !saved) return saved;
  if (!refreshed) return refreshed;
  const auto sent = client.send_waiting();
  const auto came = take_in(client, sent ? wait : std::chrono::milliseconds(0));
  const auto told = client.tell_hits();
  if (came && *came > 0) std::cout << "took in " << *came << " messages\n" << std::flush;
  if (told && *told > 0) std::cout << "told of hits in " << *told << " messages\n" << std::flush;
  if (!came) return came.error();
  return told ? sent : Result<Done>(told.error());
}

void warn(const Error& error, std::string& last) {
  if (error.detail == last) return;  // once, not each round
  std::cerr << "seinhuis-linker: " << error.detail << '\n';
  last = error.detail;
}

int run(const std::filesystem::path& folder, bool once) {
  auto profile = tools::Profile::open(folder);
  if (!profile) {
    std::cerr << "seinhuis-linker: " << profile.error().detail << '\n';
    return profile.error().code == Errc::unreachable ? 4 : 1;
  }
  if (once) {
    const auto done = work(**profile, std::chrono::milliseconds(0));
    if (!done) std::cerr << "seinhuis-linker: " << done.error().detail << '\n';
    return done ? 0 : done.error().code == Errc::unreachable ? 4 : 1;
  }
  std::cout << "ready " << (*profile)->desk() << '\n' << std::flush;
  std::string last;
  while (!stop_asked()) {
    const auto done = work(**profile, for_news);
    if (done) {
      last.clear();
      continue;
    }
    warn(done.error(), last);
    for (int n = 0; n < 20 && !stop_asked(); ++n) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  const rlimit none{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
  for (const int number : {SIGTERM, SIGINT}) (void)std::signal(number, [](int) { stop_asked() = true; });
  CLI::App app(
      "The linker of a Seinhuis network: sees which pseudonyms come back, tells the desks that must act.\n"
      "  seinhuis-linker --profile DIR/desks/linker/koppelpunt");
  std::string profile;
  bool once = false;
  app.add_option("--profile", profile, "folder of the desk that receives pseudonyms")->required();
  app.add_flag("--once", once, "one round, and stop");
  app.set_version_flag("--version", SEINHUIS_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return app.exit(wrong) == 0 ? 0 : 2;
  }
  return run(profile, once);
} catch (const std::exception& broken) {
  std::cerr << "seinhuis-linker: " << broken.what() << '\n';
  return 1;
}
