// Bytes, integers, texts and hashes: PROTOCOL.md, "Conventions".
import { blake2b } from '@noble/hashes/blake2b';
import { xchacha20poly1305 } from '@noble/ciphers/chacha';
import { ed25519 } from '@noble/curves/ed25519';

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const ascii = (text) => utf8.encode(text);
export const hex = (bytes) => Buffer.from(bytes).toString('hex');
export const unhex = (text) => new Uint8Array(Buffer.from(text, 'hex'));

export function concat(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Equal bytes, compared without an early exit. */
export function equal(a, b) {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

function littleEndian(value, size) {
  const bytes = new Uint8Array(size);
  let rest = BigInt(value);
  for (let i = 0; i < size; i++, rest >>= 8n) bytes[i] = Number(rest & 255n);
  if (rest !== 0n) throw new RangeError(`${value} does not fit in ${size} bytes`);
  return bytes;
}

export const u8 = (value) => littleEndian(value, 1);
export const u16 = (value) => littleEndian(value, 2);
export const u32 = (value) => littleEndian(value, 4);
export const u64 = (value) => littleEndian(value, 8);
export const sized = (bytes) => concat(u32(bytes.length), bytes); // `bytes`
export const text = (value) => sized(ascii(value)); // `text`
export const L = (label) => concat(ascii('SH1/'), ascii(label), u8(0));

export const H32 = (message, key) => blake2b(message, { dkLen: 32, key });
export const H64 = (message, key) => blake2b(message, { dkLen: 64, key });

const zeroNonce = new Uint8Array(24);
export const lock = (key, data, plain) => xchacha20poly1305(key, zeroNonce, data).encrypt(plain);
export const unlock = (key, data, box) => xchacha20poly1305(key, zeroNonce, data).decrypt(box);

export const sign = (secret, message) => ed25519.sign(message, secret);
export const signerOf = (secret) => ed25519.getPublicKey(secret);

/** A canonical point of the main subgroup other than the identity. */
function acceptable(encoded) {
  const point = ed25519.Point.fromHex(encoded, false);
  return !point.is0() && point.isTorsionFree();
}

/**
 * @noble multiplies by the cofactor and libsodium does not; where the key and the first half of the signature both lie
 * in the main subgroup the two agree.
 */
export function verify(key, message, signature) {
  try {
    return acceptable(key) && acceptable(signature.subarray(0, 32))
      && ed25519.verify(signature, message, key, { zip215: false });
  } catch {
    return false;
  }
}

/** Reads a fixed encoding; `end` refuses bytes left over. */
export class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  take(count) {
    if (count > this.bytes.length - this.at) throw new RangeError('too short');
    return this.bytes.subarray(this.at, (this.at += count));
  }
  number(size) {
    return this.take(size).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  }
  u8() { return Number(this.number(1)); }
  u16() { return Number(this.number(2)); }
  u32() { return Number(this.number(4)); }
  u64() { return this.number(8); }
  sized() { return this.take(this.u32()); }
  text() { return strictUtf8.decode(this.sized()); }
  label(name) {
    const wanted = L(name);
    if (!equal(this.take(wanted.length), wanted)) throw new RangeError(`not a ${name}`);
  }
  end() {
    if (this.at !== this.bytes.length) throw new RangeError('bytes left over');
  }
}

export const decodeText = (bytes) => strictUtf8.decode(bytes);
