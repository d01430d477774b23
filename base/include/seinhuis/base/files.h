#pragma once

#include <filesystem>

#include "seinhuis/base/bytes.h"
#include "seinhuis/base/result.h"

namespace seinhuis {

enum class Readers { owner, everybody };  // mode 0600 or 0644

// The whole file. Fails with absent, io, or malformed when larger than `limit` bytes.
Result<Bytes> read_file(const std::filesystem::path& path, std::size_t limit);
// The same; refused when group or others have any right on it.
Result<Bytes> read_private_file(const std::filesystem::path& path, std::size_t limit);
// Replaces the file as one step: a new file, fsync, rename, fsync of the folder. Fails with io or full.
Result<Done> write_file(const std::filesystem::path& path, ByteView content, Readers readers);
// The same for secrets: what stood in the file before is written over with zeros, as far as the file system
// writes in place.
Result<Done> write_over(const std::filesystem::path& path, ByteView content, Readers readers);
// As write_file, for a file that must not be there yet; fails with conflict when it is, also when another
// process was first.
Result<Done> write_new_file(const std::filesystem::path& path, ByteView content, Readers readers);
// What another wrote to a file is on the disk, and its name is.
Result<Done> make_durable(const std::filesystem::path& path);
// Creates the folder and its parents, the last one 0700 when for the owner only.
Result<Done> make_folder(const std::filesystem::path& path, Readers readers);

}  // namespace seinhuis
