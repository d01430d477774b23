#include <flatbuffers/flatbuffers.h>

#include "seinhuis/wire/envelope.h"
#include "seinhuis/wire/generated/envelope_generated.h"
#include "support.h"

// A FlatBuffer may point to one vector from many tables; unpacked it would be copied for each.
using namespace seinhuis;
namespace fb = seinhuis::wire::generated;

namespace {

// `fields` fields of 1 KiB, all on one ciphertext or each on its own.
Bytes submission(std::size_t fields, bool shared) {
  flatbuffers::FlatBufferBuilder builder;
  const auto bytes = [&](std::size_t size) {
    return builder.CreateVector(std::vector<std::uint8_t>(size, 7));
  };
  const auto one = bytes(1024 + tag_size);
  std::vector<flatbuffers::Offset<fb::SealedField>> made;
  for (std::size_t n = 0; n < fields; ++n)
    made.push_back(fb::CreateSealedField(builder, bytes(32), shared ? one : bytes(1024 + tag_size)));
  const auto wrap = fb::CreateWrap(builder, 0, bytes(wrap_size));
  const auto wraps = builder.CreateVector(std::vector{wrap});
  const auto slot = fb::CreateSlot(builder, 0, bytes(32), builder.CreateString("a/b"), bytes(200), bytes(32),
                                   wraps, bytes(note_size));
  const auto list = builder.CreateVector(made);
  const auto slots = builder.CreateVector(std::vector{slot});
  const auto prologue = bytes(300);
  const auto signature = bytes(64);
  builder.Finish(fb::CreateSubmission(builder, prologue, list, slots, 0, signature), "SHSU");
  return copy(std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize())));
}

}  // namespace

TEST_CASE("a small buffer that unpacks into a large message is refused before it is unpacked") {
  CHECK(decode_submission(submission(200, false)));
  const Bytes hostile = submission(200, true);
  CHECK(hostile.size() < 20'000);
  const auto decoded = decode_submission(hostile);
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().detail == "says the same bytes twice");
}
