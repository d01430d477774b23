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
// H32(M)
// || signature of the issuer.
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

}  // namespace seinhuis
