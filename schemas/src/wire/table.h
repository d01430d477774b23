#pragma once

#include "codec.h"

// Whole buffers: from bytes that anybody may have sent to a value, and back.
namespace seinhuis::wire {

// Untrusted bytes to a domain value: copied (frames come at any address), verified, unpacked, checked. In a
// buffer many tables may point to one vector, which unpacking would copy for each: `look` sees the verified
// table first and says what is wrong with it, where that matters.
template <class Table, class Domain>
Result<Domain> decode_table(ByteView raw, const char* identifier, std::size_t limit, Domain blank,
                            const char* (*look)(const Table& table, std::size_t size) = nullptr) {
  if (raw.size() > limit) return Error{Errc::malformed, "larger than its limit"};
  if (raw.size() < 12) return Error{Errc::malformed, "too short"};
  const Bytes aligned = copy(raw);
  flatbuffers::Verifier verifier(octets(ByteView(aligned)), aligned.size(), 16, 500'000);
  if (!verifier.VerifyBuffer<Table>(identifier))
    return Error{Errc::malformed, "does not verify as a message"};
  const Table& table = *flatbuffers::GetRoot<Table>(aligned.data());
  if (const char* wrong = look != nullptr ? look(table, aligned.size()) : nullptr)
    return Error{Errc::malformed, wrong};
  typename Table::NativeTableType unpacked;
  table.UnPackTo(&unpacked);
  Load load;
  pass(load, blank, unpacked);
  if (load.why() != nullptr) return Error{Errc::malformed, load.why()};
  return blank;
}

template <class Table, class Domain>
Bytes encode_table(const Domain& value, const char* identifier) {
  typename Table::NativeTableType packed;
  Save save;
  Domain source = value;
  pass(save, source, packed);
  flatbuffers::FlatBufferBuilder builder(1024);
  builder.Finish(Table::Pack(builder, &packed), identifier);
  return copy(std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize())));
}

}  // namespace seinhuis::wire
