// Padded values: PROTOCOL.md, "Sealing", and the size classes of "Prologue". In memory a text is a string, a list an
// array of strings, empty null, a file { media_type, content }.
import { Reader, ascii, concat, decodeText, sized, text, u16, u8 } from './bytes.mjs';

export const sizes = [32, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576];

function encode(value) {
  if (value === null) return [0, new Uint8Array(0)];
  if (typeof value === 'string') return [1, ascii(value)];
  if (Array.isArray(value)) return [2, concat(u16(value.length), ...value.map(text))];
  const media = ascii(value.media_type);
  return [3, concat(u16(media.length), media, value.content)];
}

export function pad(value) {
  const [type, bytes] = encode(value);
  const used = concat(u8(type), sized(bytes));
  const size = sizes.find((each) => each >= used.length);
  if (size === undefined) throw new RangeError('value too large');
  return concat(used, new Uint8Array(size - used.length));
}

function decode(type, bytes) {
  const reader = new Reader(bytes);
  if (type === 0) {
    reader.end();
    return null;
  }
  if (type === 1) return decodeText(bytes);
  if (type === 2) {
    const count = reader.u16();
    if (count < 2 || count > 32) throw new RangeError('list of a wrong length');
    const list = Array.from({ length: count }, () => reader.text());
    reader.end();
    return list;
  }
  if (type === 3) {
    const media = decodeText(reader.take(reader.u16()));
    return { media_type: media, content: bytes.subarray(reader.at) };
  }
  if (type === 4) {
    reader.end();
    return { unavailable: true };
  }
  if (type === 5 || type === 6) return { made: type, content: bytes };
  throw new RangeError(`value type ${type}`);
}

export function unpad(padded) {
  const reader = new Reader(padded);
  const type = reader.u8();
  const bytes = reader.sized();
  if (padded.subarray(reader.at).some((byte) => byte !== 0)) throw new RangeError('padding is not zero');
  return decode(type, bytes);
}

/** A value as the JSON of "Vectors" has it: of a file, what it is and how large. */
export const shown = (value) =>
  value?.content ? { media_type: value.media_type, size: value.content.length } : value;
