#include "sender.h"

#include "seinhuis/proof/board.h"
#include "seinhuis/proof/token.h"

namespace seinhuis::broker {
namespace {

std::optional<Refusal> judge_desk(const World& world, std::string_view desk, const Admitted& made,
                                  Day today) {
  const Prologue& p = made.prologue;
  if (p.sender != desk)
    return no(Code::not_you, "the sender of the message is not the desk of this connection");
  const metadata::DeskKeys* keys = proof::find_desk(world.network.directory_on(today)->directory, p.sender);
  if (keys == nullptr || keys->signer != p.signer)
    return no(Code::bad_signature, "the signing key is not that of the sender");
  if (!made.submission.admission.empty() || !made.cell_key.empty() || !made.submission.continuation.empty())
    return no(Code::malformed, "an identified message needs no token and has no cells or continuation");
  return {};
}

// Somebody of the class spent a token on this very message.
std::optional<Refusal> judge_nobody(const World& world, std::string_view desk, const Admitted& made,
                                    Day today) {
  const Prologue& p = made.prologue;
  if (desk != anonymous_peer)
    return no(Code::not_you, "a message that names nobody comes over a connection that names nobody");
  if (p.kind != Kind::signal) return no(Code::unsupported, "only a signal may name nobody");
  const proof::Digest digest = proof::digest(made.submission);
  if (!proof::admits(world.network, made.submission.admission, p, digest, today))
    return no(Code::bad_signature, "no receipt for a token that was spent on this message");
  if (!proof::continues(p.reply->continues, made.submission.continuation, p.network, digest.h0,
                        digest.manifest))
    return no(Code::bad_signature, "not signed by the holder of the words that its answers go to");
  if (made.cell_key.size() != Hash::size || proof::cell_key_hash(made.cell_key) != p.reply->cell)
    return no(Code::malformed, "the key of the cells is not the one that the message names");
  return {};
}

}  // namespace

std::optional<Refusal> judge_sender(const World& world, std::string_view desk, const Admitted& made,
                                    Day today) {
  return made.prologue.mode == Mode::identified ? judge_desk(world, desk, made, today)
                                                : judge_nobody(world, desk, made, today);
}

}  // namespace seinhuis::broker
