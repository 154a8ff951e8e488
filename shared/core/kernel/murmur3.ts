const C1 = 0xcc9e2d51 | 0;
const C2 = 0x1b873593 | 0;

/** One block of four bytes into the hash (MurmurHash3 by A. Appleby, variant x86_32). */
function mixed(hash: number, block: number): number {
  const turned = scrambled(block) ^ hash;
  return (Math.imul((turned << 13) | (turned >>> 19), 5) + 0xe6546b64) | 0;
}

function scrambled(block: number): number {
  const one = Math.imul(block, C1);
  return Math.imul((one << 15) | (one >>> 17), C2);
}

function finished(hash: number, length: number): number {
  let h = hash ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const encoder = new TextEncoder();

/**
 * MurmurHash3 (x86, 32 bits) of a text's UTF-8 bytes: 0 … 2^32 − 1, the same in every language that has it. Allocates nothing for
 * plain ASCII. Halves of pairs that stand alone count as U+FFFD, as every encoder writes them.
 */
export function murmur3(text: string, seed: number): number {
  const { length } = text;
  const whole = length & ~3;
  let hash = seed | 0;
  let seen = 0;
  for (let at = 0; at < whole; at += 4) {
    const a = text.charCodeAt(at);
    const b = text.charCodeAt(at + 1);
    const c = text.charCodeAt(at + 2);
    const d = text.charCodeAt(at + 3);
    seen |= a | b | c | d;
    hash = mixed(hash, a | (b << 8) | (c << 16) | (d << 24));
  }
  let rest = 0;
  for (let at = length - 1; at >= whole; at -= 1) {
    const unit = text.charCodeAt(at);
    seen |= unit;
    rest = (rest << 8) | unit;
  }
  if (seen > 0x7f) return murmur3Bytes(encoder.encode(text), seed);
  return finished(length > whole ? hash ^ scrambled(rest) : hash, length);
}

/** The same of bytes. */
export function murmur3Bytes(bytes: Uint8Array, seed: number): number {
  const { length } = bytes;
  const whole = length & ~3;
  const byte = (at: number): number => bytes[at] as number;
  let hash = seed | 0;
  for (let at = 0; at < whole; at += 4)
    hash = mixed(hash, byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24));
  let rest = 0;
  for (let at = length - 1; at >= whole; at -= 1) rest = (rest << 8) | byte(at);
  return finished(length > whole ? hash ^ scrambled(rest) : hash, length);
}
