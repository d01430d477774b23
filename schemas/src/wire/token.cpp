#include "seinhuis/wire/token.h"

#include "fixed.h"

namespace seinhuis {
namespace {

using namespace wire;

Mode unpack_hidden_mode(Unpacker& in) {
  const auto mode = unpack_word<Mode>(in);
  if (mode == Mode::identified) in.fail();
  return mode;
}

EvaluationReceipt unpack_receipt(Unpacker& in) {
  EvaluationReceipt r;
  in.label("admit-eval");
  r.network = in.id<Hash>();
  r.epoch = in.number<std::uint32_t>();
  r.message = in.id<MessageId>();
  r.signature = in.id<Signature>();
  return r;
}

}  // namespace

Bytes unsigned_bytes(const TokenRequest& request) {
  Packer out;
  out.label("tokens").raw(request.network.bytes()).number(static_cast<std::uint8_t>(request.kind.use));
  out.text(request.kind.role_class).number(request.kind.epoch);
  out.number(static_cast<std::uint32_t>(request.elements.size()));
  for (const PointBytes& element : request.elements) out.raw(element.bytes());
  return out.take();
}

Bytes encode(const TokenRequest& request) {
  return Packer().raw(unsigned_bytes(request)).raw(request.signature.bytes()).take();
}

Result<TokenRequest> decode_token_request(ByteView raw) {
  Unpacker in(raw);
  TokenRequest request;
  in.label("tokens");
  request.network = in.id<Hash>();
  const auto use = in.number<std::uint8_t>();
  if (use < 1 || use > 2) in.fail();
  request.kind.use = static_cast<TokenUse>(use);
  request.kind.role_class = in.text(max_name);
  request.kind.epoch = in.number<std::uint32_t>();
  const auto count = in.number<std::uint32_t>();
  if (count == 0 || count > EvaluationRequest::max_elements) in.fail();
  for (std::uint32_t n = 0; n < count && !in.failed(); ++n) request.elements.push_back(in.id<PointBytes>());
  request.signature = in.id<Signature>();
  return whole(in, std::move(request));
}

Bytes mac_bytes(const Redemption& r) {
  return Packer()
      .label("redeem")
      .raw(r.network.bytes())
      .number(static_cast<std::uint8_t>(r.mode))
      .text(r.role_class)
      .number(r.epoch)
      .raw(r.nonce.bytes())
      .raw(r.h0.bytes())
      .raw(r.manifest.bytes())
      .take();
}

Bytes encode(const Redemption& redemption) {
  return Packer().raw(mac_bytes(redemption)).raw(redemption.mac.bytes()).take();
}

Result<Redemption> decode_redemption(ByteView raw) {
  Unpacker in(raw);
  Redemption r;
  in.label("redeem");
  r.network = in.id<Hash>();
  r.mode = unpack_hidden_mode(in);
  r.role_class = in.text(max_name);
  r.epoch = in.number<std::uint32_t>();
  r.nonce = in.id<TokenNonce>();
  r.h0 = in.id<Hash>();
  r.manifest = in.id<Hash>();
  r.mac = in.id<Hash>();
  return whole(in, std::move(r));
}

Bytes unsigned_bytes(const AdmissionReceipt& r) {
  return Packer()
      .label("admit")
      .raw(r.network.bytes())
      .number(static_cast<std::uint8_t>(r.mode))
      .text(r.role_class)
      .number(r.epoch)
      .raw(r.h0.bytes())
      .raw(r.manifest.bytes())
      .take();
}

Bytes encode(const AdmissionReceipt& receipt) {
  return Packer().raw(unsigned_bytes(receipt)).raw(receipt.signature.bytes()).take();
}

Result<AdmissionReceipt> decode_admission(ByteView raw) {
  Unpacker in(raw);
  AdmissionReceipt r;
  in.label("admit");
  r.network = in.id<Hash>();
  r.mode = unpack_hidden_mode(in);
  r.role_class = in.text(max_name);
  r.epoch = in.number<std::uint32_t>();
  r.h0 = in.id<Hash>();
  r.manifest = in.id<Hash>();
  r.signature = in.id<Signature>();
  return whole(in, std::move(r));
}

Bytes mac_bytes(const EvaluationRedemption& r) {
  Packer out;
  out.label("redeem-eval").raw(r.network.bytes()).number(r.epoch).raw(r.nonce.bytes());
  return out.raw(r.message.bytes()).take();
}

Bytes encode(const EvaluationRedemption& redemption) {
  return Packer().raw(mac_bytes(redemption)).raw(redemption.mac.bytes()).take();
}

Result<EvaluationRedemption> decode_evaluation_redemption(ByteView raw) {
  Unpacker in(raw);
  EvaluationRedemption r;
  in.label("redeem-eval");
  r.network = in.id<Hash>();
  r.epoch = in.number<std::uint32_t>();
  r.nonce = in.id<TokenNonce>();
  r.message = in.id<MessageId>();
  r.mac = in.id<Hash>();
  return whole(in, r);
}

Bytes unsigned_bytes(const EvaluationReceipt& r) {
  Packer out;
  return out.label("admit-eval").raw(r.network.bytes()).number(r.epoch).raw(r.message.bytes()).take();
}

Bytes encode(const EvaluationReceipt& receipt) {
  return Packer().raw(unsigned_bytes(receipt)).raw(receipt.signature.bytes()).take();
}

Result<EvaluationReceipt> decode_evaluation_receipt(ByteView raw) {
  Unpacker in(raw);
  const auto receipt = unpack_receipt(in);
  return whole(in, receipt);
}

Bytes encode(const PaidEvaluation& paid) {
  return Packer().raw(unsigned_bytes(paid.request)).raw(encode(paid.receipt)).take();
}

Result<PaidEvaluation> decode_paid_evaluation(ByteView raw) {
  Unpacker in(raw);
  PaidEvaluation paid;
  paid.request = unpack_evaluation(in);
  paid.receipt = unpack_receipt(in);
  return whole(in, std::move(paid));
}

}  // namespace seinhuis
