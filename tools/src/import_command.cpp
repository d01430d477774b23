#include <iostream>
#include <map>
#include <memory>

#include "commands.h"
#include "profile.h"
#include "progress.h"
#include "seinhuis/base/files.h"
#include "seinhuis/base/packed.h"
#include "seinhuis/policy_load/signal_file.h"
#include "seinhuis/seal/pseudonym.h"
#include "seinhuis/yaml/yaml.h"

// Many signals at once, out of a desk's own system: all are checked first, each is sent once.
namespace seinhuis::tools {
namespace {

constexpr std::size_t max_import = 256U << 20U;
constexpr std::size_t max_signals = 100'000;
constexpr std::size_t max_complaints = 20;

struct ImportOptions {
  std::string profile;
  std::string signals;
};

struct Line {
  Bytes name;  // the line, and the how manieth of its text it is
  policy::Draft draft;
};

struct Counts {
  std::size_t sent = 0;
  std::size_t before = 0;   // accepted, in an earlier import of the same file
  std::size_t refused = 0;  // now or earlier
  std::size_t waiting = 0;  // for pseudonyms that follow
};

// Reads and checks every line; what is wrong is gathered with its number.
class Lines {
 public:
  Lines(client::Client& client, std::filesystem::path file) : client_(client), file_(std::move(file)) {}

  // Fails with malformed: the first things that are wrong, one a line.
  Result<std::vector<Line>> read() {
    const auto content = read_file(file_, max_import);
    if (!content) return content.error();
    std::string_view rest = text_of(*content);
    for (std::size_t number = 1; !rest.empty(); ++number) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      if (lines_.size() == max_signals)
        return Error{Errc::malformed,
                     "more than " + std::to_string(max_signals) + " signals; split the file"};
      if (auto done = add(line, number); !done) complain(number, done.error().detail);
    }
    if (!wrong_.empty()) return Error{Errc::malformed, wrong_ + "nothing was sent"};
    return std::move(lines_);
  }

 private:
  Result<Done> add(std::string_view line, std::size_t number) {
    const auto root = yaml::parse_json(line, file_.filename().string() + ":" + std::to_string(number));
    if (!root) return root.error();
    auto draft = policy::read_signal(client_.policy(), *root, file_.parent_path());
    if (!draft) return draft.error();
    for (const auto& [field, values] : draft->fields) {
      const bundle::Field& known = client_.policy().source().fields[client_.policy().field(field)];
      if (known.identifier == IdentifierType::none) continue;
      if (auto sound = seal::check_identifiers(known.identifier, values); !sound)
        return Error{Errc::malformed, field + ": " + sound.error().detail};
    }
    const auto planned = client_.plan(*draft);
    if (!planned) return planned.error();
    const bool anybody = std::ranges::any_of(
        planned->plan.rows, [](const policy::Row& row) { return row.outcome == policy::Outcome::deliver; });
    if (!anybody) return Error{Errc::refused, "no recipient may receive it; see: seinhuis explain"};
    lines_.push_back({Packer().text(line).number(++seen_[std::string(line)]).take(), *std::move(draft)});
    return Done{};
  }

  void complain(std::size_t number, const std::string& text) {
    if (++complaints_ <= max_complaints) wrong_ += "line " + std::to_string(number) + ": " + text + "\n";
  }

  client::Client& client_;
  std::filesystem::path file_;
  std::vector<Line> lines_;
  std::map<std::string, std::uint32_t> seen_;
  std::string wrong_;
  std::size_t complaints_ = 0;
};

// Sends until the broker does not answer; what was not sent then is sent by the next import of the same file.
Result<Done> send_all(client::Client& client, const std::vector<Line>& lines, Counts& counts) {
  const client::Progress tell = progress("sending");
  for (const Line& line : lines) {
    const auto sent = client.send_once(line.draft, line.name);
    if (!sent) return sent.error();
    using State = client::KeptSent::State;
    if (sent->kept.state == State::queued)
      return Error{Errc::unreachable, "the broker does not answer now; one signal is queued, run this again"};
    if (sent->kept.state == State::refused) {
      ++counts.refused;
    } else {
      ++(sent->before ? counts.before : counts.sent);
    }
    if (!sent->unavailable.empty()) ++counts.waiting;
    if (tell) tell(counts.sent + counts.before + counts.refused, lines.size());
  }
  return Done{};
}

int import_signals(const ImportOptions& o, const Style& style) {
  auto profile = Profile::open(o.profile);
  if (!profile) return fail(style, profile.error());
  client::Client& client = (*profile)->client();
  if (auto synced = client.sync(); !synced) return fail(style, synced.error());
  if (auto saved = (*profile)->save_metadata(); !saved) return fail(style, saved.error());
  const auto lines = Lines(client, o.signals).read();
  if (!lines) return fail(style, lines.error());
  Counts counts;
  const auto done = send_all(client, *lines, counts);
  if (style.json) {
    print({{"signals", lines->size()},
           {"accepted", counts.sent},
           {"before", counts.before},
           {"refused", counts.refused},
           {"pseudonyms_follow", counts.waiting}});
  } else {
    std::cout << counts.sent << " of " << lines->size() << " accepted, " << counts.before << " sent before, "
              << counts.refused << " refused; of " << counts.waiting
              << " the pseudonyms follow with a later sync\n";
  }
  if (!done) {
    std::cerr << "seinhuis: " << done.error().detail << '\n';
    return static_cast<int>(exit_for(done.error()));
  }
  return counts.refused == 0 ? 0 : static_cast<int>(Exit::refused);
}

}  // namespace

void add_import_command(CLI::App& app, Style& style, Outcome& outcome) {
  auto o = std::make_shared<ImportOptions>();
  auto* command = app.add_subcommand(
      "import", "Send many signals: all are checked first, each is sent once, however often this is run.");
  command->add_option("--profile", o->profile, "the desk's folder")->required();
  command->add_option("--signals", o->signals, "a file with one signal a line, as JSON")->required();
  command->add_flag("--json", style.json, "one JSON document on standard output");
  command->callback([o, &style, &outcome] { outcome.code = import_signals(*o, style); });
}

}  // namespace seinhuis::tools
