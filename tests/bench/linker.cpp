#include <algorithm>
#include <chrono>
#include <iostream>

#include "folder.h"
#include "linking.h"
#include "seinhuis/store/lmdb.h"
#include "support_plain.h"

// What the linker does for one pseudonym when it keeps many: bench_linker [how many, 10 million].
// Figures and machine stand in broker/DESIGN.md.
using namespace seinhuis;
using test::must;

namespace {

constexpr std::size_t per_commit = 100'000;
constexpr int looked_up = 20'000;

SystemRandom generator;

Bytes numbered(std::uint64_t number) {
  Bytes bytes(32, std::byte{0});
  for (std::size_t n = 0; n < 8; ++n) bytes[n] = static_cast<std::byte>(number >> (8 * n) & 0xFFU);
  return bytes;
}
seal::WirePseudonym wire(std::uint64_t number) {
  return seal::WirePseudonym::from_bytes(ByteView(numbered(number)).first<32>());
}

client::KeptDelivery delivery(std::uint64_t number, const std::string& from) {
  client::KeptDelivery one;
  one.h0 = Hash::from_bytes(ByteView(numbered(number ^ 0x5555'5555'0000'0000U)).first<32>());
  one.message = generator.draw<MessageId>();
  one.thread = generator.draw<ThreadId>();
  one.from = from;
  return one;
}

double microseconds(std::chrono::steady_clock::duration took) {
  return std::chrono::duration<double, std::micro>(took).count();
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t many = argc > 1 ? std::stoull(argv[1]) : 10'000'000;
  test::Folder home;
  const auto store = must(store::open_lmdb(home.path() / "store", std::size_t{16} << 30U, generator));
  const proof::Signer signer(
      proof::SigningSeed::filled([](std::span<std::byte> out) { std::ranges::fill(out, std::byte{1}); }));
  const auto key =
      seal::PseudonymKey::filled([](std::span<std::byte> out) { std::ranges::fill(out, std::byte{2}); });
  const client::Linker linker{"linker/koppelpunt", Hash::zero(), signer, key, Day(20'000)};

  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t done = 0; done < many; done += per_commit) {
    must(store->write([&](store::Writer& writer) -> Result<Done> {
      for (std::uint64_t n = done; n < std::min(many, done + per_commit); ++n) {
        if (auto kept = client::link_pseudonyms(writer, delivery(n, "a/b"), {{0, {wire(n)}}}, linker); !kept)
          return kept;
      }
      return Done{};
    }));
  }
  const std::chrono::duration<double> filled = std::chrono::steady_clock::now() - start;
  std::cout << many << " pseudonyms kept in " << filled.count() << " s\n";
  for (const auto& file : std::filesystem::recursive_directory_iterator(home.path()))
    if (file.path().filename() == "data.mdb") std::cout << file.file_size() / many << " bytes each on disk\n";

  const client::Seen other{
      {}, "c", MessageId::zero(), generator.draw<ThreadId>()};  // of another organisation
  std::vector<double> took;
  std::uint64_t found = 0;
  for (const bool there : {true, false}) {
    for (int round = 0; round < 2; ++round) {  // the second one is warm
      took.clear();
      found = 0;
      must(store->read([&](const store::Reader& reader) -> Result<Done> {
        for (std::uint64_t n = 0; n < looked_up; ++n) {
          const std::uint64_t number = n * (many / looked_up + 1) % many + (there ? 0 : many);
          const auto begin = std::chrono::steady_clock::now();
          auto equal = client::others_with(reader, other, seal::local_pseudonym(wire(number), key));
          took.push_back(microseconds(std::chrono::steady_clock::now() - begin));
          found += must(std::move(equal)).size();
        }
        return Done{};
      }));
    }
    std::ranges::sort(took);
    std::cout << (there ? "known" : "unknown") << " pseudonym looked up in " << took[took.size() / 2]
              << " us (median), " << took[took.size() * 99 / 100] << " us (99 of 100); found " << found
              << " of " << looked_up << '\n';
  }
}
