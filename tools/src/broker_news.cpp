#include <thread>

#include "network_admin.h"
#include "seinhuis/base/key_file.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/proof/metadata_folder.h"

// What the timestamp role must know of the running broker before it signs.
namespace seinhuis::tools {
namespace {

constexpr auto patience = std::chrono::seconds(2);       // for one answer
constexpr auto take_up = std::chrono::seconds(10);       // for metadata that lies in its folder
constexpr auto between = std::chrono::milliseconds(50);  // two looks

// The broker's head is of this log, and extends the one signed before.
Result<Done> check_growth(client::Link& link, const proof::Network& network,
                          const metadata::Directory& directory, const Bytes& raw) {
  if (raw.empty() && network.timestamp.head.empty()) return Done{};
  const Error forked{Errc::unauthentic,
                     "the broker's log does not extend the head of the last timestamp; nothing is signed"};
  const auto head = decode_head(raw);
  if (!head || head->head.network != network.id || head->head.log != directory.log_id ||
      !proof::verifies(directory.log_key, head->signature, encode(head->head)))
    return forked;
  if (network.timestamp.head.empty()) return Done{};
  const auto before = decode_head(network.timestamp.head);
  if (!before) return forked;
  if (before->head.log != directory.log_id) return Done{};  // another log, by the root's word
  Request request;
  request.action = Action::growth;
  request.after = before->head.size;
  request.until = head->head.size;
  const auto reply = link.ask(request, patience);
  if (!reply) return reply.error();
  if (reply->items.size() != 1) return forked;
  return proof::extends(head->head, before->head, proof::path_in(reply->items[0].body)) ? Result<Done>(Done{})
                                                                                        : forked;
}

// A connection in the administrators' name.
struct Asked {
  std::unique_ptr<client::Link> link;
  proof::Network network;
  metadata::Directory directory;

  // At `endpoint`, or where the directory says when it is empty. The metadata may have expired: what comes of
  // the answer is new metadata.
  static Result<Asked> connect(const std::filesystem::path& folder, const std::string& endpoint,
                               Instant now) {
    auto files = proof::read_metadata(folder / "metadata");
    if (!files) return files.error();
    auto network = proof::verify_as_signed(*files);
    if (!network) return network.error();
    metadata::Directory directory = network->directory_on(Day::of(now))->directory;
    const auto secret = read_key<client::TransportSecret>(folder / "admin" / "transport.key");
    if (!secret) return secret.error();
    auto link = client::connect(endpoint.empty() ? directory.endpoint : endpoint, directory.broker_transport,
                                *secret);
    if (!link) return link.error();
    return Asked{*std::move(link), *std::move(network), std::move(directory)};
  }
};

}  // namespace

Result<Published> ask_broker(const std::filesystem::path& folder, const std::string& endpoint, Instant now) {
  auto asked = Asked::connect(folder, endpoint, now);
  if (!asked) return asked.error();
  auto& [link, network, directory] = *asked;
  Published published;
  published.at = now;
  Request request;
  request.action = Action::cards;
  auto cards = link->ask(request, patience);
  if (!cards) return cards.error();
  for (Item& item : cards->items) published.cards.push_back(std::move(item.body));
  request.action = Action::head;
  auto head = link->ask(request, patience);
  if (!head) return head.error();
  if (!head->items.empty()) published.head = std::move(head->items[0].body);
  if (auto checked = check_growth(*link, network, directory, published.head); !checked)
    return checked.error();
  return published;
}

Result<Done> await_broker(const std::filesystem::path& folder, Instant now) {
  const auto timestamp = read_file(folder / "metadata" / "timestamp", metadata::max_bytes);
  if (!timestamp) return timestamp.error();
  auto asked = Asked::connect(folder, {}, now);
  if (!asked) return asked.error();
  Request request;
  request.action = Action::metadata;
  request.name = "timestamp";
  const auto deadline = std::chrono::steady_clock::now() + take_up;
  while (std::chrono::steady_clock::now() < deadline) {
    const auto reply = asked->link->ask(request, patience);
    if (!reply) return reply.error();
    if (reply->items.size() == 1 && reply->items[0].body == *timestamp) return Done{};
    std::this_thread::sleep_for(between);
  }
  return Error{Errc::unreachable, "the running broker does not take the new timestamp; its log says why"};
}

}  // namespace seinhuis::tools
