#include "watch.h"

#include "seinhuis/client/newer_metadata.h"
#include "seinhuis/proof/log.h"
#include "seinhuis/proof/metadata_folder.h"

namespace seinhuis::notary {
namespace {

constexpr store::Table head_table{110};  // "last" or "fork" -> SignedHead
constexpr auto patience = std::chrono::milliseconds(3000);

}  // namespace

Result<Done> Watch::look() {
  const auto taken = take_metadata();  // a broker that shows old metadata does not blind the rest
  const auto seen = take_head();
  return taken ? seen : taken;
}

Result<Done> Watch::start() {
  const auto last = kept("last");
  if (!last) return last.error();
  return *last ? tell(**last) : Result<Done>(Done{});
}

// The daemon takes in what lies in the folder; only what verifies gets there.
Result<Done> Watch::take_metadata() {
  const broker::WorldRef world = parts_.world.get();
  auto fresh = client::newer_metadata(world->files, world->network.root.version, [this](Request request) {
    return parts_.broker.ask(std::move(request), patience);
  });
  if (!fresh) return fresh.error();
  if ((*fresh)["timestamp"] == world->files.at("timestamp")) return Done{};
  const auto verified = proof::verify_network(*fresh, world->network.floor, parts_.clock());
  if (!verified) return verified.error();
  return proof::write_metadata(parts_.metadata, *fresh);
}

Result<Done> Watch::take_head() {
  Request request;
  request.action = Action::head;
  const auto reply = parts_.broker.ask(std::move(request), patience);
  if (!reply) return reply.error();
  if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
  if (reply->items.empty()) return Done{};
  const broker::WorldRef world = parts_.world.get();
  const metadata::Directory& directory = world->network.directory_on(Day::of(parts_.clock()))->directory;
  const auto head = decode_head(reply->items[0].body);
  if (!head || head->head.network != world->network.id || head->head.log != directory.log_id ||
      !proof::verifies(directory.log_key, head->signature, encode(head->head)))
    return Error{Errc::unauthentic, "the broker shows a head that its log key did not sign"};
  auto last = kept("last");
  if (!last) return last.error();
  if (*last && (*last)->head.log != directory.log_id) *last = std::nullopt;  // a new log, signed as such
  if (!*last) {
    if (auto done = keep("last", *head); !done) return done;
    return tell(*head);
  }
  const bool newer = head->head.size > (*last)->head.size;
  const auto joined = newer ? joins((*last)->head, head->head) : joins(head->head, (*last)->head);
  if (!joined) return joined.error();
  if (!*joined) {
    const auto earlier = kept("fork");
    if (!earlier) return earlier.error();
    const bool again = *earlier && (*earlier)->head.log == directory.log_id;  // the first one stays the proof
    if (!again) {
      if (auto done = keep("fork", *head); !done) return done;
    }
    if (auto told = tell(**last); !told) return told;
    return Error{Errc::conflict, "the broker's log does not extend what was seen of it: two histories"};
  }
  if (newer) {
    if (auto done = keep("last", *head); !done) return done;
  }
  return tell(newer ? *head : **last);
}

Result<bool> Watch::joins(const Head& small, const Head& large) {
  std::vector<Hash> path;
  if (small.size != large.size) {
    Request request;
    request.action = Action::growth;
    request.after = small.size;
    request.until = large.size;
    const auto reply = parts_.broker.ask(std::move(request), patience);
    if (!reply) return reply.error();
    // Only "there are no two such heads" says something; anything else is asked again.
    if (reply->code != Code::ok && reply->code != Code::absent) return Error{Errc::busy, reply->text};
    if (reply->items.size() == 1) path = proof::path_in(reply->items[0].body);
  }
  return proof::extends(large, small, path);
}

Result<std::optional<SignedHead>> Watch::kept(std::string_view name) const {
  std::optional<SignedHead> found;
  const auto read = parts_.store.read([&](const store::Reader& reader) -> Result<Done> {
    const auto raw = reader.get(head_table, view(name));
    if (!raw) return raw.error();
    if (!*raw) return Done{};
    const auto head = decode_head(**raw);
    if (!head) return head.error();
    found = *head;
    return Done{};
  });
  if (!read) return read.error();
  return found;
}

Result<Done> Watch::keep(std::string_view name, const SignedHead& head) {
  return parts_.store.write([&](store::Writer& writer) {
    return writer.put(head_table, view(name), encode(head), store::permanent);
  });
}

Result<Done> Watch::tell(const SignedHead& head) {
  Witness witness{parts_.world.get()->network.id, parts_.clock(), head, {}, Signature::zero()};
  const auto fork = kept("fork");
  if (!fork) return fork.error();
  if (*fork && (*fork)->head.log == head.head.log) witness.fork.push_back(**fork);
  witness.signature = parts_.signer.sign(unsigned_bytes(witness));
  parts_.latest.set(encode(witness));
  return Done{};
}

}  // namespace seinhuis::notary
