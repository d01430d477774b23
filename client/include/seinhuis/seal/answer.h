#pragma once

#include <optional>

#include "seinhuis/seal/seal.h"
#include "seinhuis/wire/board.h"

// What a desk answers to a melder who is not named, sealed to the reply key of the receipt words
// (schemas/PROTOCOL.md, "Board"). A part: enc 32 || sealed (u32 seq || u8 part || u8 parts || u16 length ||
// 927 bytes), so that all look alike.
namespace seinhuis::seal {

// One part or more, each for a cell of the board. Fails with malformed when it takes more than
// cells_of_a_desk, unauthentic when the reply key is of small order.
Result<std::vector<Bytes>> seal_answer(const BoardAnswer& answer, const SealingKey& reply,
                                       const NonceKey& nonce_key, Random& random);

struct AnswerPart {
  std::uint32_t seq = 0;
  std::uint8_t part = 0;
  std::uint8_t parts = 1;
  Bytes piece;
};
// Nothing when it is not sealed to this key in this network.
std::optional<AnswerPart> open_part(ByteView part, const Hash& network, const OpeningKey& key);

}  // namespace seinhuis::seal
