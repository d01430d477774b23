#include "seinhuis/base/bytes.h"
#include "seinhuis/yaml/yaml.h"

// What an administrator or a sender typed: read or refused with a place, never a crash.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = seinhuis::text_of(std::as_bytes(std::span(data, size)));
  (void)seinhuis::yaml::parse(text, "f.yaml");
  (void)seinhuis::yaml::parse_json(text, "f.json");
  return 0;
}
