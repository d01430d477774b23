// A delivery at its recipient: the checks of PROTOCOL.md, "At the recipient", that "Vectors" lists, in that order.
import { H32, H64, Reader, decodeText, equal, hex, unhex, unlock, verify } from './bytes.mjs';
import { contexts, decodeCard, decodeRecord, fieldLeaf, manifestOf, prologueHash, recipientLeaf, signedManifest,
  slotLeaf } from './hashes.mjs';
import { sealingKeyOf, setupReceiver } from './hpke.mjs';
import { DELIVERY, logLeaf, proved } from './log.mjs';
import { shown, sizes, unpad } from './values.mjs';

export class Alarm extends Error {}

const must = (alarm, condition) => {
  if (!condition) throw new Alarm(alarm);
};

/** What `read` returns; whatever else goes wrong in it is `alarm`. */
function or(alarm, read) {
  try {
    return read();
  } catch (error) {
    throw error instanceof Alarm ? error : new Alarm(alarm);
  }
}

const range = (length) => Array.from({ length }, (_, index) => index);
const ascending = (list) => list.every((each, index) => index === 0 || Buffer.compare(list[index - 1], each) < 0);

function opener(schemas) {
  const { ByteBuffer, Encoding } = schemas.flatbuffers;

  function root(raw, type, identifier) {
    const buffer = new ByteBuffer(Uint8Array.from(raw)); // a copy: a vector that leaves it makes the reader throw
    must('malformed', raw.length >= 8 && buffer.__has_identifier(identifier));
    return schemas[type][`getRootAs${type}`](buffer);
  }
  const bytes = (array, length) => {
    const value = array ?? new Uint8Array(0);
    must('malformed', length === undefined || value.length === length);
    return value;
  };
  const string = (read) => decodeText(read(Encoding.UTF8_BYTES) ?? new Uint8Array(0));
  const hashes = (array) => {
    must('malformed', bytes(array).length % 32 === 0);
    return range(bytes(array).length / 32).map((i) => array.subarray(i * 32, i * 32 + 32));
  };

  function readPrologue(raw) {
    must('malformed', raw.length <= 16384);
    const table = root(raw, 'Prologue', 'SHPR');
    must('unsupported', table.schema() === 1 && table.suite() === 1 && table.mode() === 1
      && table.replyLength() === 0);
    for (const [id, length] of [['message', 16], ['thread', 16], ['parent', 32]]) bytes(table[`${id}Array`](), length);
    const strings = (name) => range(table[`${name}Length`]()).map((i) =>
      bytes(table[name](i, Encoding.UTF8_BYTES)));
    const prologue = {
      network: bytes(table.networkArray(), 32),
      signer: bytes(table.signerArray(), 32),
      sender: string((encoding) => table.sender(encoding)),
      leaves: hashes(table.leavesArray()),
      entries: range(table.entriesLength()).map((i) => table.entries(i).size()),
    };
    must('malformed', ascending(strings('purposes')) && ascending(strings('labels'))
      && ascending(hashes(table.statementsArray())) && ascending(prologue.leaves));
    must('malformed', prologue.leaves.length <= 64 && prologue.entries.length <= 256
      && table.purposesLength() <= 4 && table.statementsLength() <= 64 * 32
      && prologue.entries.every((size) => sizes.includes(size)));
    return prologue;
  }

  function readDelivery(raw) {
    const table = root(raw, 'Delivery', 'SHDE');
    return {
      prologue: bytes(table.prologueArray()),
      fieldLeaves: hashes(table.fieldLeavesArray()),
      slotLeaves: hashes(table.slotLeavesArray()),
      slot: table.slot(),
      activation: table.activation(),
      salt: bytes(table.saltArray(), 32),
      card: bytes(table.cardArray()),
      enc: bytes(table.encArray(), 32),
      note: bytes(table.noteArray(), 88),
      listed: range(table.sealedEntriesLength()).map((i) => table.sealedEntries(i))
        .map((each) => ({ entry: each.entry(), hash: bytes(each.wrapHashArray(), 32) })),
      passed: range(table.passedLength()).map((i) => table.passed(i)).map((each) => ({
        entry: each.entry(),
        commitment: bytes(each.commitmentArray(), 32),
        ciphertext: bytes(each.ciphertextArray()),
        wrap: bytes(each.wrapArray(), 48),
      })),
      signature: bytes(table.signatureArray(), 64),
      record: bytes(table.recordArray()),
      recordSalt: bytes(table.recordSaltArray(), 32),
      proof: bytes(table.proofArray()),
    };
  }

  function openField(h0, j, passed, size, exportKey) {
    const { entry, commitment, ciphertext, wrap } = passed;
    const key = unlock(exportKey(contexts.exportWrap(entry)), contexts.wrap(h0, j, entry), wrap);
    const halves = H64(contexts.split(h0, entry), key);
    must('does-not-open', equal(halves.subarray(32), commitment));
    const padded = unlock(halves.subarray(0, 32), contexts.field(h0, entry), ciphertext);
    must('does-not-open', padded.length === size);
    return unpad(padded);
  }

  function openNote(h0, j, sealed, exportKey) {
    const reader = new Reader(unlock(exportKey(contexts.exportNote), contexts.note(h0, j), sealed));
    const note = { instance: hex(reader.take(32)), seq: Number(reader.u64()), previous: hex(reader.take(32)) };
    reader.end();
    return note;
  }

  /** `known`: network, desk, openingKey, senderKey, logKey, logId. Throws an Alarm. */
  return function open(raw, known) {
    const delivery = or('malformed', () => readDelivery(raw));
    const prologue = or('malformed', () => readPrologue(delivery.prologue));
    must('wrong-network', equal(prologue.network, known.network));

    const h0 = prologueHash(delivery.prologue);
    const j = delivery.slot;
    const { fieldLeaves, slotLeaves, listed, passed } = delivery;
    // A missing leaf is bad-manifest even where it makes slot j somebody else's: the vector slot-leaf-dropped.
    must('bad-manifest', fieldLeaves.length === prologue.entries.length
      && slotLeaves.length === prologue.leaves.length);
    const mine = recipientLeaf(delivery.salt, known.desk, delivery.card);
    must('not-mine', j < prologue.leaves.length && equal(mine, prologue.leaves[j]));
    const card = or('not-mine', () => decodeCard(delivery.card));
    must('not-mine', card.desk === known.desk && equal(card.network, known.network)
      && equal(card.sealing, sealingKeyOf(known.openingKey)));

    must('bad-manifest', listed.every(({ entry }, i) => i === 0 || listed[i - 1].entry < entry)
      && passed.every(({ entry }, i) => entry < fieldLeaves.length && (i === 0 || passed[i - 1].entry < entry)));
    must('bad-manifest', equal(slotLeaves[j],
      slotLeaf(h0, j, delivery.activation, mine, delivery.enc, listed, delivery.note)));
    const wrapHash = new Map(listed.map(({ entry, hash }) => [entry, hash]));
    for (const { entry, commitment, ciphertext, wrap } of passed) {
      must('bad-manifest', equal(fieldLeaves[entry], fieldLeaf(h0, entry, commitment, ciphertext)));
      must('bad-manifest', !wrapHash.has(entry) || equal(wrapHash.get(entry), H32(wrap)));
    }
    const manifest = manifestOf(delivery.prologue, fieldLeaves, slotLeaves);
    must('bad-manifest', verify(prologue.signer, signedManifest(manifest), delivery.signature));
    must('broker-added', passed.every(({ entry }) => wrapHash.has(entry)));
    must('not-the-sender', equal(prologue.signer, known.senderKey));

    const record = or('record-mismatch', () => decodeRecord(delivery.record));
    must('record-mismatch', equal(record.network, known.network) && equal(record.h0, h0)
      && record.desk === known.desk);
    const leaf = logLeaf(DELIVERY, delivery.recordSalt, delivery.record);
    must('no-proof', proved(delivery.proof, leaf, known));
    const said = record.entries.filter((each) => each.passed).map((each) => each.entry);
    must('record-mismatch', said.join() === passed.map(({ entry }) => entry).join());

    return or('does-not-open', () => {
      const exportKey = setupReceiver(delivery.enc, known.openingKey, contexts.hpke(h0, mine));
      const values = Object.fromEntries(passed.map((each) =>
        [each.entry, openField(h0, j, each, prologue.entries[each.entry], exportKey)]));
      return { h0: hex(h0), manifest: hex(manifest), note: openNote(h0, j, delivery.note, exportKey), values };
    });
  };
}

/** Opens a delivery in the JSON form of PROTOCOL.md, "Vectors", and answers in that form. */
export function vectorOpener(schemas) {
  const open = opener(schemas);
  return (vector) => {
    const { values, ...rest } = open(unhex(vector.delivery), {
      network: unhex(vector.network),
      desk: vector.desk,
      openingKey: unhex(vector.opening_key),
      senderKey: unhex(vector.sender_key),
      logKey: unhex(vector.log_key),
      logId: unhex(vector.log_id),
    });
    return { ...rest, values: Object.fromEntries(Object.entries(values).map(([e, value]) => [e, shown(value)])) };
  };
}
