// HPKE, RFC 9180: base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, export only. PROTOCOL.md, "Sealing", step 3.
import { expand, extract } from '@noble/hashes/hkdf';
import { sha256 } from '@noble/hashes/sha2';
import { x25519 } from '@noble/curves/ed25519';
import { ascii, concat } from './bytes.mjs';

const bigEndian16 = (value) => Uint8Array.of(value >> 8, value & 255);
const nothing = new Uint8Array(0);
const kemSuite = concat(ascii('KEM'), bigEndian16(0x0020));
const suite = concat(ascii('HPKE'), bigEndian16(0x0020), bigEndian16(0x0001), bigEndian16(0xffff));

// RFC 9180, section 4.
const labeledExtract = (id, salt, label, ikm) =>
  extract(sha256, concat(ascii('HPKE-v1'), id, ascii(label), ikm), salt);
const labeledExpand = (id, prk, label, info, length) =>
  expand(sha256, prk, concat(bigEndian16(length), ascii('HPKE-v1'), id, ascii(label), info), length);

/** Section 7.1.3. */
export function deriveKeyPair(ikm) {
  const opening = labeledExpand(kemSuite, labeledExtract(kemSuite, nothing, 'dkp_prk', ikm), 'sk', nothing, 32);
  return { opening, sealing: x25519.getPublicKey(opening) };
}

export const sealingKeyOf = (opening) => x25519.getPublicKey(opening);

/** Section 4.1; x25519 of @noble throws where the shared secret would be zero. */
function sharedSecret(dh, enc, sealing) {
  const prk = labeledExtract(kemSuite, nothing, 'eae_prk', dh);
  return labeledExpand(kemSuite, prk, 'shared_secret', concat(enc, sealing), 32);
}

/** Section 5.1 with mode 0, no PSK; returns Export of section 5.3. */
function exporter(shared, info) {
  const context = concat(
    Uint8Array.of(0),
    labeledExtract(suite, nothing, 'psk_id_hash', nothing),
    labeledExtract(suite, nothing, 'info_hash', info),
  );
  const secret = labeledExtract(suite, shared, 'secret', nothing);
  const exporterSecret = labeledExpand(suite, secret, 'exp', context, 32);
  return (exporterContext) => labeledExpand(suite, exporterSecret, 'sec', exporterContext, 32);
}

export function setupSender(sealing, info, ikm) {
  const ephemeral = deriveKeyPair(ikm);
  const dh = x25519.getSharedSecret(ephemeral.opening, sealing);
  return { enc: ephemeral.sealing, exportKey: exporter(sharedSecret(dh, ephemeral.sealing, sealing), info) };
}

export function setupReceiver(enc, opening, info) {
  const dh = x25519.getSharedSecret(opening, enc);
  return exporter(sharedSecret(dh, enc, sealingKeyOf(opening)), info);
}
