#pragma once

#include <optional>

#include "seinhuis/wire/board.h"

// A cell as it is published: nonce 24 || XChaCha20-Poly1305(k_cell, AAD = L"cell" || u32 day, 984 bytes). To
// who has no key it is as random as the random bytes between which it stands.
namespace seinhuis::board {

// `key` 32 bytes, `nonce` 24, `text` cell_text.
Bytes seal_cell(ByteView key, Day day, ByteView nonce, ByteView text);
// What opens the one cell with this nonce (HChaCha20, draft-irtf-cfrg-xchacha, section 2.2): for the desk
// whose words are in it. It says nothing of the key, or of other cells.
Hash cell_subkey(ByteView key, ByteView nonce);
std::optional<Bytes> open_with_subkey(const Hash& subkey, Day day, ByteView cell);
// Nothing for a cell of somebody else, of another day, or a random one.
std::optional<Bytes> open_cell(ByteView key, Day day, ByteView cell);

}  // namespace seinhuis::board
