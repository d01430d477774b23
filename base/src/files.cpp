#include "seinhuis/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace seinhuis {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int raw) : raw_(raw) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (raw_ >= 0) ::close(raw_);
  }
  int raw() const { return raw_; }

 private:
  int raw_;
};

Error failure(const std::string& what, const std::filesystem::path& path) {
  const Errc code = errno == ENOENT                      ? Errc::absent
                    : errno == ENOSPC || errno == EDQUOT ? Errc::full
                                                         : Errc::io;
  return {code, what + " " + path.string() + ": " + std::generic_category().message(errno)};
}

Result<Bytes> read_all(const Descriptor& file, const std::filesystem::path& path, std::size_t limit) {
  Bytes content;
  std::array<std::byte, 65536> chunk{};
  for (;;) {
    const ssize_t got = ::read(file.raw(), chunk.data(), chunk.size());
    if (got < 0) return failure("cannot read", path);
    if (got == 0) return content;
    append(content, ByteView(chunk).first(static_cast<std::size_t>(got)));
    if (content.size() > limit) return Error{Errc::malformed, path.string() + " is too large"};
  }
}

// A name that no other process writes to.
std::filesystem::path name_beside(const std::filesystem::path& path) {
  return path.string() + ".new-" + std::to_string(::getpid());
}

Result<Done> write_beside(const std::filesystem::path& fresh, ByteView content, Readers readers) {
  ::unlink(fresh.c_str());
  const mode_t mode = readers == Readers::owner ? 0600 : 0644;
  const Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (file.raw() < 0) return failure("cannot create", fresh);
  for (ByteView rest = content; !rest.empty();) {
    const ssize_t put = ::write(file.raw(), rest.data(), rest.size());
    if (put < 0) return failure("cannot write", fresh);
    rest = rest.subspan(static_cast<std::size_t>(put));
  }
  return ::fsync(file.raw()) == 0 ? Result<Done>(Done{}) : failure("cannot sync", fresh);
}

Result<Done> sync_folder(const std::filesystem::path& path) {
  const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const Descriptor folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.raw() < 0 || ::fsync(folder.raw()) != 0) return failure("cannot sync", parent);
  return Done{};
}

Result<Done> fill_with_zeros(const Descriptor& file, const std::filesystem::path& path) {
  struct stat seen {};
  if (::fstat(file.raw(), &seen) != 0) return failure("cannot examine", path);
  const Bytes zeros(static_cast<std::size_t>(seen.st_size));
  for (ByteView rest = zeros; !rest.empty();) {
    const ssize_t put = ::write(file.raw(), rest.data(), rest.size());
    if (put < 0) return failure("cannot write over", path);
    rest = rest.subspan(static_cast<std::size_t>(put));
  }
  return ::fsync(file.raw()) == 0 ? Result<Done>(Done{}) : failure("cannot sync", path);
}

// What processes that were killed while they wrote this file left beside it.
Result<Done> wipe_leftovers(const std::filesystem::path& path) {
  std::error_code failed;
  const std::string prefix = path.filename().string() + ".new-";
  for (const auto& entry : std::filesystem::directory_iterator(path.parent_path(), failed)) {
    if (!entry.path().filename().string().starts_with(prefix)) continue;
    const Descriptor file(::open(entry.path().c_str(), O_WRONLY | O_CLOEXEC));
    if (file.raw() < 0) continue;
    if (auto zeroed = fill_with_zeros(file, entry.path()); !zeroed) return zeroed;
    ::unlink(entry.path().c_str());
  }
  return Done{};
}

}  // namespace

Result<Bytes> read_file(const std::filesystem::path& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.raw() < 0) return failure("cannot open", path);
  return read_all(file, path, limit);
}

Result<Bytes> read_private_file(const std::filesystem::path& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.raw() < 0) return failure("cannot open", path);
  struct stat seen {};
  if (::fstat(file.raw(), &seen) != 0) return failure("cannot examine", path);
  if ((seen.st_mode & 077U) != 0) {
    return Error{Errc::refused,
                 path.string() + " can be read by others than its owner; run: chmod 600 " + path.string()};
  }
  return read_all(file, path, limit);
}

Result<Done> write_file(const std::filesystem::path& path, ByteView content, Readers readers) {
  const std::filesystem::path fresh = name_beside(path);
  if (auto written = write_beside(fresh, content, readers); !written) return written;
  if (::rename(fresh.c_str(), path.c_str()) != 0) return failure("cannot rename", fresh);
  return sync_folder(path);
}

Result<Done> write_over(const std::filesystem::path& path, ByteView content, Readers readers) {
  const Descriptor old(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (auto written = write_file(path, content, readers); !written) return written;
  if (old.raw() >= 0) {
    if (auto zeroed = fill_with_zeros(old, path); !zeroed) return zeroed;
  }
  return wipe_leftovers(path);
}

Result<Done> write_new_file(const std::filesystem::path& path, ByteView content, Readers readers) {
  const std::filesystem::path fresh = name_beside(path);
  if (auto written = write_beside(fresh, content, readers); !written) return written;
  const bool linked = ::link(fresh.c_str(), path.c_str()) == 0;
  const bool taken = !linked && errno == EEXIST;
  const auto why = failure("cannot link", path);
  ::unlink(fresh.c_str());
  if (taken) return Error{Errc::conflict, path.string() + " is there already"};
  return linked ? sync_folder(path) : Result<Done>(why);
}

Result<Done> make_durable(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.raw() < 0 || ::fsync(file.raw()) != 0) return failure("cannot sync", path);
  return sync_folder(path);
}

Result<Done> make_folder(const std::filesystem::path& path, Readers readers) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (failed) return Error{Errc::io, "cannot create folder " + path.string() + ": " + failed.message()};
  if (readers == Readers::owner && ::chmod(path.c_str(), 0700) != 0) return failure("cannot protect", path);
  return Done{};
}

}  // namespace seinhuis
