#pragma once

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "seinhuis/base/bytes.h"
#include "seinhuis/base/random.h"
#include "seinhuis/base/result.h"

namespace seinhuis::test {

// The value, or a failed test that says why.
template <class T>
T must(Result<T> result) {
  if (!result) FAIL(to_string(result.error().code) << ": " << result.error().detail);
  return *std::move(result);
}

// A new folder that goes with the object.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "seinhuis-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Bytes that look random and come back the same for the same seed.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed * 2 + 1) {}
  void fill(std::span<std::byte> out) override {
    for (std::byte& b : out) {
      state_ = state_ * 6364136223846793005U + 1442695040888963407U;
      b = static_cast<std::byte>(state_ >> 56U);
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace seinhuis::test
