#include "examples.h"

#include <map>
#include <string>

namespace seinhuis::tools {
namespace {

constexpr const char* desk = "desks/gemeente-groningen/toezicht";

// By the words of the command. DIR is a sandbox, net a network, ID what `send` printed.
const std::map<std::string, std::string>& examples() {
  static const std::map<std::string, std::string> all{
      {"explain", "--policies policies/nl-mensenhandel --signal A1.json --date 2026-11-23"},
      {"policy check", "policies/nl-mensenhandel"},
      {"policy test", "policies/nl-mensenhandel"},
      {"policy coverage", "policies/nl-mensenhandel"},
      {"network create", "net --name noord --endpoint tcp://broker.example.nl:7420"},
      {"network sign", "net --enrol request.json"},
      {"network publish", "net --policies policies/nl-mensenhandel"},
      {"notary enrol",
       "notary --endpoint tcp://notary.example.nl:7200 --policies policies/nl-mensenhandel > notary.json"},
      {"desk enrol", "--profile mijn-desk --desk gemeente-groningen/toezicht --root 1.root > request.json"},
      {"network restored", "net"},
      {"network rotate", "net --domain carrousel-2026 --date 2027-01-01"},
      {"desk revoke", "net --desk gemeente-groningen/toezicht"},
      {"metadata refresh", "net --broker"},
      {"sandbox create", "DIR --date 2026-11-23"},
      {"sandbox advance", "DIR 1d"},
      {"send", "--profile DIR/" + std::string(desk) + " --signal A1.json"},
      {"import", "--profile DIR/" + std::string(desk) + " --signals signals.jsonl"},
      {"supplement", "--profile DIR/" + std::string(desk) + " --signal more.json"},
      {"correct", "--profile DIR/" + std::string(desk) + " --signal better.json"},
      {"request", "--profile DIR/desks/politie-noord/avim-mensenhandel --signal question.json"},
      {"compose", "--profile DIR/" + std::string(desk)},
      {"withdraw", "--profile DIR/" + std::string(desk) + " --signal ID --reason 'verkeerd adres'"},
      {"attest",
       "--profile DIR/desks/zorgcoordinatie-noord/zorgcoordinator --type toestemming --giver politie-noord"
       " --role slachtoffer --to opvang-noord/intake --purpose opvang --from 2026-11-23 --until 2026-12-31"
       " > consent.json"},
      {"inbox", "--profile DIR/desks/politie-noord/avim-mensenhandel --wait 10 --new"},
      {"feedback",
       "--profile DIR/desks/politie-noord/avim-mensenhandel --signal ID --status opgepakt --text 'Dank'"},
      {"follow", "--profile DIR/" + std::string(desk) + " --signal ID"},
      {"obligations", "--profile DIR/desks/politie-noord/avim-mensenhandel"},
      {"overview", "--profile DIR/desks/toezichthouder/log"},
      {"sent", "--profile DIR/" + std::string(desk)},
      {"show", "--profile DIR/" + std::string(desk) + " ID"},
      {"sync", "--profile DIR/" + std::string(desk)},
      {"frame", "--profile DIR/" + std::string(desk)},
      {"canary",
       "--profile DIR/desks/netwerkwacht/een --signal proef.json --metrics /var/lib/node/seinhuis.prom"},
      {"evaluations", "--profile DIR/" + std::string(desk)},
      {"audit verify", "--profile DIR/desks/toezichthouder/log"},
      {"log verify", "--profile DIR/" + std::string(desk)},
      {"vectors", "vectors"},
  };
  return all;
}

void add_below(CLI::App& app, const std::string& words) {
  for (CLI::App* command : app.get_subcommands({})) {
    const std::string name = words.empty() ? command->get_name() : words + " " + command->get_name();
    const auto example = examples().find(name);
    if (example != examples().end()) command->footer("Example:\n  seinhuis " + name + " " + example->second);
    add_below(*command, name);
  }
}

}  // namespace

void add_examples(CLI::App& app) { add_below(app, ""); }

}  // namespace seinhuis::tools
