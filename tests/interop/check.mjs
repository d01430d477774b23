// node check.mjs --seinhuis BINARY [--flatc FLATC]: two implementations of SH1 check each other. See README.md.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { H32, hex, signerOf, unhex } from './bytes.mjs';
import { generate } from './generate.mjs';
import { deriveKeyPair } from './hpke.mjs';
import { logLeaf } from './log.mjs';
import { Alarm, vectorOpener } from './open.mjs';
import { ownDeliveries } from './own.mjs';
import { readBoard, redeem } from './melder.mjs';
import { keysOfWords } from './words.mjs';
import { checkKeyset, openPseudonym, ownPseudonym } from './pseudonym.mjs';
import { random } from './seal.mjs';

const { values: options } = parseArgs({ options: {
  seinhuis: { type: 'string' },
  flatc: { type: 'string', default: 'flatc' },
} });
if (!options.seinhuis) {
  console.error('usage: node check.mjs --seinhuis BINARY [--flatc FLATC]');
  process.exit(2);
}

const fewest = 15; // vectors, so that an empty folder does not pass
const refused = 5; // exit code of `vectors --open` for a delivery that must not open
const count = { passed: 0, failed: 0 };

/** One case: `check` throws, or returns what is and what should be. */
function test(name, check) {
  let why = '';
  try {
    const [is, should] = check();
    if (!isDeepStrictEqual(is, should)) why = `${JSON.stringify(is)}, not ${JSON.stringify(should)}`;
  } catch (error) {
    why = String(error);
  }
  count[why ? 'failed' : 'passed']++;
  console.log(why ? `FAIL ${name} ${why}` : `ok ${name}`);
}

const seinhuis = (...args) => {
  const run = spawnSync(options.seinhuis, ['vectors', ...args], { encoding: 'utf8' });
  if (run.error) throw run.error;
  return run;
};

const schemas = generate(options.flatc);
const open = vectorOpener(schemas);

function outcome(vector, opener = open) {
  try {
    return { result: 'opens', ...opener(vector) };
  } catch (error) {
    if (error instanceof Alarm) return { result: error.message };
    throw error;
  }
}

function checkVector(name, vector) {
  if (name.startsWith('delivery-')) return [outcome(vector), vector.expect];
  if (name.startsWith('pseudonym-')) {
    if (!checkKeyset(vector)) throw new Error('the keys are not those of the seeds');
    return [outcome(vector, openPseudonym), vector.expect];
  }
  if (name.startsWith('words-')) return [keysOfWords(vector.words, unhex(vector.network)), vector.expect];
  if (name.startsWith('token-')) return [redeem(vector), vector.expect];
  if (name.startsWith('board-')) return [readBoard(vector), vector.expect];
  if (name === 'hash-h32') return [hex(H32(unhex(vector.input))), vector.expect];
  if (name === 'hash-log-leaf')
    return [hex(logLeaf(vector.kind, unhex(vector.salt), unhex(vector.record))), vector.expect];
  if (name === 'hpke-derive-key-pair') {
    const { opening, sealing } = deriveKeyPair(unhex(vector.ikm));
    return [{ opening: hex(opening), sealing: hex(sealing) }, vector.expect];
  }
  throw new Error('a kind of vector this program does not know');
}

/** Their vectors, opened here. */
function theirs(folder) {
  const written = seinhuis(folder);
  test('vectors-written', () => [written.status, 0]);
  const vectors = fs.readdirSync(folder).filter((each) => each.endsWith('.json')).sort().map((file) =>
    [path.basename(file, '.json'), JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'))]);
  for (const [name, vector] of vectors) test(name, () => checkVector(name, vector));
  test('vectors-enough', () => [vectors.length >= fewest, true]);
  const opening = vectors.filter(([, { expect }]) => expect.result === 'opens').length;
  const stopping = vectors.filter(([, { expect }]) => expect.result && expect.result !== 'opens').length;
  test('vectors-positive-and-negative', () => [opening > 0 && stopping >= opening, true]);
}

/** The vector with one bit of one part of its delivery turned. */
function altered(vector, part) {
  const at = vector.delivery.indexOf(hex(part));
  const delivery = unhex(vector.delivery);
  if (at < 0) throw new Error('no such part in the delivery');
  delivery[at / 2 + part.length - 1] ^= 1;
  return { ...vector, delivery: hex(delivery) };
}

/** Deliveries of our own, opened there. */
function ours(folder) {
  const there = (name, vector) => {
    const file = path.join(folder, `${name}.json`);
    fs.writeFileSync(file, JSON.stringify(vector));
    return seinhuis('--open', file);
  };
  for (const { name, vector, parts, knowledge } of ownDeliveries(schemas)) {
    test(`${name}-here`, () => [outcome(vector), vector.expect]);
    test(`${name}-there`, () => {
      const run = there(name, vector);
      if (run.status !== 0) throw new Error(`exit code ${run.status}: ${run.stderr.trim()}`);
      const { h0, manifest, values } = JSON.parse(run.stdout);
      return [{ h0, manifest, values },
        { h0: vector.expect.h0, manifest: vector.expect.manifest, values: vector.expect.values }];
    });
    const stops = (what, alarm, bad) => {
      test(`${name}-${what}-here`, () => [outcome(bad), { result: alarm }]);
      test(`${name}-${what}-there`, () => [there(`${name}-${what}`, bad).status, refused]);
    };
    for (const [part, { bytes, alarm }] of Object.entries(parts))
      stops(`altered-${part}`, alarm, altered(vector, bytes));
    for (const [key, alarm] of Object.entries(knowledge))
      stops(`other-${key}`, alarm, { ...vector, [key]: hex(signerOf(random(32))) });
  }
}

/** Pseudonyms of our own, opened there; and what they would be of another identifier. */
function ourPseudonyms(folder) {
  const there = (name, vector) => {
    const file = path.join(folder, `${name}.json`);
    fs.writeFileSync(file, JSON.stringify(vector));
    return seinhuis('--open', file);
  };
  const made = ownPseudonym(random, ['+31612345678', '+32470123456']);
  const shown = openPseudonym(made);
  test('own-pseudonyms-there', () => {
    const run = there('pseudonyms', made);
    if (run.status !== 0) throw new Error(`exit code ${run.status}: ${run.stderr.trim()}`);
    return [JSON.parse(run.stdout), shown];
  });
  const other = { ...made, exact: ['+31612345678', '+32470123457'] };
  test('own-pseudonyms-of-another-here', () => [outcome(other, openPseudonym), { result: 'wrong-pseudonym' }]);
  test('own-pseudonyms-of-another-there', () => [there('other', other).status, refused]);
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sh1-interop-'));
try {
  theirs(folder);
  ours(fs.mkdtempSync(path.join(folder, 'own-')));
  ourPseudonyms(fs.mkdtempSync(path.join(folder, 'pseudonyms-')));
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 ? 0 : 1;
