// What names nobody: PROTOCOL.md, "Tokens" and "Board".
import { xchacha20poly1305 } from '@noble/ciphers/chacha';
import { ristretto255 } from '@noble/curves/ed25519';
import { H32, L, concat, hex, signerOf, text, u32, u8, unhex, unlock, verify } from './bytes.mjs';
import { setupReceiver } from './hpke.mjs';
import { deriveKey, finalize, hashToGroup } from './pseudonym.mjs';
import { secretsOfWords } from './words.mjs';

/** The issuer's key for a kind of token, what a nonce is worth under it, and the redemption. */
export function redeem(v) {
  const secret = deriveKey(unhex(v.seed), concat(L('token-key'), u8(v.use), text(v.class), u32(v.epoch)));
  const input = concat(L('token'), unhex(v.nonce));
  const worth = finalize(input, 1n, hashToGroup(input).multiply(secret));
  const body = v.use === 2
    ? concat(L('redeem-eval'), unhex(v.network), u32(v.epoch), unhex(v.nonce), unhex(v.message))
    : concat(L('redeem'), unhex(v.network), u8(v.mode), text(v.class), u32(v.epoch), unhex(v.nonce),
      unhex(v.h0), unhex(v.manifest));
  return {
    key: hex(ristretto255.Point.BASE.multiply(secret).toBytes()),
    worth: hex(worth),
    redemption: hex(concat(body, H32(body, worth))),
  };
}

function openCell(key, day, cell) {
  try {
    return xchacha20poly1305(key, cell.subarray(0, 24), concat(L('cell'), u32(day))).decrypt(cell.subarray(24));
  } catch {
    return undefined;
  }
}

function openPart(opening, network, part) {
  const key = setupReceiver(part.subarray(0, 32), opening, concat(L('answer-cell'), network))(L('answer-part'));
  const clear = unlock(key, L('answer-part'), part.subarray(32));
  const view = Buffer.from(clear);
  const length = view.readUInt16LE(6);
  return { part: clear[4], parts: clear[5], piece: clear.subarray(8, 8 + length) };
}

/** h0 and manifest of the acceptance in a note, if the words signed it. */
function accepted(note, network, continues) {
  const statement = note.subarray(L('status-note').length + 64 + 1 + 4 + 4);  // of an acceptance: no desk
  const own = statement.subarray(4, 4 + Buffer.from(statement).readUInt32LE(0));
  const h0AndManifest = own.subarray(64 + L('accepted').length, 64 + L('accepted').length + 64);
  const signed = verify(signerOf(continues), concat(L('continue'), network, h0AndManifest), own.subarray(0, 64));
  return signed ? [hex(h0AndManifest)] : [];
}

/** What the words open of a day's cells: the answer put together, its hash, and the broker's notes. */
export function readBoard(v) {
  const network = unhex(v.network);
  const { opening, cell, continues } = secretsOfWords(v.words, network);
  const parts = [];
  const notes = [];
  for (const text of v.cells.map((each) => openCell(cell, v.day, unhex(each))).filter(Boolean)) {
    const rest = text.subarray(1);
    if (text[0] === 0) notes.push(hex(rest.subarray(4, 4 + Buffer.from(rest).readUInt32LE(0))));
    else parts.push({ raw: rest, ...openPart(opening, network, rest) });
  }
  parts.sort((a, b) => a.part - b.part);
  const answer = concat(...parts.map(({ piece }) => piece));
  if (!verify(unhex(v.signer), answer.subarray(0, -64), answer.subarray(-64))) throw new Error('not the desk\'s answer');
  return {
    answer: hex(answer),
    manifest: hex(H32(concat(L('cells'), u8(parts.length), ...parts.map(({ raw }) => raw)))),
    notes,
    accepted: notes.flatMap((note) => accepted(unhex(note), network, continues)),
    opened: parts.length + notes.length,
  };
}
