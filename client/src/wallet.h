#pragma once

#include "seinhuis/client/client.h"
#include "seinhuis/proof/token.h"

namespace seinhuis::client {

// The tokens of this desk: fetched over its session, spent where nobody knows whose they are.
class Wallet {
 public:
  explicit Wallet(Client& client) : client_(client) {}

  // Fetches the tokens of a kind, once. Fails with unreachable or busy, refused with the issuer's words, or
  // unauthentic when they are not made with the key that the directory names.
  Result<Done> fetch(const TokenKind& kind);
  // They were fetched, whatever was spent since.
  bool holds(const TokenKind& kind) const;
  // What this desk may have of the epoch of today, as far as the directory has keys.
  std::vector<TokenKind> kinds() const;
  // The key in the store under which stands when they are fetched.
  Bytes issue() const;
  // The organisations that have tokens of a class in an epoch. Fails with unauthentic when the list leaves
  // out this desk's, which has fetched, or names it though it has not.
  Result<std::vector<std::string>> crowd(const std::string& role_class, std::uint32_t epoch);
  // Reads the list and keeps how long it is: who needs it does not ask for it then.
  Result<Done> count_crowd(const TokenKind& kind);
  Result<Done> count_crowds_daily();

  // A token that is not spent yet, taken out for good; absent when there is none.
  struct Token {
    TokenNonce nonce = TokenNonce::zero();
    proof::voprf::Output worth;
  };
  static Result<std::optional<Token>> take(store::Writer& writer, const metadata::TokenKey& key);

 private:
  // Nonces and blinds, durable before they are asked for: the same again after a crash.
  struct Batch {
    std::vector<TokenNonce> nonces;
    std::vector<proof::SecretScalar> blinds;
  };
  Result<std::optional<Batch>> batch_for(const metadata::TokenKey& key);
  Result<Done> keep(const metadata::TokenKey& key, const Batch& batch,
                    const std::vector<proof::Element>& outputs);
  Result<bool> fetched(const metadata::TokenKey& key) const;
  const metadata::TokenKey* key_of(const TokenKind& kind) const;

  Client& client_;
};

}  // namespace seinhuis::client
