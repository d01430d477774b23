#include "vector_words.h"

#include "seinhuis/proof/hash.h"
#include "seinhuis/seal/words.h"
#include "vector_random.h"

namespace seinhuis::tools {

Result<Done> write_word_vectors(
    const std::function<Result<Done>(const std::string& name, const Json& json)>& write) {
  VectorRandom random("vector words");
  for (int n = 1; n <= 2; ++n) {
    const Hash network = proof::h32(view("vector network " + std::to_string(n)));
    const auto words = seal::ReceiptWords::draw(random);
    const seal::WordKeys keys = words.keys(network);
    const Json expect{{"list", seal::word_list().hash.hex()},
                      {"reply", keys.reply.sealing.hex()},
                      {"continues", keys.continues.key().hex()},
                      {"cell", encode_hex(keys.cell.reveal())},
                      {"draft", encode_hex(keys.draft.reveal())}};
    if (auto done = write("words-" + std::to_string(n), {{"comment", "receipt words and their keys"},
                                                         {"network", network.hex()},
                                                         {"words", words.reveal()},
                                                         {"expect", expect}});
        !done)
      return done;
  }
  return Done{};
}

}  // namespace seinhuis::tools
