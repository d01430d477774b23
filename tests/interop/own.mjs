// Deliveries made here, from keys and values of our own, for the other implementation to open.
import { H32, L, ascii, concat, hex, signerOf } from './bytes.mjs';
import { encodeCard } from './hashes.mjs';
import { deriveKeyPair } from './hpke.mjs';
import { deliver, random, seal } from './seal.mjs';
import { shown } from './values.mjs';

const dayMs = 24 * 60 * 60 * 1000;

/** PROTOCOL.md, "Conventions": days since 1970-01-01, calendar of Europe/Amsterdam. */
function today(now) {
  const parts = new Intl.DateTimeFormat('en', { timeZone: 'Europe/Amsterdam', year: 'numeric', month: 'numeric',
    day: 'numeric' }).formatToParts(now);
  const part = (type) => Number(parts.find((each) => each.type === type).value);
  return Date.UTC(part('year'), part('month') - 1, part('day')) / dayMs;
}

const entries = [
  { field: 'plaats.adres', form: 'exact', value: `Kade ${random(1)[0]}, Groningen – achterhuis` },
  { field: 'feit.indicatoren', form: 'exact', value: ['slaapt op het werk', 'geen eigen telefoon', 'schuld'] },
  { field: 'feit.vorm', form: 'exact', value: null },
  { field: 'melding.toelichting', form: 'exact', value: hex(random(150)) },
  { field: 'slachtoffer.geboortedatum', form: 'leeftijdsgroep', value: '18+' },
  { field: 'melding.bijlage', form: 'exact', value: { media_type: 'text/plain', content: ascii('een bijlage') } },
];

function recipient(desk, network, day, sealed, seq) {
  const { opening, sealing } = deriveKeyPair(random(32));
  const epoch = Math.floor(day / 7);
  const card = encodeCard({ network, desk, use: 1, epoch, from: epoch * 7, until: epoch * 7 + 6, sealing }, random(32));
  return { desk, opening, sealing, card, sealed, note: { instance: random(32), seq, previous: random(32) } };
}

/** Two deliveries of one message: to a desk that gets all of it, and to one from which the broker keeps an entry. */
export function ownDeliveries(schemas) {
  const now = Date.now();
  const day = today(now);
  const network = H32(concat(L('interop-network'), random(32)));
  const log = { network, logId: random(32), logSecret: random(32) };
  const senderSecret = random(32);
  const directory = { version: 4, hash: random(32) };
  const policy = { version: 7, hash: random(32) };

  const message = seal(schemas, {
    schema: 1,
    suite: 1,
    mode: 1,
    kind: 1,
    network,
    message: random(16),
    thread: random(16),
    parent: new Uint8Array(32),
    sender: 'gemeente-interop/toezicht',
    directoryVersion: directory.version,
    directoryHash: directory.hash,
    policyVersion: policy.version,
    policyHash: policy.hash,
    theme: 'mensenhandel',
    weight: 1,
    urgent: false,
    purposes: ['hulp-aan-slachtoffers', 'opsporing-mensenhandel'],
    region: 'noord',
    age: 3,
    labels: [],
    statements: new Uint8Array(0),
    shape: 'signaal',
    created: BigInt(now),
    expires: BigInt(now + 30 * dayMs),
  }, entries, [
    recipient('politie-interop/avim', network, day, [0, 1, 2, 3, 4, 5], 0),
    recipient('zorg-interop/opvang', network, day, [1, 2, 4], 9),
  ], senderSecret);

  const record = { purpose: 'opsporing-mensenhandel', policy, directory, day };
  return message.slots.map((slot, j) => {
    const whole = slot.sealed.length === entries.length;
    const options = whole ? { record } : { record, stripped: [4], before: 3, after: 2 };
    const passed = slot.sealed.filter((entry) => whole || entry !== 4);
    const { bytes, recordBytes, proof } = deliver(schemas, message, j, log, options);
    return {
      // A turned bit in a part, or another key in the knowledge of the recipient, and the alarm that must follow.
      parts: {
        ciphertext: { bytes: message.fields[passed[0]].ciphertext, alarm: 'bad-manifest' },
        wrap: { bytes: slot.wraps[0].box, alarm: 'bad-manifest' },
        signature: { bytes: message.signature, alarm: 'bad-manifest' },
        salt: { bytes: slot.salt, alarm: 'not-mine' },
        record: { bytes: recordBytes, alarm: 'no-proof' },
        proof: { bytes: proof, alarm: 'no-proof' },
      },
      knowledge: {
        network: 'wrong-network',
        sender_key: 'not-the-sender',
        log_key: 'no-proof',
        log_id: 'no-proof',
      },
      name: whole ? 'own-whole-one-leaf-log' : 'own-stripped-six-leaf-log',
      vector: {
        network: hex(network),
        desk: slot.desk,
        opening_key: hex(slot.opening),
        sender_key: hex(signerOf(senderSecret)),
        log_key: hex(signerOf(log.logSecret)),
        log_id: hex(log.logId),
        comment: 'made by tests/interop',
        delivery: hex(bytes),
        expect: {
          result: 'opens',
          h0: hex(message.h0),
          manifest: hex(message.manifest),
          note: { instance: hex(slot.note.instance), seq: slot.note.seq, previous: hex(slot.note.previous) },
          values: Object.fromEntries(passed.map((entry) => [entry, shown(entries[entry].value)])),
        },
      },
    };
  });
}
