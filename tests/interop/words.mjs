// Receipt words: PROTOCOL.md, "Receipt words".
import fs from 'node:fs';
import { argon2id } from '@noble/hashes/argon2';
import { H32, L, concat, hex, signerOf, u16 } from './bytes.mjs';
import { deriveKeyPair } from './hpke.mjs';

const file = fs.readFileSync(new URL('../../client/words/nl-1.txt', import.meta.url));
const list = file.toString('ascii').trimEnd().split('\n');
const listHash = H32(new Uint8Array(file));

function indicesOf(words) {
  const numbers = words.split(' ').map((word) => list.indexOf(word));
  if (numbers.length !== 8 || numbers.includes(-1)) throw new RangeError('not words of the list');
  const seven = concat(...numbers.slice(0, 7).map(u16));
  const check = H32(concat(L('words-check'), listHash, seven)).subarray(0, 8);
  if (Number(Buffer.from(check).readBigUInt64LE() % 7776n) !== numbers[7]) throw new RangeError('the check word');
  return seven;
}

/** The secrets of a code in a network. */
export function secretsOfWords(words, network) {
  const salt = H32(concat(L('words-salt'), network, listHash)).subarray(0, 16);
  const seed = argon2id(indicesOf(words), salt, { t: 3, m: 65536, p: 1, dkLen: 32 });
  const key = (label) => H32(L(label), seed);
  const { opening, sealing } = deriveKeyPair(key('words/kem'));
  return { opening, sealing, continues: key('words/continue'), cell: key('words/cell'), draft: key('words/draft') };
}

/** Its keys, as the vectors have them. */
export function keysOfWords(words, network) {
  const { sealing, continues, cell, draft } = secretsOfWords(words, network);
  return {
    list: hex(listHash),
    reply: hex(sealing),
    continues: hex(signerOf(continues)),
    cell: hex(cell),
    draft: hex(draft),
  };
}
