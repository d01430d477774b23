// The log: leaves, tree, signed head, proof. PROTOCOL.md, "Hashes", "Fixed encodings" and "Log".
import { H32, L, Reader, concat, equal, sign, u64, u8, verify } from './bytes.mjs';

export const DELIVERY = 3;

export const logLeaf = (kind, salt, record) => H32(concat(L('log'), u8(kind), salt, record));
const leafHash = (leaf) => H32(concat(u8(0), leaf));
const nodeHash = (left, right) => H32(concat(u8(1), left, right));

/** The largest power of two below n (RFC 9162, section 2.1.1). */
function split(n) {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

function root(leaves) {
  if (leaves.length === 1) return leafHash(leaves[0]);
  const k = split(leaves.length);
  return nodeHash(root(leaves.slice(0, k)), root(leaves.slice(k)));
}

function path(index, leaves) {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return index < k
    ? [...path(index, leaves.slice(0, k)), root(leaves.slice(k))]
    : [...path(index - k, leaves.slice(k)), root(leaves.slice(0, k))];
}

/** The root that a proof leads to, in the shape of `path`: the hash nearest to the root stands last. */
function rootFrom(hash, index, size, hashes) {
  if (size === 1) {
    if (hashes.length !== 0) throw new RangeError('proof too long');
    return hash;
  }
  if (hashes.length === 0) throw new RangeError('proof too short');
  const k = split(size);
  const sibling = hashes[hashes.length - 1];
  const rest = hashes.slice(0, -1);
  return index < k
    ? nodeHash(rootFrom(hash, index, k, rest), sibling)
    : nodeHash(sibling, rootFrom(hash, index - k, size - k, rest));
}

/** A log proof for leaf `index` of a log that is nothing but `leaves`. */
export function prove({ network, logId, logSecret }, leaves, index) {
  const head = concat(L('head'), network, logId, u64(leaves.length), root(leaves), new Uint8Array(32));
  const hashes = path(index, leaves);
  return concat(u64(index), u8(hashes.length), ...hashes, head, sign(logSecret, head));
}

export function proved(proof, leaf, { network, logId, logKey }) {
  try {
    const reader = new Reader(proof);
    const index = reader.u64();
    const hashes = Array.from({ length: reader.u8() }, () => reader.take(32));
    const headFrom = reader.at;
    reader.label('head');
    const sameNetwork = equal(reader.take(32), network);
    const sameLog = equal(reader.take(32), logId);
    const size = reader.u64();
    const treeRoot = reader.take(32);
    reader.take(32); // the previous head: a chain, which one delivery alone does not show
    const head = proof.subarray(headFrom, reader.at);
    const signature = reader.take(64);
    reader.end();
    return sameNetwork && sameLog && index < size && size <= BigInt(Number.MAX_SAFE_INTEGER)
      && verify(logKey, head, signature)
      && equal(rootFrom(leafHash(leaf), Number(index), Number(size), hashes), treeRoot);
  } catch {
    return false;
  }
}
