#pragma once

#include "seinhuis/proof/voprf.h"
#include "seinhuis/wire/pseudonym.h"

// That somebody holds the key behind a public VOPRF key: its product with a point made of a statement, and
// the proof of that (DLEQ). point 32 || proof 64.
namespace seinhuis::proof {

// `domain` is the domain separation string under which the statement becomes a point. `secret`: 32 bytes of
// the holder's own, so that nonces differ even when `random` repeats itself.
Bytes prove_possession(const voprf::KeyPair& key, ByteView statement, std::string_view domain, Random& random,
                       ByteView secret);
bool possesses(const PointBytes& key, ByteView statement, std::string_view domain, ByteView possession);

}  // namespace seinhuis::proof
