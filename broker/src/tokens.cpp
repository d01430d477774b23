#include "tokens.h"

#include "owed.h"
#include "seinhuis/policy/message.h"
#include "seinhuis/proof/token.h"
#include "tables.h"
#include "transaction.h"

namespace seinhuis::broker {
namespace {

constexpr std::size_t max_crowd = 10'000;

// Epochs first, so that what is over stands at the front.
Bytes kind_key(const TokenKind& kind) {
  Bytes key;
  put_big(key, kind.epoch, 4);
  const Hash hash = proof::h32(
      Packer().label("token-kind").number(static_cast<std::uint8_t>(kind.use)).text(kind.role_class).bytes());
  append(key, hash.bytes().first<16>());
  return key;
}

Bytes with(Bytes key, ByteView more) {
  append(key, more);
  return key;
}

store::Shelf shelf_of(std::uint32_t epoch) { return shelf_until(Day((epoch + 2) * proof::token_epoch_days)); }

}  // namespace

// Once for a desk and kind: the same elements again have the same answer, others are refused.
Result<Done> Transaction::take(const Issue& issue, const Hash& salt) {
  (void)salt;
  const Bytes key = with(kind_key(issue.kind), desk_tag(issue.desk));
  const auto earlier = writer_.get(issued_table, key);
  if (!earlier) return earlier.error();
  if (*earlier && !std::ranges::equal(**earlier, issue.elements.bytes())) {
    answer(Code::over_quota, "this desk has had its tokens of this kind");
    return Done{};
  }
  const auto fits = has_room(writer_, 0);
  if (!fits) return fits.error();
  if (!*earlier && !*fits) {
    answer(Code::full, "no room to remember the tokens");
    return Done{};
  }
  const store::Shelf shelf = shelf_of(issue.kind.epoch);
  if (auto put = writer_.put(issued_table, key, issue.elements.bytes(), shelf); !put) return put;
  const std::string organisation(policy::organisation_of(issue.desk));
  if (auto put = writer_.put(crowd_table, with(kind_key(issue.kind), desk_tag(organisation)),
                             view(organisation), shelf);
      !put)
    return put;
  answer(Code::ok, {});
  answers_.back().reply.items.push_back({0, issue.answer});
  return Done{};
}

// Spent on one message: the same again has the same receipt, another message is refused.
Result<Done> Transaction::take(const Redeem& redeem, const Hash& salt) {
  (void)salt;
  const Bytes key = with(kind_key(redeem.kind), redeem.nonce.bytes());
  const auto earlier = writer_.get(spent_table, key);
  if (!earlier) return earlier.error();
  if (*earlier && **earlier != redeem.spent_on) {
    answer(Code::replayed, "this token was spent on another message");
    return Done{};
  }
  if (!*earlier) {
    const auto fits = has_room(writer_, 0);
    if (!fits) return fits.error();
    if (!*fits) {
      answer(Code::full, "no room to remember the token; it is not spent");
      return Done{};
    }
    if (auto put = writer_.put(spent_table, key, redeem.spent_on, shelf_of(redeem.kind.epoch)); !put)
      return put;
  }
  answer(Code::ok, {});
  answers_.back().reply.items.push_back({0, redeem.receipt});
  return Done{};
}

Result<std::vector<std::string>> crowd_of(const store::Reader& reader, const TokenKind& kind) {
  const auto found = reader.scan(crowd_table, kind_key(kind), {}, max_crowd);
  if (!found) return found.error();
  std::vector<std::string> names;
  for (const store::Record& record : *found) names.emplace_back(text_of(record.value));
  std::ranges::sort(names);
  return names;
}

Result<Done> forget_tokens(store::Writer& writer, Day today, std::size_t limit) {
  for (const store::Table table : {issued_table, crowd_table, spent_table}) {
    const auto oldest = writer.scan(table, {}, {}, limit);
    if (!oldest) return oldest.error();
    for (const store::Record& entry : *oldest) {
      const auto epoch = static_cast<std::uint32_t>(big(ByteView(entry.key).first(4)));
      if (epoch >= proof::token_epoch(today) || proof::redeemable(epoch, today)) break;
      if (auto gone = writer.erase(table, entry.key); !gone) return gone;
    }
  }
  return Done{};
}

}  // namespace seinhuis::broker
