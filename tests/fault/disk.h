#pragma once

#include <filesystem>
#include <vector>

#include "seinhuis/base/bytes.h"

// What this process asks of the disk for one file, written down; and a disk that fails when a test says so.
// The functions of libc that LMDB calls are replaced in this program. One thread.
namespace seinhuis::fault {

struct DiskCall {
  enum class What : std::uint8_t { write, sync };
  What what = What::write;
  std::uint64_t offset = 0;
  Bytes bytes;           // what was written
  bool through = false;  // the write was durable when it returned (O_DSYNC)
};

// From here on calls for this file are written down.
void watch(const std::filesystem::path& file);
void stop_watching();
const std::vector<DiskCall>& calls();

enum class How : std::uint8_t {
  instead,      // nothing is done
  after,        // it is done, and said to have failed
  half,         // of a write only the first half is done, and said so
  and_for_good  // instead, and every one after it too
};
// The n-th call of this kind from now on (0 is the next) fails with this errno.
void fail(DiskCall::What what, std::size_t n, int error, How how);
// Writes to the first two pages: LMDB's heads.
void fail_head(int error, How how);
void heal();

}  // namespace seinhuis::fault
