#include "keysets.h"

#include <algorithm>
#include <set>

#include "seinhuis/base/key_file.h"
#include "seinhuis/policy_load/load.h"
#include "seinhuis/proof/keyset.h"
#include "seinhuis/proof/trust.h"

namespace seinhuis::tools {
namespace {

using metadata::Keyset;

constexpr const char* broker_evaluator = "broker";

Result<Done> add(const Evaluators& evaluators, metadata::Directory& directory, Keyset keyset,
                 Random& random) {
  const auto seed = seed_in(evaluators.broker / "evaluator", keyset, random);
  if (!seed) return seed.error();
  keyset.evaluators.push_back(proof::evaluator_entry(broker_evaluator, keyset, *seed, random));
  if (proof::find_notary(directory) != nullptr) {
    const auto given = std::ranges::find_if(evaluators.notary, [&](const Keyset& one) {
      return one.domain == keyset.domain && one.type == keyset.type && one.generation == keyset.generation;
    });
    if (given == evaluators.notary.end()) {
      return Error{Errc::absent, "the notary has given no key for generation " +
                                     std::to_string(keyset.generation) + " of domain " + keyset.domain +
                                     " (" + std::string(to_string(keyset.type)) +
                                     "); ask it for: seinhuis notary enrol --generation " +
                                     std::to_string(keyset.generation)};
    }
    keyset.evaluators.push_back(given->evaluators.at(0));
  }
  const auto place = [](const Keyset& one) { return std::tuple(one.domain, one.type, one.generation); };
  directory.keysets.push_back(std::move(keyset));
  std::ranges::sort(directory.keysets, {}, place);
  return Done{};
}

}  // namespace

Result<proof::EvaluatorSeed> seed_in(const std::filesystem::path& folder, const Keyset& keyset,
                                     Random& random) {
  if (auto made = make_folder(folder, Readers::owner); !made) return made.error();
  const auto file = folder / proof::seed_file(keyset.domain, keyset.generation);
  return read_or_draw_key<proof::EvaluatorSeed>(file, random);
}

std::set<std::pair<std::string, IdentifierType>> pseudonyms_in(const bundle::Policy& policy) {
  std::set<std::pair<std::string, IdentifierType>> wanted;
  for (const bundle::Field& field : policy.fields) {
    for (const bundle::Form& form : field.forms) {
      if (form.how == bundle::Form::How::pseudonym) wanted.emplace(form.domain, field.identifier);
    }
  }
  return wanted;
}

Result<Done> add_keysets(const Evaluators& evaluators, const std::filesystem::path& policies,
                         metadata::Directory& directory, Day today) {
  const auto loaded = policy::load(policies);
  if (!loaded) return loaded.error();
  SystemRandom random;
  for (const auto& one : pseudonyms_in(loaded->bundle)) {
    const bool there = std::ranges::any_of(directory.keysets, [&](const Keyset& keyset) {
      return keyset.domain == one.first && keyset.type == one.second;
    });
    if (there) continue;
    Keyset first{one.first, one.second, 1, today, today.plus(generation_days - 1), {}};
    if (auto added = add(evaluators, directory, std::move(first), random); !added) return added;
  }
  return Done{};
}

Result<Done> rotate(const Evaluators& evaluators, std::string_view domain, metadata::Directory& directory,
                    Day from) {
  std::vector<Keyset> newest;  // of each type
  for (Keyset& keyset : directory.keysets) {
    if (keyset.domain != domain) continue;
    if (!newest.empty() && newest.back().type == keyset.type) newest.pop_back();
    newest.push_back(keyset);
  }
  if (newest.empty()) return Error{Errc::absent, "no pseudonyms are made in domain " + std::string(domain)};
  SystemRandom random;
  for (const Keyset& last : newest) {
    if (last.from >= from) {
      return Error{Errc::conflict, "generation " + std::to_string(last.generation) + " of domain " +
                                       last.domain + " begins on " + last.from.text()};
    }
    for (Keyset& keyset : directory.keysets) {
      if (keyset.domain == last.domain && keyset.type == last.type && keyset.generation == last.generation)
        keyset.until = std::min(keyset.until, Day(from.days() - 1));
    }
    Keyset next{last.domain, last.type, last.generation + 1, from, from.plus(generation_days - 1), {}};
    if (auto added = add(evaluators, directory, std::move(next), random); !added) return added;
  }
  return Done{};
}

}  // namespace seinhuis::tools
