#include "seinhuis/wire/pseudonym.h"

#include "fixed.h"

namespace seinhuis {
namespace {

using namespace wire;

void pack(Packer& out, const std::vector<PointBytes>& points) {
  out.number(static_cast<std::uint32_t>(points.size()));
  for (const PointBytes& point : points) out.raw(point.bytes());
}

std::vector<PointBytes> unpack_points(Unpacker& in) {
  const auto count = in.number<std::uint32_t>();
  if (count == 0 || count > EvaluationRequest::max_elements) in.fail();
  std::vector<PointBytes> points;
  for (std::uint32_t n = 0; n < count && !in.failed(); ++n) points.push_back(in.id<PointBytes>());
  return points;
}

}  // namespace

Bytes unsigned_bytes(const EvaluationRequest& request) {
  Packer out;
  out.label("eval").raw(request.network.bytes()).raw(request.message.bytes()).text(request.domain);
  out.number(static_cast<std::uint8_t>(request.type)).number(request.generation);
  pack(out, request.elements);
  return out.take();
}

Bytes encode(const EvaluationRequest& request) {
  return Packer().raw(unsigned_bytes(request)).raw(request.signature.bytes()).take();
}

EvaluationRequest wire::unpack_evaluation(Unpacker& in) {
  EvaluationRequest request;
  in.label("eval");
  request.network = in.id<Hash>();
  request.message = in.id<MessageId>();
  request.domain = in.text(max_name);
  request.type = unpack_word<IdentifierType>(in);
  request.generation = in.number<std::uint32_t>();
  request.elements = unpack_points(in);
  return request;
}

Result<EvaluationRequest> decode_evaluation(ByteView raw) {
  Unpacker in(raw);
  EvaluationRequest request = unpack_evaluation(in);
  request.signature = in.id<Signature>();
  return whole(in, std::move(request));
}

Bytes encode(const EvaluationAnswer& answer) {
  Packer out;
  pack(out, answer.outputs);
  return out.raw(answer.proof.bytes()).take();
}

Result<EvaluationAnswer> decode_evaluated(ByteView raw) {
  Unpacker in(raw);
  EvaluationAnswer answer;
  answer.outputs = unpack_points(in);
  answer.proof = in.id<ProofBytes>();
  return whole(in, std::move(answer));
}

Bytes encode(const EvaluationCount& count) {
  Packer out;
  out.day(count.day).text(count.domain).number(static_cast<std::uint8_t>(count.type));
  return out.number(count.elements).take();
}

Result<EvaluationCount> decode_evaluation_count(ByteView raw) {
  Unpacker in(raw);
  EvaluationCount count;
  count.day = in.day();
  count.domain = in.text(max_name);
  count.type = unpack_word<IdentifierType>(in);
  count.elements = in.number<std::uint64_t>();
  return whole(in, std::move(count));
}

}  // namespace seinhuis
