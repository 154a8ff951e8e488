const SLICES = 16;
/** Castagnoli's polynomial, bits reversed (RFC 3720, appendix B.4). */
const POLYNOMIAL = 0x82f63b78;

/** Table `k` advances a byte by `k` further zero bytes, so that 16 bytes are folded in at once ("slicing by 16", Kounavis and Berry 2008). */
function tables(): Int32Array {
  const table = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    table[byte] = crc;
  }
  for (let index = 256; index < table.length; index += 1) {
    const before = table[index - 256] as number;
    table[index] = (before >>> 8) ^ (table[before & 255] as number);
  }
  return table;
}

const T = tables();

/**
 * CRC-32C over [start, end) of the bytes, unsigned. More than a gigabyte a second as it is, twenty times what a copy needs: a native one would not be felt.
 */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = -1;
  let at = start;
  for (const last = end - SLICES; at <= last; at += SLICES) {
    const a = crc ^ view.getInt32(at, true);
    const b = view.getInt32(at + 4, true);
    const c = view.getInt32(at + 8, true);
    const d = view.getInt32(at + 12, true);
    crc =
      (T[3840 + (a & 255)] as number) ^
      (T[3584 + ((a >>> 8) & 255)] as number) ^
      (T[3328 + ((a >>> 16) & 255)] as number) ^
      (T[3072 + (a >>> 24)] as number) ^
      (T[2816 + (b & 255)] as number) ^
      (T[2560 + ((b >>> 8) & 255)] as number) ^
      (T[2304 + ((b >>> 16) & 255)] as number) ^
      (T[2048 + (b >>> 24)] as number) ^
      (T[1792 + (c & 255)] as number) ^
      (T[1536 + ((c >>> 8) & 255)] as number) ^
      (T[1280 + ((c >>> 16) & 255)] as number) ^
      (T[1024 + (c >>> 24)] as number) ^
      (T[768 + (d & 255)] as number) ^
      (T[512 + ((d >>> 8) & 255)] as number) ^
      (T[256 + ((d >>> 16) & 255)] as number) ^
      (T[d >>> 24] as number);
  }
  for (; at < end; at += 1) crc = (crc >>> 8) ^ (T[(crc ^ (bytes[at] as number)) & 255] as number);
  return (crc ^ -1) >>> 0;
}
