#include "seinhuis/wire/hit.h"

#include "fixed.h"

namespace seinhuis {
namespace {

using namespace wire;

constexpr std::size_t max_hit = 1024;
constexpr std::size_t max_proof = 16384;

void pack(Packer& out, const HitPlace& place) { out.raw(place.h0.bytes()).number(place.entry); }

HitPlace unpack_place(Unpacker& in) {
  const auto h0 = in.id<Hash>();
  return {h0, in.number<std::uint16_t>()};
}

LogProof unpack_proof(Unpacker& in) {
  auto proof = decode_log_proof(in.sized(max_proof));
  if (!proof) in.fail();
  return proof ? *std::move(proof) : LogProof{};
}

}  // namespace

Bytes unsigned_bytes(const HitRecord& record) {
  Packer out;
  out.label("hit").raw(record.network.bytes()).text(record.desk);
  pack(out, record.a);
  pack(out, record.b);
  return out.raw(record.tag.bytes()).take();
}

Bytes encode(const HitRecord& record) {
  return Packer().raw(unsigned_bytes(record)).raw(record.signature.bytes()).take();
}

Result<HitRecord> decode_hit(ByteView raw) {
  Unpacker in(raw);
  HitRecord record;
  in.label("hit");
  record.network = in.id<Hash>();
  record.desk = in.text(max_name);
  record.a = unpack_place(in);
  record.b = unpack_place(in);
  if (record.a.h0 >= record.b.h0) in.fail();
  record.tag = in.id<Hash>();
  record.signature = in.id<Signature>();
  return whole(in, std::move(record));
}

Bytes tag_bytes(const HitPlace& a, const HitPlace& b) {
  Packer out;
  out.label("hit-tag");
  pack(out, a);
  pack(out, b);
  return out.take();
}

Bytes encode(const HitAnswer& answer) {
  Packer out;
  out.label("hit-answer").raw(answer.salt.bytes()).sized(encode(answer.proof));
  pack(out, answer.obliged_a);
  pack(out, answer.obliged_b);
  return out.take();
}

Result<HitAnswer> decode_hit_answer(ByteView raw) {
  Unpacker in(raw);
  HitAnswer answer;
  in.label("hit-answer");
  answer.salt = in.id<Hash>();
  answer.proof = unpack_proof(in);
  answer.obliged_a = unpack_texts(in);
  answer.obliged_b = unpack_texts(in);
  return whole(in, std::move(answer));
}

Bytes encode(const HitEvidence& evidence) {
  return Packer()
      .sized(encode(evidence.record))
      .raw(evidence.salt.bytes())
      .sized(encode(evidence.proof))
      .take();
}

Result<HitEvidence> decode_hit_evidence(ByteView raw) {
  Unpacker in(raw);
  HitEvidence evidence;
  auto record = decode_hit(in.sized(max_hit));
  if (!record) return record.error();
  evidence.record = *std::move(record);
  evidence.salt = in.id<Hash>();
  evidence.proof = unpack_proof(in);
  return whole(in, std::move(evidence));
}

}  // namespace seinhuis
