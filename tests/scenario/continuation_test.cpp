#include "../../broker/src/board.h"
#include "scenario/made.h"
#include "scenario/names.h"
#include "seinhuis/client/board.h"
#include "seinhuis/proof/board.h"

// Who runs the broker and the issuer sees every reply address and has the key of its cells. What it lacks is
// the words.
using namespace seinhuis;
using namespace seinhuis::test;

namespace {

struct Forger {
  Made made{zorg};
  SystemRandom random;
  seal::ReceiptWords words = seal::ReceiptWords::draw(random);
  seal::WordKeys keys = words.keys(made.world.network_id());
  proof::Signer own{proof::SigningSeed::filled([this](std::span<std::byte> out) { random.fill(out); })};

  World& world() { return made.world; }
  // A message under the melder's reply address, with a receipt that the issuer gives itself.
  Submission under_their_address(const proof::Signer& continues) {
    policy::Draft draft = world().example("A2");
    draft.mode = Mode::anonymous;
    const client::Sender from{made.trusted, zorg, own, made.nonce_key, random, world().now()};
    auto planned = must(client::plan_for(from, std::move(draft), {}, Hash::zero()));
    planned.reply =
        ReplyAddress{keys.reply.sealing, keys.continues.key(), proof::cell_key_hash(keys.cell.reveal())};
    auto sealed = must(client::seal_planned(from, planned, [](const std::string&) { return seal::Note{}; }));
    const Hash& network = world().network_id();
    const Hash& h0 = sealed.digest.h0;
    const Hash& manifest = sealed.digest.manifest;
    AdmissionReceipt receipt{network, Mode::anonymous, "", 0, h0, manifest, Signature::zero()};
    receipt.signature = world().log_key().sign(unsigned_bytes(receipt));
    sealed.submission.admission = encode(receipt);
    sealed.submission.cell_key = copy(keys.cell.reveal());
    sealed.submission.continuation =
        copy(continues.sign(proof::continuation_message(network, h0, manifest)).bytes());
    return sealed.submission;
  }
  Code submit(const Submission& submission) {
    return world().submit_raw(broker::anonymous_peer, encode(submission)).code;
  }
  std::vector<client::BoardStep> read() {
    const auto signed_world = world().signed_world().get();
    return must(client::read_board(signed_world->network, world().today(), keys, [this](Request request) {
      return Result<Reply>(world().ask(broker::anonymous_peer, std::move(request)));
    }));
  }
};

}  // namespace

SCENARIO("only who has the words puts a message under their reply address") {
  Forger forger;
  CHECK(forger.submit(forger.under_their_address(forger.own)) == Code::bad_signature);
  Submission without = forger.under_their_address(forger.own);
  without.continuation.clear();
  CHECK(forger.submit(without) == Code::bad_signature);
  CHECK(forger.submit(forger.under_their_address(forger.keys.continues)) == Code::ok);
}

SCENARIO("a recipient does not show what a broker put under another's reply address") {
  Forger forger;
  REQUIRE(forger.submit(forger.under_their_address(forger.keys.continues)) == Code::ok);
  forger.world().lie_to(avim, [&](const Request& request, Reply& reply) {
    if (request.action != Action::fetch || reply.items.empty()) return;
    auto delivery = must(decode_delivery(reply.items[0].body));
    delivery.continuation = copy(forger.own.sign(view("something")).bytes());
    reply.items[0].body = encode(delivery);
  });
  CHECK(forger.world().inbox(avim).empty());
  CHECK(forger.world().alarms(avim) == std::vector{client::AlarmCode::not_admitted});
}

SCENARIO("words are not shown another's message, though the broker can write to their cells") {
  Forger forger;
  REQUIRE(forger.submit(forger.under_their_address(forger.keys.continues)) == Code::ok);
  const Day today = forger.world().today();
  const Hash h0 = forger.random.draw<Hash>();
  const AcceptedRecord record{h0, forger.random.draw<Hash>(), today.begins()};
  const OwnAccepted accepted{
      forger.own.sign(proof::continuation_message(forger.world().network_id(), h0, record.manifest)), record};
  StatusNote note{forger.world().network_id(),
                  h0,
                  StatusEntry::Step::accepted,
                  today,
                  {},
                  encode(accepted),
                  Signature::zero()};
  note.signature = forger.world().log_key().sign(unsigned_bytes(note));
  broker::StoredSignal melder;
  melder.cell_key = copy(forger.keys.cell.reveal());
  must(forger.world().broker_store().write([&](store::Writer& writer) {
    return broker::post_cell(writer, melder, broker::CellSort::status, Packer().sized(encode(note)).bytes(),
                             forger.random.draw<Hash>(), today);
  }));
  forger.world().advance_days(1);
  const auto steps = forger.read();
  REQUIRE(steps.size() == 1);  // its own acceptance; not yet received
  CHECK(steps[0].status == "accepted");
}
