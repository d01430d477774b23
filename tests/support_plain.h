#pragma once

#include <stdexcept>

#include "folder.h"
#include "seinhuis/base/result.h"

// For programs without a test framework: benchmarks.
namespace seinhuis::test {

// The value, or an exception that says why.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return *std::move(result);
}

}  // namespace seinhuis::test
