#pragma once

#include <flatbuffers/flatbuffers.h>

#include <memory>
#include <string>
#include <vector>

#include "seinhuis/base/fixed_id.h"
#include "seinhuis/base/instant.h"
#include "seinhuis/wire/token.h"
#include "seinhuis/wire/vocabulary.h"

// `pass(way, domain, table)` names each pair of members once; Load and Save are the two ways to walk it.
namespace seinhuis::wire {

constexpr std::size_t max_texts = 4096;
constexpr std::size_t max_text = 16384;

// From the wire into the domain. Remembers the first thing that was wrong.
class Load {
 public:
  static constexpr bool loading = true;

  void operator()(std::string& domain, std::string& wire) {
    if (wire.size() > max_text) fail("a text is too long");
    domain = std::move(wire);
  }
  void operator()(std::vector<std::string>& domain, std::vector<std::string>& wire) {
    if (wire.size() > max_texts) return fail("a list is too long");
    for (std::string& text : wire) (*this)(domain.emplace_back(), text);
  }
  template <std::unsigned_integral Number>
  void operator()(Number& domain, Number& wire) {
    domain = wire;
  }
  void operator()(Instant& domain, std::uint64_t& wire) {
    if (wire > 253'402'300'799'999U) return fail("a time is beyond the year 9999");
    domain = Instant(std::chrono::milliseconds(static_cast<std::int64_t>(wire)));
  }
  void operator()(Day& domain, std::uint32_t& wire) { domain = Day(wire); }
  template <class Word>
  requires std::is_enum_v<Word>
  void operator()(Word& domain, std::uint8_t& wire) {
    if (wire > last(domain)) return fail("an unknown number where a word is meant");
    if (wire == 0 && !zero_allowed(domain)) return fail("a word is missing");
    domain = static_cast<Word>(wire);
  }
  template <class Word>
  requires std::is_enum_v<Word>
  void operator()(std::vector<Word>& domain, std::vector<std::uint8_t>& wire) {
    if (wire.size() > 16) return fail("a list is too long");
    for (std::uint8_t& number : wire) (*this)(domain.emplace_back(), number);
  }
  void operator()(Bytes& domain, std::vector<std::uint8_t>& wire) {
    domain = copy(std::as_bytes(std::span(wire)));
  }
  template <class Id>
  requires requires { Id::size; }
  void operator()(Id& domain, std::vector<std::uint8_t>& wire) {
    auto parsed = Id::parse(std::as_bytes(std::span(wire)));
    if (!parsed) return fail("an id or key has the wrong length");
    domain = *parsed;
  }
  template <class Id>
  requires requires { Id::size; }
  void operator()(std::vector<Id>& domain, std::vector<std::uint8_t>& wire) {
    if (wire.size() % Id::size != 0) return fail("a row of ids has the wrong length");
    for (ByteView rest = std::as_bytes(std::span(wire)); !rest.empty(); rest = rest.subspan(Id::size)) {
      domain.push_back(Id::from_bytes(rest.first<Id::size>()));
    }
  }
  template <class Domain, class Table>
  void operator()(Domain& domain, std::unique_ptr<Table>& wire) {
    if (wire) pass(*this, domain, *wire);
  }
  template <class Domain, class Table>
  void operator()(std::vector<Domain>& domain, std::vector<std::unique_ptr<Table>>& wire) {
    if (wire.size() > max_texts) return fail("a list is too long");
    for (auto& table : wire) {
      if (!table) return fail("an empty place in a list");
      auto fresh = blank<Domain>();
      pass(*this, fresh, *table);
      domain.push_back(std::move(fresh));
    }
  }

  void fail(const char* why) {
    if (!why_) why_ = why;
  }
  const char* why() const { return why_; }

 private:
  // The highest number of each enumeration; overloads for others stand beside their pass function.
  static std::uint8_t last(Mode) { return 3; }
  static std::uint8_t last(Kind) { return 8; }
  static std::uint8_t last(Weight) { return 2; }
  static std::uint8_t last(AgeBand) { return 4; }
  static std::uint8_t last(Status) { return 4; }
  static std::uint8_t last(Gate) { return 9; }
  static std::uint8_t last(IdentifierType) { return 5; }
  static std::uint8_t last(TokenUse) { return 2; }
  template <class Word>
  static std::uint8_t last(Word word) {
    return last_number(word);
  }
  static bool zero_allowed(Gate) { return true; }
  static bool zero_allowed(IdentifierType) { return true; }
  template <class Word>
  static bool zero_allowed(Word) {
    return false;
  }
  template <class Domain>
  static Domain blank() {
    if constexpr (std::is_default_constructible_v<Domain>) {
      return Domain{};
    } else {
      return Domain::blank();
    }
  }

  const char* why_ = nullptr;
};

// From the domain to the wire.
class Save {
 public:
  static constexpr bool loading = false;

  void operator()(std::string& domain, std::string& wire) { wire = domain; }
  void operator()(std::vector<std::string>& domain, std::vector<std::string>& wire) { wire = domain; }
  template <std::unsigned_integral Number>
  void operator()(Number& domain, Number& wire) {
    wire = domain;
  }
  void operator()(Instant& domain, std::uint64_t& wire) {
    wire = static_cast<std::uint64_t>(domain.time_since_epoch().count());
  }
  void operator()(Day& domain, std::uint32_t& wire) { wire = domain.days(); }
  template <class Word>
  requires std::is_enum_v<Word>
  void operator()(Word& domain, std::uint8_t& wire) { wire = static_cast<std::uint8_t>(domain); }
  template <class Word>
  requires std::is_enum_v<Word>
  void operator()(std::vector<Word>& domain, std::vector<std::uint8_t>& wire) {
    for (const Word word : domain) wire.push_back(static_cast<std::uint8_t>(word));
  }
  void operator()(Bytes& domain, std::vector<std::uint8_t>& wire) { add(domain, wire); }
  template <class Id>
  requires requires { Id::size; }
  void operator()(Id& domain, std::vector<std::uint8_t>& wire) { add(domain.bytes(), wire); }
  template <class Id>
  requires requires { Id::size; }
  void operator()(std::vector<Id>& domain, std::vector<std::uint8_t>& wire) {
    for (const Id& id : domain) add(id.bytes(), wire);
  }
  template <class Domain, class Table>
  void operator()(Domain& domain, std::unique_ptr<Table>& wire) {
    wire = std::make_unique<Table>();
    pass(*this, domain, *wire);
  }
  template <class Domain, class Table>
  void operator()(std::vector<Domain>& domain, std::vector<std::unique_ptr<Table>>& wire) {
    for (Domain& item : domain) {
      wire.push_back(std::make_unique<Table>());
      pass(*this, item, *wire.back());
    }
  }

 private:
  static void add(ByteView bytes, std::vector<std::uint8_t>& wire) {
    wire.insert(wire.end(), octets(bytes), octets(bytes) + bytes.size());
  }
};

}  // namespace seinhuis::wire
