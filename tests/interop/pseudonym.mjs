// Pseudonyms: PROTOCOL.md, "Pseudonyms", and RFC 9497 with ristretto255-SHA512 in mode 1, on @noble's group.
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519';
import { sha512 } from '@noble/hashes/sha2';
import { H32, L, Reader, ascii, concat, equal, hex, text, u16, u32, u8, unhex } from './bytes.mjs';
import { Alarm } from './open.mjs';

const order = 2n ** 252n + 27742317777372353535851937790883648493n;
const context = concat(ascii('OPRFV1-'), u8(1), ascii('-ristretto255-SHA512'));
const domain = (name) => concat(ascii(name), context);
const Point = ristretto255.Point;

const big16 = (value) => Uint8Array.of(value >> 8, value & 255);
const sized16 = (bytes) => concat(big16(bytes.length), bytes);
const mod = (value) => ((value % order) + order) % order;
const fromLittle = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) + BigInt(byte), 0n);

export function toLittle(value) {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

function power(base, exponent) {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
  return result;
}
export const inverse = (scalar) => power(scalar, order - 2n);

function point(bytes) {
  const seen = Point.fromHex(bytes);
  if (seen.equals(Point.ZERO)) throw new RangeError('the identity');
  return seen;
}
function scalar(bytes) {
  const value = fromLittle(bytes);
  if (value >= order) throw new RangeError('a scalar beyond the order');
  return value;
}

/** expand_message_xmd (RFC 9380) over SHA-512, to 64 bytes. */
function expand(message, dst) {
  const suffix = concat(dst, u8(dst.length));
  const b0 = sha512(concat(new Uint8Array(128), message, big16(64), u8(0), suffix));
  return sha512(concat(b0, u8(1), suffix));
}
export const hashToScalar = (message, dst = domain('HashToScalar-')) => mod(fromLittle(expand(message, dst)));
export const hashToGroup = (message, dst = domain('HashToGroup-')) =>
  ristretto255_hasher.hashToCurve(message, { DST: dst });

/** RFC 9497, section 3.2.1. */
export function deriveKey(seed, info) {
  for (let counter = 0; counter < 256; counter++) {
    const key = hashToScalar(concat(seed, sized16(info), u8(counter)), domain('DeriveKeyPair'));
    if (key !== 0n) return key;
  }
  throw new RangeError('no key');
}

function weights(key, inputs, outputs) {
  const seed = sha512(concat(sized16(key.toBytes()), sized16(domain('Seed-'))));
  return inputs.map((input, i) => hashToScalar(concat(sized16(seed), big16(i), sized16(input.toBytes()),
    sized16(outputs[i].toBytes()), ascii('Composite'))));
}
const times = (p, n) => (mod(n) === 0n ? Point.ZERO : p.multiply(mod(n)));
const weighted = (weight, points) => points.reduce((sum, p, i) => sum.add(times(p, weight[i])), Point.ZERO);
const challengeOf = (key, ...points) =>
  hashToScalar(concat(...[key, ...points].map((p) => sized16(p.toBytes())), ascii('Challenge')));

/** RFC 9497, section 2.2. */
export function verify(key, inputs, outputs, proof) {
  const [c, s] = [scalar(proof.subarray(0, 32)), scalar(proof.subarray(32))];
  const weight = weights(key, inputs, outputs);
  const [m, z] = [weighted(weight, inputs), weighted(weight, outputs)];
  const t2 = times(Point.BASE, s).add(times(key, c));
  const t3 = times(m, s).add(times(z, c));
  return challengeOf(key, m, z, t2, t3) === c;
}

export function evaluate(secret, inputs, nonce) {
  const key = times(Point.BASE, secret);
  const outputs = inputs.map((input) => times(input, secret));
  const weight = weights(key, inputs, outputs);
  const m = weighted(weight, inputs);
  const c = challengeOf(key, m, times(m, secret), times(Point.BASE, nonce), times(m, nonce));
  return { outputs, proof: concat(toLittle(c), toLittle(mod(nonce - c * secret))) };
}

export const finalize = (input, blind, evaluated) =>
  sha512(concat(sized16(input), sized16(times(evaluated, inverse(blind)).toBytes()), ascii('Finalize')));

const keysetOf = (v) => H32(concat(L('psn-keys'), text(v.domain), u8(v.type), u32(v.generation), u32(1),
  u8(v.evaluators.length), ...v.evaluators.map(({ key }) => unhex(key))));

/** Spaces, hyphens and dots do not count. The vectors are phones in E.164. */
const normal = (written) => written.replace(/[ .-]/g, '');
const inputOf = (v, written) => concat(L('id'), u32(1), u8(v.type), text(normal(written)));

export const keyInfo = (v) => concat(L('psn-key'), text(v.domain), u8(v.type), u32(v.generation));
export const wireOf = (keyset, output) => H32(concat(L('psn'), keyset), output);

/** The keys of the keyset are those of the seeds, each with its possession. */
export function checkKeyset(v) {
  return v.evaluators.every(({ name, key, possession, seed }) => {
    const derived = times(Point.BASE, deriveKey(unhex(seed), keyInfo(v)));
    const statement = concat(L('psn-pop'), text(name), text(v.domain), u8(v.type), u32(v.generation), unhex(key));
    const raw = unhex(possession);
    return hex(derived.toBytes()) === key && verify(derived,
      [hashToGroup(statement, ascii('SH1/psn-pop-HashToGroup'))], [point(raw.subarray(0, 32))], raw.subarray(32));
  });
}

function readOpening(bytes, keyset, evaluators) {
  const reader = new Reader(bytes);
  if (!equal(reader.take(16), keyset.subarray(0, 16))) throw new RangeError('another keyset');
  const [count, hops] = [reader.u16(), reader.u8()];
  if (hops !== evaluators) throw new RangeError('another number of evaluators');
  const points = () => Array.from({ length: count }, () => point(reader.take(32)));
  const inputs = points();
  const answers = Array.from({ length: hops }, () => ({ outputs: points(), proof: reader.take(64) }));
  const blinds = Array.from({ length: reader.u8() }, () => ({ index: reader.u16(), blind: scalar(reader.take(32)) }));
  reader.end();
  return { inputs, answers, blinds };
}

function check(v) {
  const keyset = keysetOf(v);
  const inputs = v.exact.map((written) => inputOf(v, written));
  const wires = [];
  for (let raw = unhex(v.pseudonyms).subarray(16); raw.length > 0; raw = raw.subarray(32)) wires.push(raw.subarray(0, 32));
  if (wires.length !== inputs.length) throw new RangeError('not one pseudonym for each identifier');
  if (inputs.length > 0) {
    if (!equal(unhex(v.pseudonyms).subarray(0, 16), keyset.subarray(0, 16))) throw new RangeError('another keyset');
    const opening = readOpening(unhex(v.opening), keyset, v.evaluators.length);
    if (opening.blinds.length !== inputs.length) throw new RangeError('not one blind for each identifier');
    let elements = opening.inputs;
    for (const [n, { outputs, proof }] of opening.answers.entries()) {
      if (!verify(point(unhex(v.evaluators[n].key)), elements, outputs, proof)) throw new RangeError('a proof');
      elements = outputs;
    }
    inputs.forEach((input, n) => {
      const { index, blind } = opening.blinds[n];
      if (!times(hashToGroup(input), blind).equals(opening.inputs[index])) throw new RangeError('a blind');
      if (!equal(wireOf(keyset, finalize(input, blind, elements[index])), wires[n])) throw new RangeError('a pseudonym');
    });
  }
  return { keyset: hex(keyset), pseudonyms: wires.map(hex) };
}

/** What an opening shows; an alarm when it does not fit. */
export function openPseudonym(v) {
  try {
    return check(v);
  } catch {
    throw new Alarm('wrong-pseudonym');
  }
}

/** A vector of our own: two evaluators with keys from seeds, and identifiers blinded here. */
export function ownPseudonym(random, phones) {
  const v = { domain: 'eigen', type: 2, generation: 7, exact: phones };
  const nonZero = () => hashToScalar(random(64));
  const seeds = ['broker', 'notary'].map((name) => ({ name, seed: random(32) }));
  const secrets = seeds.map(({ seed }) => deriveKey(seed, keyInfo(v)));
  v.evaluators = seeds.map(({ name }, n) => ({ name, key: hex(times(Point.BASE, secrets[n]).toBytes()) }));
  const keyset = keysetOf(v);
  const blinds = phones.map(nonZero);
  const inputs = Array.from({ length: 4 }, (_, n) =>
    (n < phones.length ? times(hashToGroup(inputOf(v, phones[n])), blinds[n]) : hashToGroup(random(32))));
  const answers = [];
  for (const secret of secrets) answers.push(evaluate(secret, answers.at(-1)?.outputs ?? inputs, nonZero()));
  const last = answers.at(-1).outputs;
  v.pseudonyms = hex(concat(keyset.subarray(0, 16),
    ...phones.map((phone, n) => wireOf(keyset, finalize(inputOf(v, phone), blinds[n], last[n])))));
  v.opening = hex(concat(keyset.subarray(0, 16), u16(inputs.length), u8(answers.length),
    ...inputs.map((p) => p.toBytes()), ...answers.flatMap(({ outputs, proof }) => [...outputs.map((p) => p.toBytes()), proof]),
    u8(phones.length), ...blinds.flatMap((blind, n) => [u16(n), toLittle(blind)])));
  return v;
}
