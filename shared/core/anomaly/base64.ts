const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUE = new Int8Array(128).fill(-1);
for (let index = 0; index < 64; index += 1) VALUE[ALPHABET.charCodeAt(index)] = index;

/** Base64 (RFC 4648, padded) of bytes: how a detector's state travels in records, which are JSON. */
export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let index = 0; index < bytes.length; index += 3) {
    const [a, b, c] = [bytes[index] ?? 0, bytes[index + 1], bytes[index + 2]];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    parts.push(
      ALPHABET.charAt(bits >> 18) + ALPHABET.charAt((bits >> 12) & 63),
      b === undefined ? "=" : ALPHABET.charAt((bits >> 6) & 63),
      c === undefined ? "=" : ALPHABET.charAt(bits & 63),
    );
  }
  return parts.join("");
}

/** The bytes of what {@link toBase64} wrote; undefined for any other text. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let at = 0;
  for (let index = 0; index < text.length; index += 4) {
    const last = index + 4 === text.length;
    let bits = 0;
    for (let part = 0; part < 4; part += 1) {
      const padded = last && part >= 4 - padding;
      const value = padded ? 0 : (VALUE[text.charCodeAt(index + part)] ?? -1);
      if (value < 0) return undefined;
      bits = (bits << 6) | value;
    }
    for (let shift = 16; shift >= 0 && at < bytes.length; shift -= 8) bytes[at++] = (bits >> shift) & 255;
  }
  return bytes;
}
