#include "unnamed_sending.h"

#include <iostream>

#include "seinhuis/policy_load/signal_file.h"

namespace seinhuis::tools {
namespace {

constexpr int tries = 3;

// What is not protected is said before, not after.
void warn(const client::Planned& planned) {
  std::cerr << "Bij acuut gevaar: bel 112.\n"
               "Wat alleen u kunt weten, zegt wie u bent: laat het weg. Wie uw verbinding ziet, ziet dat u "
               "iets verstuurt, tenzij u Tor gebruikt.\n";
  if (planned.draft.urgent)
    std::cerr
        << "Een dringend signaal gaat meteen weg, en niet samen met andere: op een stille dag valt dat op.\n";
}

bool same_words(const std::string& typed, const seal::ReceiptWords& words) {
  const auto read = seal::ReceiptWords::parse(typed);
  return read && read->reveal() == words.reveal();
}

// Whoever loses the words can never read the answer; nobody can give them again.
bool typed_back(const seal::ReceiptWords& words) {
  std::cerr
      << "\nUw ontvangstwoorden. Schrijf ze op; alleen hiermee kunt u het antwoord lezen, en niemand kan "
         "ze u opnieuw geven:\n\n    "
      << words.reveal() << "\n\n";
  for (int n = 0; n < tries; ++n) {
    std::cerr << "Typ de acht woorden over: " << std::flush;
    std::string typed;
    if (!std::getline(std::cin, typed)) return false;
    if (same_words(typed, words)) return true;
    const auto read = seal::ReceiptWords::parse(typed);
    std::cerr << (read ? "Dit zijn andere woorden." : read.error().detail) << '\n';
  }
  return false;
}

}  // namespace

int send_unnamed(Profile& profile, client::Planned planned, const Style& style) {
  SystemRandom random;
  const auto words = seal::ReceiptWords::draw(random);
  if (const auto hindered = profile.client().hindered(planned); !hindered)
    return fail(style, hindered.error());
  warn(planned);
  if (!style.json && !typed_back(words)) {
    std::cerr << "seinhuis: the words were not typed back; nothing was sent\n";
    return static_cast<int>(Exit::refused);
  }
  const auto sent = profile.client().send_unnamed(std::move(planned), words);
  if (!sent) return fail(style, sent.error());
  const policy::Policy& policy = profile.client().policy();
  const client::Planned& what = sent->planned;
  Json json = sent_json(sent->kept);
  json["mode"] = to_string(what.draft.mode);
  json["recipients"] = Json::parse(policy::recipients_json(policy, what.facts, what.plan, style.language));
  for (const auto& [domain, why] : sent->unavailable) {  // which nothing can follow
    json["unavailable"].push_back({{"domain", domain}, {"why", why.detail}});
    std::cerr << "seinhuis: it went without pseudonyms for " << domain << " (" << why.detail << ")\n";
  }
  using State = client::KeptSent::State;
  const bool refused = sent->kept.state == State::refused;
  const bool queued = sent->kept.state == State::queued;
  const bool waits = !what.draft.urgent && !profile.sandbox();  // for its frame, not for the broker
  if (!refused) json["words"] = words.reveal();
  if (style.json) {
    print(json);
  } else if (refused) {
    std::cerr << "seinhuis: refused (" << to_string(static_cast<Code>(sent->kept.code))
              << "): " << sent->kept.text << "; nothing was sent in another mode\n";
  } else {
    std::cout << plan_table(policy, what.facts, what.plan, style)
              << (queued ? waits ? "it leaves with a daily frame of this desk (seinhuis frame)\n"
                                 : "queued; it leaves with a later command\n"
                         : "accepted\n");
  }
  if (queued && !waits) return static_cast<int>(Exit::unreachable);
  return refused ? static_cast<int>(Exit::refused) : 0;
}

}  // namespace seinhuis::tools
