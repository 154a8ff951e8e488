const MASK = 0xffff_ffff_ffff_ffffn;
const C1 = 0x87c3_7b91_1142_53d5n;
const C2 = 0x4cf5_ad43_2745_937fn;

const turned = (value: bigint, by: bigint): bigint => ((value << by) | (value >> (64n - by))) & MASK;
const times = (a: bigint, b: bigint): bigint => (a * b) & MASK;

function mixed(value: bigint): bigint {
  let k = value ^ (value >> 33n);
  k = times(k, 0xff51_afd7_ed55_8ccdn);
  k ^= k >> 33n;
  k = times(k, 0xc4ce_b9fe_1a85_ec53n);
  return k ^ (k >> 33n);
}

/**
 * MurmurHash3 by A. Appleby, variant x64_128 with seed 0: 16 bytes, the lower word first, each little-endian. In BigInt, so for a few thousand short inputs and not
 * for streams.
 */
export function murmur3x128(bytes: Uint8Array): Uint8Array {
  let [h1, h2] = [0n, 0n];
  const word = (at: number, length: number): bigint => {
    let value = 0n;
    for (let index = length - 1; index >= 0; index -= 1) value = (value << 8n) | BigInt(bytes[at + index] ?? 0);
    return value;
  };
  const whole = bytes.length & ~15;
  for (let at = 0; at < whole; at += 16) {
    h1 ^= times(turned(times(word(at, 8), C1), 31n), C2);
    h1 = (times((turned(h1, 27n) + h2) & MASK, 5n) + 0x52dc_e729n) & MASK;
    h2 ^= times(turned(times(word(at + 8, 8), C2), 33n), C1);
    h2 = (times((turned(h2, 31n) + h1) & MASK, 5n) + 0x3849_5ab5n) & MASK;
  }
  const rest = bytes.length - whole;
  if (rest > 8) h2 ^= times(turned(times(word(whole + 8, rest - 8), C2), 33n), C1);
  if (rest > 0) h1 ^= times(turned(times(word(whole, Math.min(8, rest)), C1), 31n), C2);
  const length = BigInt(bytes.length);
  h1 = ((h1 ^ length) + (h2 ^ length)) & MASK;
  h2 = (h1 + (h2 ^ length)) & MASK;
  [h1, h2] = [mixed(h1), mixed(h2)];
  h1 = (h1 + h2) & MASK;
  h2 = (h2 + h1) & MASK;
  const out = new Uint8Array(16);
  for (let index = 0; index < 8; index += 1) {
    out[index] = Number((h1 >> BigInt(8 * index)) & 255n);
    out[8 + index] = Number((h2 >> BigInt(8 * index)) & 255n);
  }
  return out;
}
