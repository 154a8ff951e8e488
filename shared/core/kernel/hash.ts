/** 32-bit FNV-1a over UTF-16 units, spread over `shards`: the same in every process and version, as keys depend on it. */
export function shardOf(text: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % shards;
}

const WORD = 2 ** 32;

/**
 * FNV-1a with 64 bits over UTF-16 units, 16 hex digits. In two halves of 32 bits, because BigInt is twenty times as slow and rules
 * hash each alert at each look; the prime is 2^40 + 0x1b3.
 */
export function hash64(text: string): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (let index = 0; index < text.length; index += 1) {
    low = (low ^ text.charCodeAt(index)) >>> 0;
    const product = low * 0x1b3;
    high = (high * 0x1b3 + Math.floor(product / WORD) + ((low << 8) >>> 0)) % WORD;
    low = product % WORD;
  }
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}

/** 32 hex digits of a text: ids that a cluster wants in this form, the same for whoever asks again. Not for secrets. */
export const hex128 = (text: string): string => hash64(text) + hash64(`${text} again`);
