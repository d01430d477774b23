// A message of our own, sealed, signed and delivered: PROTOCOL.md, "Prologue", "Hashes", "Sealing".
import { randomBytes } from 'node:crypto';
import { H32, H64, L, concat, lock, sign, signerOf, u16, u64 } from './bytes.mjs';
import { contexts, encodeRecord, fieldLeaf, manifestOf, prologueHash, recipientLeaf, signedManifest,
  slotLeaf } from './hashes.mjs';
import { setupSender } from './hpke.mjs';
import { DELIVERY, logLeaf, prove } from './log.mjs';
import { pad } from './values.mjs';

export const random = (count) => new Uint8Array(randomBytes(count));

/** Writes a table from a plain object of bytes, string, list of strings, { tables: [[type, object]] } or scalar. */
function write({ flatbuffers, ...schemas }, identifier, type, object) {
  const builder = new flatbuffers.Builder(1024);
  const offsets = (list) => {
    builder.startVector(4, list.length, 4);
    for (const offset of [...list].reverse()) builder.addOffset(offset);
    return builder.endVector();
  };
  const value = (each) => {
    if (each instanceof Uint8Array) {
      builder.startVector(1, each.length, 1);
      for (let i = each.length - 1; i >= 0; i--) builder.addInt8(each[i]);
      return builder.endVector();
    }
    if (typeof each === 'string') return builder.createString(each);
    if (Array.isArray(each)) return offsets(each.map((one) => builder.createString(one)));
    if (typeof each === 'object') return offsets(each.tables.map(([name, one]) => table(name, one)));
    return each;
  };
  function table(name, fields) {
    const ready = Object.entries(fields).map(([field, each]) => [field, value(each)]);
    schemas[name][`start${name}`](builder);
    for (const [field, each] of ready)
      schemas[name][`add${field[0].toUpperCase()}${field.slice(1)}`](builder, each);
    return schemas[name][`end${name}`](builder);
  }
  builder.finish(table(type, object), identifier);
  return builder.asUint8Array().slice();
}

/** Recipients { desk, card, sealing, sealed, note } with salt and leaf, ordered by leaf: the order of the slots. */
function slotsOf(recipients) {
  return recipients
    .map((each) => ({ ...each, salt: random(32) }))
    .map((each) => ({ ...each, leaf: recipientLeaf(each.salt, each.desk, each.card) }))
    .sort((a, b) => Buffer.compare(a.leaf, b.leaf));
}

export function seal(schemas, head, entries, recipients, senderSecret) {
  const slots = slotsOf(recipients);
  const padded = entries.map(({ value }) => pad(value));
  const prologue = write(schemas, 'SHPR', 'Prologue', {
    ...head,
    signer: signerOf(senderSecret),
    leaves: concat(...slots.map(({ leaf }) => leaf)),
    entries: { tables: entries.map(({ field, form }, e) => ['EntryRow', { field, form, size: padded[e].length }]) },
  });
  const h0 = prologueHash(prologue);

  // Steps 1 and 2. The nonce key is one for this message only; a sender that lives longer would keep it.
  const messageSecret = H32(concat(contexts.messageSecret, random(32), H32(concat(...padded))), random(32));
  const fields = padded.map((plain, e) => {
    const key = H32(contexts.fieldKey(h0, e), messageSecret);
    const halves = H64(contexts.split(h0, e), key);
    const commitment = halves.subarray(32);
    const ciphertext = lock(halves.subarray(0, 32), contexts.field(h0, e), plain);
    return { key, commitment, ciphertext, leaf: fieldLeaf(h0, e, commitment, ciphertext) };
  });

  // Steps 3 to 5.
  const sealedSlots = slots.map((slot, j) => {
    const ikm = H32(concat(L('interop-ephemeral'), random(32), u16(j)), messageSecret);
    const { enc, exportKey } = setupSender(slot.sealing, contexts.hpke(h0, slot.leaf), ikm);
    const wraps = slot.sealed.map((entry) => ({ entry,
      box: lock(exportKey(contexts.exportWrap(entry)), contexts.wrap(h0, j, entry), fields[entry].key) }));
    const plainNote = concat(slot.note.instance, u64(slot.note.seq), slot.note.previous);
    const sealedNote = lock(exportKey(contexts.exportNote), contexts.note(h0, j), plainNote);
    const listed = wraps.map(({ entry, box }) => ({ entry, hash: H32(box) }));
    return { ...slot, enc, wraps, sealedNote, listed,
      slotLeaf: slotLeaf(h0, j, 0, slot.leaf, enc, listed, sealedNote) };
  });

  const manifest = manifestOf(prologue, fields.map(({ leaf }) => leaf), sealedSlots.map((each) => each.slotLeaf));
  const signature = sign(senderSecret, signedManifest(manifest));
  return { prologue, h0, fields, slots: sealedSlots, manifest, signature };
}

/**
 * The delivery to slot j as a broker would make it: `stripped` lists sealed entries it keeps back. The log is
 * `before` other leaves, then the record, then `after` others.
 */
export function deliver(schemas, message, j, log, { stripped = [], before = 0, after = 0, record: about }) {
  const slot = message.slots[j];
  const passes = (entry) => !stripped.includes(entry);
  const record = encodeRecord({
    ...about,
    network: log.network,
    h0: message.h0,
    desk: slot.desk,
    entries: slot.sealed.map((entry) => ({ entry, passed: passes(entry) ? 1 : 0, rule: 'interop',
      gate: passes(entry) ? 0 : 5 })),
  });
  const recordSalt = random(32);
  const others = (count) => Array.from({ length: count }, () => random(32));
  const leaves = [...others(before), logLeaf(DELIVERY, recordSalt, record), ...others(after)];
  const proof = prove(log, leaves, before);
  const bytes = write(schemas, 'SHDE', 'Delivery', {
    prologue: message.prologue,
    fieldLeaves: concat(...message.fields.map(({ leaf }) => leaf)),
    slotLeaves: concat(...message.slots.map((each) => each.slotLeaf)),
    slot: j,
    activation: 0,
    salt: slot.salt,
    card: slot.card,
    enc: slot.enc,
    note: slot.sealedNote,
    sealedEntries: { tables: slot.listed.map(({ entry, hash }) => ['SlotEntry', { entry, wrapHash: hash }]) },
    passed: { tables: slot.wraps.filter(({ entry }) => passes(entry)).map(({ entry, box }) => ['PassedField', { entry,
      commitment: message.fields[entry].commitment, ciphertext: message.fields[entry].ciphertext, wrap: box }]) },
    signature: message.signature,
    record,
    recordSalt,
    proof,
  });
  return { bytes, recordBytes: record, proof };
}
