#pragma once

#include "seinhuis/wire/prologue.h"
#include "seinhuis/wire/pseudonym.h"

// Tokens: that somebody of a role class may do something, and not who (schemas/PROTOCOL.md, "Tokens").
namespace seinhuis {

enum class TokenUse : std::uint8_t {
  admission = 1,   // of one message that is not identified
  evaluation = 2,  // of the pseudonyms of one message
};

// What a token is drawn at random as; 32 bytes.
class TokenNonce final : public FixedId<TokenNonce, 32> {
  friend FixedId;
  TokenNonce() = default;
};

// One key of the issuer: a token made with it says no more than these three.
struct TokenKind {
  TokenUse use = TokenUse::admission;
  std::string role_class;  // empty: everybody
  std::uint32_t epoch = 0;
  friend auto operator<=>(const TokenKind&, const TokenKind&) = default;
};

// L"tokens" || network || u8 use || class || u32 epoch || u32 n || n * 32 || signature of the desk. Over the
// desk's own session, always for the whole quota of a kind.
struct TokenRequest {
  Hash network = Hash::zero();
  TokenKind kind;
  std::vector<PointBytes> elements;
  Signature signature = Signature::zero();
  friend bool operator==(const TokenRequest&, const TokenRequest&) = default;
};
Bytes unsigned_bytes(const TokenRequest& request);
Bytes encode(const TokenRequest& request);
Result<TokenRequest> decode_token_request(ByteView raw);

// L"redeem" || network || u8 mode || class || u32 epoch || nonce || h0 || H32(M) || mac. Never over a desk's
// session.
struct Redemption {
  Hash network = Hash::zero();
  Mode mode = Mode::confidential;
  std::string role_class;
  std::uint32_t epoch = 0;
  TokenNonce nonce = TokenNonce::zero();
  Hash h0 = Hash::zero();
  Hash manifest = Hash::zero();
  Hash mac = Hash::zero();  // under what the token is worth: proof/token.h
  friend bool operator==(const Redemption&, const Redemption&) = default;
};
// All but the mac.
Bytes mac_bytes(const Redemption& redemption);
Bytes encode(const Redemption& redemption);
Result<Redemption> decode_redemption(ByteView raw);

// That a token was spent on this message. L"admit" || network || u8 mode || class || u32 epoch || h0 ||
// H32(M) || signature of the issuer.
struct AdmissionReceipt {
  Hash network = Hash::zero();
  Mode mode = Mode::confidential;
  std::string role_class;
  std::uint32_t epoch = 0;
  Hash h0 = Hash::zero();
  Hash manifest = Hash::zero();
  Signature signature = Signature::zero();
  friend bool operator==(const AdmissionReceipt&, const AdmissionReceipt&) = default;
};
Bytes unsigned_bytes(const AdmissionReceipt& receipt);
Bytes encode(const AdmissionReceipt& receipt);
Result<AdmissionReceipt> decode_admission(ByteView raw);

// L"redeem-eval" || network || u32 epoch || nonce || message || mac: for the pseudonyms of one message. Never
// over a desk's session either.
struct EvaluationRedemption {
  Hash network = Hash::zero();
  std::uint32_t epoch = 0;
  TokenNonce nonce = TokenNonce::zero();
  MessageId message = MessageId::zero();
  Hash mac = Hash::zero();
  friend bool operator==(const EvaluationRedemption&, const EvaluationRedemption&) = default;
};
// All but the mac.
Bytes mac_bytes(const EvaluationRedemption& redemption);
Bytes encode(const EvaluationRedemption& redemption);
Result<EvaluationRedemption> decode_evaluation_redemption(ByteView raw);

// That a token was spent on the pseudonyms of this message. L"admit-eval" || network || u32 epoch || message
// || signature of the issuer.
struct EvaluationReceipt {
  Hash network = Hash::zero();
  std::uint32_t epoch = 0;
  MessageId message = MessageId::zero();
  Signature signature = Signature::zero();
  friend bool operator==(const EvaluationReceipt&, const EvaluationReceipt&) = default;
};
Bytes unsigned_bytes(const EvaluationReceipt& receipt);
Bytes encode(const EvaluationReceipt& receipt);
Result<EvaluationReceipt> decode_evaluation_receipt(ByteView raw);

// What an evaluator is asked by who is nobody: a request without a signature (zero), and what it was paid
// with. unsigned request || receipt.
struct PaidEvaluation {
  EvaluationRequest request;
  EvaluationReceipt receipt;
  friend bool operator==(const PaidEvaluation&, const PaidEvaluation&) = default;
};
Bytes encode(const PaidEvaluation& paid);
Result<PaidEvaluation> decode_paid_evaluation(ByteView raw);

}  // namespace seinhuis
