// What is hashed and signed: PROTOCOL.md, "Hashes"; the labels of "Sealing"; the fixed encodings a delivery carries.
import { H32, L, Reader, concat, sign, text, u16, u32, u8 } from './bytes.mjs';

export const prologueHash = (prologue) => H32(concat(L('h0'), prologue));

export const fieldLeaf = (h0, e, commitment, ciphertext) =>
  H32(concat(L('leaf'), h0, u16(e), commitment, u32(ciphertext.length), ciphertext));

export const recipientLeaf = (salt, desk, card) => H32(concat(L('recip'), salt, text(desk), H32(card)));

/** `listed`: [{ entry, hash }], hash being H32(wrap). */
export const slotLeaf = (h0, j, activation, recipient, enc, listed, note) =>
  H32(concat(L('slot'), h0, u16(j), u8(activation), recipient, enc, u16(listed.length),
    ...listed.flatMap(({ entry, hash }) => [u16(entry), hash]), H32(note)));

export const manifestOf = (prologue, fieldLeaves, slotLeaves) =>
  H32(concat(u32(prologue.length), prologue, u32(fieldLeaves.length), ...fieldLeaves,
    u32(slotLeaves.length), ...slotLeaves));

export const signedManifest = (manifest) => concat(L('manifest'), manifest);

export const contexts = {
  messageSecret: L('ms'),
  fieldKey: (h0, e) => concat(L('fk'), h0, u16(e)),
  split: (h0, e) => concat(L('fsplit'), h0, u16(e)),
  field: (h0, e) => concat(L('field'), h0, u16(e)),
  hpke: (h0, recipient) => concat(L('hpke'), h0, recipient),
  exportWrap: (e) => concat(L('kek'), u16(e)),
  wrap: (h0, j, e) => concat(L('wrap'), h0, u16(j), u16(e)),
  exportNote: L('note'),
  note: (h0, j) => concat(L('note'), h0, u16(j)),
};

export function encodeCard({ network, desk, use, epoch, from, until, sealing }, deskSecret) {
  const before = concat(L('card'), network, text(desk), u8(use), u32(epoch), u32(from), u32(until), sealing);
  return concat(before, sign(deskSecret, before));
}

export function decodeCard(bytes) {
  const reader = new Reader(bytes);
  reader.label('card');
  const card = { network: reader.take(32), desk: reader.text(), use: reader.u8(), epoch: reader.u32(),
    from: reader.u32(), until: reader.u32(), sealing: reader.take(32), signature: reader.take(64) };
  reader.end();
  return card;
}

export const encodeRecord = (record) =>
  concat(L('delivery'), record.network, record.h0, text(record.desk), text(record.purpose),
    u32(record.policy.version), record.policy.hash, u32(record.directory.version), record.directory.hash,
    u32(record.day), u16(record.entries.length),
    ...record.entries.flatMap(({ entry, passed, rule, gate }) => [u16(entry), u8(passed), text(rule), u8(gate)]));

export function decodeRecord(bytes) {
  const reader = new Reader(bytes);
  const release = () => ({ version: reader.u32(), hash: reader.take(32) });
  reader.label('delivery');
  const record = { network: reader.take(32), h0: reader.take(32), desk: reader.text(), purpose: reader.text(),
    policy: release(), directory: release(), day: reader.u32() };
  record.entries = Array.from({ length: reader.u16() }, () =>
    ({ entry: reader.u16(), passed: reader.u8(), rule: reader.text(), gate: reader.u8() }));
  reader.end();
  return record;
}
