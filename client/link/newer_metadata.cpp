#include "seinhuis/client/newer_metadata.h"

#include <algorithm>

namespace seinhuis::client {
namespace {

// What is followed is not verified yet: a broker that never ends would have us ask for ever.
constexpr std::uint32_t max_roots = 64;
constexpr std::uint32_t max_between = 5000;

// The lowest version of a kind that is held, or `newest` if there is none before it.
std::uint32_t oldest(const proof::Files& files, const std::string& kind, std::uint32_t newest) {
  std::uint32_t version = newest;
  for (const auto& [name, content] : files) {
    if (!name.ends_with(kind)) continue;
    version = std::min(version, static_cast<std::uint32_t>(std::strtoul(name.c_str(), nullptr, 10)));
  }
  return version;
}

}  // namespace

Result<proof::Files> newer_metadata(const proof::Files& files, std::uint32_t root,
                                    const std::function<Result<Reply>(Request)>& ask) {
  proof::Files fresh = files;
  const auto get = [&](const std::string& name) -> Result<bool> {
    Request request;
    request.action = Action::metadata;
    request.name = name;
    auto reply = ask(std::move(request));
    if (!reply) return reply.error();
    if (reply->code == Code::busy) return Error{Errc::busy, reply->text};
    if (reply->code != Code::ok || reply->items.size() != 1) return false;
    fresh[name] = std::move(reply->items[0].body);
    return true;
  };
  const Bytes before = fresh["timestamp"];
  const auto there = get("timestamp");
  if (!there) return there.error();
  if (!*there || fresh["timestamp"] == before) return fresh;
  for (std::uint32_t version = root + 1; version <= root + max_roots; ++version) {
    const auto next = get(std::to_string(version) + ".root");
    if (!next) return next.error();
    if (!*next) break;
  }
  const auto timestamp_file = metadata::decode_signed(fresh["timestamp"]);
  const auto timestamp = timestamp_file ? metadata::decode_timestamp(timestamp_file->body)
                                        : Result<metadata::Timestamp>(timestamp_file.error());
  if (!timestamp) return timestamp.error();
  const std::string snapshot_name = std::to_string(timestamp->snapshot.version) + ".snapshot";
  for (const std::string& name : {snapshot_name, std::string("cards")}) {
    if (const auto got = get(name); !got) return got.error();
  }
  const auto snapshot_file = metadata::decode_signed(fresh[snapshot_name]);
  const auto snapshot = snapshot_file ? metadata::decode_snapshot(snapshot_file->body)
                                      : Result<metadata::Snapshot>(snapshot_file.error());
  if (!snapshot) return snapshot.error();
  for (const auto& [bound, kind] :
       {std::pair(&snapshot->directories, ".directory"), std::pair(&snapshot->policies, ".policy")}) {
    // Those in between too: a message may name one that came and went while this desk was away.
    for (const metadata::Binding& binding : *bound) {
      const std::uint32_t first = oldest(fresh, kind, binding.version);
      if (binding.version - first > max_between)
        return Error{Errc::unauthentic, "more versions of the metadata than there can be"};
      for (std::uint32_t version = first; version <= binding.version; ++version) {
        const std::string name = std::to_string(version) + kind;
        if (fresh.contains(name)) continue;
        if (const auto got = get(name); !got) return got.error();
      }
    }
  }
  return fresh;
}

}  // namespace seinhuis::client
