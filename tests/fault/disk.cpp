#include "fault/disk.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

namespace seinhuis::fault {
namespace {

constexpr std::uint64_t heads_end = 8192;

struct Failure {
  DiskCall::What what = DiskCall::What::write;
  std::size_t left = 0;
  int error = EIO;
  How how = How::instead;
  bool heads_only = false;
};

struct Watched {
  ino_t inode = 0;
  std::vector<DiskCall> calls;
  std::optional<Failure> failure;
};
Watched& watched() {
  static Watched instance;
  return instance;
}

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

bool is_watched(int descriptor) {
  if (watched().inode == 0) return false;
  struct stat seen {};
  return ::fstat(descriptor, &seen) == 0 && seen.st_ino == watched().inode;
}

// Whether this call is to fail, and how.
std::optional<Failure> due(DiskCall::What what, std::uint64_t offset) {
  auto& failure = watched().failure;
  if (!failure || failure->what != what || (failure->heads_only && offset >= heads_end)) return std::nullopt;
  if (failure->left > 0) {
    --failure->left;
    return std::nullopt;
  }
  const Failure now = *failure;
  if (now.how != How::and_for_good) failure.reset();
  return now;
}

void note(int descriptor, std::uint64_t offset, ByteView bytes) {
  const bool through = (::fcntl(descriptor, F_GETFL) & O_DSYNC) != 0;
  watched().calls.push_back({DiskCall::What::write, offset, copy(bytes), through});
}

// A write as a whole, whatever call it was.
ssize_t written(int descriptor, std::uint64_t offset, ByteView bytes) {
  static const auto real_pwrite = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  const auto failure = due(DiskCall::What::write, offset);
  if (failure && (failure->how == How::instead || failure->how == How::and_for_good)) {
    errno = failure->error;
    return -1;
  }
  if (failure && failure->how == How::half) bytes = bytes.first(bytes.size() / 2);
  const ssize_t done = real_pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  if (done > 0) note(descriptor, offset, bytes.first(static_cast<std::size_t>(done)));
  if (failure && failure->how == How::after) {
    errno = failure->error;
    return -1;
  }
  return done;
}

int synced(int descriptor, int (*really)(int)) {
  const auto failure = due(DiskCall::What::sync, 0);
  if (failure && failure->how != How::after) {
    errno = failure->error;
    return -1;
  }
  const int done = really(descriptor);
  if (done == 0) watched().calls.push_back({DiskCall::What::sync, 0, {}, false});
  if (failure) {
    errno = failure->error;
    return -1;
  }
  return done;
}

}  // namespace

void watch(const std::filesystem::path& file) {
  struct stat seen {};
  watched() = {};
  if (::stat(file.c_str(), &seen) == 0) watched().inode = seen.st_ino;
}
void stop_watching() { watched().inode = 0; }
const std::vector<DiskCall>& calls() { return watched().calls; }
void fail(DiskCall::What what, std::size_t n, int error, How how) {
  watched().failure = {what, n, error, how, false};
}
void fail_head(int error, How how) { watched().failure = {DiskCall::What::write, 0, error, how, true}; }
void heal() { watched().failure.reset(); }

}  // namespace seinhuis::fault

using namespace seinhuis;
using namespace seinhuis::fault;

// NOLINTBEGIN(readability-identifier-naming): the names are libc's.
extern "C" ssize_t pwrite(int descriptor, const void* data, size_t size, off_t offset) {
  static const auto really = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  if (!is_watched(descriptor)) return really(descriptor, data, size, offset);
  return written(descriptor, static_cast<std::uint64_t>(offset),
                 ByteView(static_cast<const std::byte*>(data), size));
}

extern "C" ssize_t writev(int descriptor, const iovec* parts, int count) {
  static const auto really = real<ssize_t (*)(int, const iovec*, int)>("writev");
  if (!is_watched(descriptor)) return really(descriptor, parts, count);
  Bytes whole;
  for (int n = 0; n < count; ++n)
    append(whole, ByteView(static_cast<const std::byte*>(parts[n].iov_base), parts[n].iov_len));
  const off_t at = ::lseek(descriptor, 0, SEEK_CUR);
  const ssize_t done = written(descriptor, static_cast<std::uint64_t>(at), whole);
  if (done > 0) ::lseek(descriptor, at + done, SEEK_SET);
  return done;
}

extern "C" int fdatasync(int descriptor) {
  static const auto really = real<int (*)(int)>("fdatasync");
  return is_watched(descriptor) ? synced(descriptor, really) : really(descriptor);
}

extern "C" int fsync(int descriptor) {
  static const auto really = real<int (*)(int)>("fsync");
  return is_watched(descriptor) ? synced(descriptor, really) : really(descriptor);
}
// NOLINTEND(readability-identifier-naming)
