#include "seinhuis/base/check.h"
#include "seinhuis/wire/audit.h"
#include "seinhuis/wire/board.h"
#include "seinhuis/wire/hit.h"
#include "seinhuis/wire/metadata.h"
#include "seinhuis/wire/new_log.h"
#include "seinhuis/wire/obligation.h"
#include "seinhuis/wire/pseudonym.h"
#include "seinhuis/wire/record.h"
#include "seinhuis/wire/session.h"
#include "seinhuis/wire/token.h"
#include "seinhuis/wire/witness.h"

// One target for each decoder (tests/CMakeLists.txt): whatever decodes survives a round trip; nothing
// crashes.
using namespace seinhuis;  // NOLINT(google-build-using-namespace): the decoder is named by the build
using namespace seinhuis::metadata;  // NOLINT(google-build-using-namespace)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto seen = SEINHUIS_DECODE(std::as_bytes(std::span(data, size)))) {
    const auto again = SEINHUIS_DECODE(encode(*seen));
    seinhuis::require(again && *again == *seen, "decode(encode(value)) == value");
  }
  return 0;
}
