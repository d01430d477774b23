#include <benchmark/benchmark.h>
#include <sodium.h>

#include "bench/signals.h"
#include "seinhuis/proof/hash.h"
#include "seinhuis/proof/voprf.h"
#include "seinhuis/store/lmdb.h"

// What one operation costs. Figures and machine stand in broker/DESIGN.md.
using namespace seinhuis;
using namespace seinhuis::bench;

namespace {

// 200 rules over 24 fields, of which the signal meets some.
policy::PolicyRef two_hundred_rules() {
  bundle::Policy source = must(policy::load(SEINHUIS_BENCH "/policy")).bundle;
  const bundle::Rule model = source.rules.back();
  for (int n = 0; n < 198; ++n) {
    bundle::Rule rule = model;
    rule.id = "z" + std::to_string(1000 + n);
    if (n % 2 == 0) rule.themes = {"twaalf"};
    if (n % 3 == 0) rule.kinds = {Kind::request};
    source.rules.push_back(std::move(rule));
  }
  return must(policy::Policy::compile(std::move(source)));
}

policy::Facts facts_for(const policy::Policy& policy) {
  policy::Draft draft = draft_of(24);
  draft.to = {"politie/een"};
  return must(policy::facts_of(policy, draft, must(Day::parse("2026-11-23"))));
}

void plan_24_fields_over_200_rules(benchmark::State& state) {
  const auto policy = two_hundred_rules();
  const policy::Facts facts = facts_for(*policy);
  const policy::Index desk = policy->desk("politie/een");
  for (auto _ : state) benchmark::DoNotOptimize(policy::row_for(*policy, facts, desk));
}
BENCHMARK(plan_24_fields_over_200_rules);

void seal_signal(benchmark::State& state) {
  Signals signals;
  const int fields = static_cast<int>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(signals.sealed(fields));
}
BENCHMARK(seal_signal)->Arg(12)->Arg(24);

// The primitives that sealing 12 fields for one recipient cannot do without: one key pair, one exchange, two
// AEADs a field (value and wrap), one for the note, one signature.
void primitives_of_sealing_12(benchmark::State& state) {
  SystemRandom random;
  const auto own = seal::derive_key_pair(copy(view("32 bytes of key material go here")));
  const proof::Signer signer(proof::SigningSeed::filled([&](std::span<std::byte> out) { random.fill(out); }));
  const Bytes clear(64);
  const Hash key = random.draw<Hash>();
  for (auto _ : state) {
    const auto pair = seal::derive_key_pair(key.bytes());
    const auto exporter = seal::set_up_sender(own.sealing, clear, pair);
    for (int n = 0; n < 13; ++n) benchmark::DoNotOptimize(exporter->key(clear));
    for (int n = 0; n < 25; ++n) benchmark::DoNotOptimize(aead(key.bytes(), clear));
    for (int n = 0; n < 24; ++n) benchmark::DoNotOptimize(proof::h32_keyed({clear}, key.bytes()));
    benchmark::DoNotOptimize(signer.sign(key.bytes()));
  }
}
BENCHMARK(primitives_of_sealing_12);

void open_slot_of_12(benchmark::State& state) {
  Signals signals;
  const auto sealed = signals.sealed(12);
  const Delivery delivery = whole_delivery(sealed);
  const auto& slot = sealed.submission.slots[0];
  const Hash leaf = proof::recipient_leaf(slot.salt, slot.desk, slot.card);
  for (auto _ : state)
    benchmark::DoNotOptimize(seal::open(delivery, sealed.digest.h0, leaf, signals.opening_key(slot)));
}
BENCHMARK(open_slot_of_12);

void decode_submission_of_12(benchmark::State& state) {
  Signals signals;
  const Bytes raw = encode(signals.sealed(12).submission);
  for (auto _ : state) benchmark::DoNotOptimize(decode_submission(raw));
  state.counters["bytes"] = static_cast<double>(raw.size());
}
BENCHMARK(decode_submission_of_12);

// What an evaluation is measured in.
void ristretto_multiplication(benchmark::State& state) {
  SystemRandom random;
  std::array<unsigned char, crypto_core_ristretto255_BYTES> point{};
  std::array<unsigned char, crypto_core_ristretto255_SCALARBYTES> scalar{};
  crypto_core_ristretto255_random(point.data());
  crypto_core_ristretto255_scalar_random(scalar.data());
  for (auto _ : state)
    benchmark::DoNotOptimize(crypto_scalarmult_ristretto255(point.data(), scalar.data(), point.data()));
}
BENCHMARK(ristretto_multiplication);

struct Evaluating {
  SystemRandom random;
  proof::voprf::KeyPair key = must(proof::voprf::derive_key_pair(copy(view("a seed")), {}));
  std::vector<proof::Element> inputs;
  explicit Evaluating(std::int64_t count) {
    for (std::int64_t n = 0; n < count; ++n) {
      proof::Uniform uniform{};
      random.fill(uniform);
      inputs.push_back(proof::element_of(uniform));
    }
  }
  proof::voprf::Evaluated evaluate() {
    const auto nonce = proof::voprf::fresh_scalar(random, view("a statement"), key.key.reveal());
    return must(proof::voprf::evaluate(key, inputs, nonce));
  }
};

// Per identifier, proof included, as items a second.
void evaluate_batch(benchmark::State& state) {
  Evaluating evaluating(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(evaluating.evaluate());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(evaluate_batch)->Arg(1)->Arg(4)->Arg(8)->Arg(64);

void verify_batch(benchmark::State& state) {
  Evaluating evaluating(state.range(0));
  const auto made = evaluating.evaluate();
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        proof::voprf::verifies(evaluating.key.public_key, evaluating.inputs, made.outputs, made.proof));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(verify_batch)->Arg(4)->Arg(8);

void commit_records(benchmark::State& state) {
  const test::Folder folder;
  SystemRandom random;
  const auto store = must(store::open_lmdb(folder.path() / "s", std::size_t{1} << 32U, random));
  const Bytes value(1024);
  std::uint64_t next = 0;
  for (auto _ : state) {
    must(store->write([&](store::Writer& writer) -> Result<Done> {
      for (int n = 0; n < state.range(0); ++n) {
        const std::string key = std::to_string(++next);
        if (auto put = writer.put(store::Table{1}, view(key), value, store::permanent); !put) return put;
      }
      return Done{};
    }));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(commit_records)->Arg(1)->Arg(128)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
